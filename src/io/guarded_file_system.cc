// SPDX-License-Identifier: Apache-2.0
#include "io/guarded_file_system.h"

#include <algorithm>
#include <utility>

#include "io/system_error.h"

namespace planish {
namespace {

const arrow::Status& StatusOf(const arrow::Status& status) {
  return status;
}
template <typename T>
const arrow::Status& StatusOf(const arrow::Result<T>& result) {
  return result.status();
}

/// `read()`, again while that may help.
template <typename Read>
auto Guarded(const ReadGuard& guard, const Read& read) -> decltype(read()) {
  std::chrono::milliseconds delay = guard.first_delay;
  for (int attempt = 0;; ++attempt) {
    ARROW_RETURN_NOT_OK(guard.proceed());
    auto result = read();
    if (attempt == guard.retries || !IsTransient(StatusOf(result))) return result;
    ARROW_RETURN_NOT_OK(guard.wait(StatusOf(result), delay));
    delay = std::min(delay * 2, ReadGuard::kLongestDelay);
  }
}

class GuardedInput : public InputFile {
 public:
  GuardedInput(std::shared_ptr<InputFile> file, const ReadGuard* guard)
      : file_(std::move(file)), guard_(guard) {}

  const std::string& path() const override { return file_->path(); }
  int64_t size() const override { return file_->size(); }
  int64_t bytes_read() const override { return file_->bytes_read(); }

  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override {
    return Guarded(*guard_, [&] { return file_->ReadAt(offset, length, out); });
  }

  // Steps end where the caller wants them to: those of an output file are short.
  arrow::Status CopyTo(FileDescriptor* target, int64_t target_offset, int64_t offset,
                       int64_t length) override {
    return Guarded(*guard_,
                   [&] { return file_->CopyTo(target, target_offset, offset, length); });
  }

 private:
  const std::shared_ptr<InputFile> file_;
  const ReadGuard* const guard_;
};

}  // namespace

GuardedFileSystem::GuardedFileSystem(FileSystem* files, ReadGuard guard)
    : ForwardingFileSystem(files), guard_(std::move(guard)) {}

arrow::Result<FileStatus> GuardedFileSystem::Stat(const std::string& path) {
  return Guarded(guard_, [&] { return files_->Stat(path); });
}

arrow::Result<std::vector<DirectoryEntry>> GuardedFileSystem::List(
    const std::string& directory) {
  ReadGuard patient = guard_;
  patient.proceed = [] { return arrow::Status::OK(); };
  return Guarded(patient, [&] { return files_->List(directory); });
}

arrow::Result<std::shared_ptr<InputFile>> GuardedFileSystem::OpenInput(
    const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file,
                        Guarded(guard_, [&] { return files_->OpenInput(path); }));
  return std::make_shared<GuardedInput>(std::move(file), &guard_);
}

arrow::Result<int64_t> GuardedFileSystem::CopyFile(const std::string& from,
                                                   const std::string& to, bool sync,
                                                   const Proceed& proceed) {
  const Proceed both = [&] {
    ARROW_RETURN_NOT_OK(guard_.proceed());
    return proceed ? proceed() : arrow::Status::OK();
  };
  return Guarded(guard_, [&] { return files_->CopyFile(from, to, sync, both); });
}

}  // namespace planish
