// SPDX-License-Identifier: Apache-2.0
#include "io/scratch_directory.h"

#include <random>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "io/forwarding_file_system.h"
#include "io/stale_directory.h"
#include "planish/quantities.h"

namespace planish {
namespace {

constexpr std::string_view kPrefix = ".planish-scratch-";
constexpr const char* kLockName = "/lock";

/// Each loses only to a process that removes stale directories in the very moment between
/// the making of ours and its lock.
constexpr int kAttempts = 1000;

std::string Below(const std::string& parent, const std::string& name) {
  const std::string directory = parent.empty() ? "." : parent;
  return directory.back() == '/' ? directory + name : directory + "/" + name;
}

std::string RandomName() {
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuv";
  std::random_device random;
  std::string name(kPrefix);
  for (int i = 0; i < 12; ++i) name += kDigits[random() % 32];
  return name;
}

bool IsKind(const arrow::Status& status, ErrorKind kind) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr && detail->kind == kind;
}

void RaiseTo(std::atomic<int64_t>* peak, int64_t value) {
  int64_t seen = peak->load();
  while (seen < value && !peak->compare_exchange_weak(seen, value)) {
  }
}

arrow::Status DiskFull(const ScratchDirectory& directory, const std::string& path,
                       int64_t asked) {
  return Error(ErrorKind::kDiskFull, "no space left for scratch files")
      .File(path)
      .Fact("asked for", FormatByteSize(asked) + " more")
      .Fact("scratch holds",
            FormatByteSize(directory.used_bytes()) + " in " + directory.parent())
      .Hint(
          "free space there, choose another place with `temp_dir`, or raise "
          "`memory_limit` so that less has to go to disk");
}

arrow::Status LimitReached(const ScratchDirectory& directory, const std::string& path,
                           int64_t asked) {
  return Error(ErrorKind::kDiskFull, "scratch files reached their limit: " +
                                         FormatByteSize(directory.limit_bytes()))
      .File(path)
      .Fact("asked for", FormatByteSize(asked) + " more")
      .Fact("scratch holds",
            FormatByteSize(directory.used_bytes()) + " in " + directory.parent())
      .Hint("raise `temp_limit`, or raise `memory_limit` so that less has to go to disk");
}

}  // namespace

ScratchFile::ScratchFile(ScratchDirectory* directory, std::unique_ptr<UpdateFile> file,
                         std::string path)
    : directory_(directory), file_(std::move(file)), path_(std::move(path)) {}

ScratchFile::~ScratchFile() {
  // It has no name any more: closing is removing, and what fails here loses nothing.
  (void)file_->Close();
  directory_->Release(size_.load());
}

arrow::Result<int64_t> ScratchFile::Append(const void* data, int64_t length) {
  if (!directory_->TryReserve(length)) return LimitReached(*directory_, path_, length);
  const int64_t offset = size_.fetch_add(length);
  const arrow::Status status = file_->WriteAt(offset, length, data);
  if (IsKind(status, ErrorKind::kDiskFull)) return DiskFull(*directory_, path_, length);
  ARROW_RETURN_NOT_OK(status);
  directory_->written_bytes_ += length;
  return offset;
}

arrow::Status ScratchFile::ReadAt(int64_t offset, int64_t length, void* out) {
  return file_->ReadAt(offset, length, out);
}

/// A file that counts against the limit.
class ScratchDirectory::Output : public OutputFile {
 public:
  Output(ScratchDirectory* directory, std::unique_ptr<OutputFile> file)
      : directory_(directory), file_(std::move(file)) {}

  const std::string& path() const override { return file_->path(); }
  int64_t position() const override { return file_->position(); }
  arrow::Status Append(const void* data, int64_t length) override {
    ARROW_RETURN_NOT_OK(Reserve(length));
    return Explain(file_->Append(data, length), length);
  }
  arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) override {
    ARROW_RETURN_NOT_OK(Reserve(length));
    return Explain(file_->AppendFrom(source, offset, length), length);
  }
  arrow::Status Sync() override { return file_->Sync(); }
  arrow::Status Close() override { return file_->Close(); }

 private:
  arrow::Status Reserve(int64_t length) {
    if (!directory_->TryReserve(length)) return LimitReached(*directory_, path(), length);
    directory_->written_bytes_ += length;
    return arrow::Status::OK();
  }
  arrow::Status Explain(arrow::Status status, int64_t length) const {
    return IsKind(status, ErrorKind::kDiskFull) ? DiskFull(*directory_, path(), length)
                                                : status;
  }

  ScratchDirectory* const directory_;
  const std::unique_ptr<OutputFile> file_;
};

class ScratchDirectory::Files : public ForwardingFileSystem {
 public:
  Files(ScratchDirectory* directory, FileSystem* fs)
      : ForwardingFileSystem(fs), directory_(directory) {}

  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(
      const std::string& path, bool write_back_early) override {
    ARROW_ASSIGN_OR_RAISE(auto file,
                          ForwardingFileSystem::CreateOutput(path, write_back_early));
    return std::make_unique<Output>(directory_, std::move(file));
  }

 private:
  ScratchDirectory* const directory_;
};

ScratchDirectory::ScratchDirectory(FileSystem* fs, std::string parent,
                                   int64_t limit_bytes)
    : fs_(fs),
      files_(std::make_unique<Files>(this, fs)),
      parent_(std::move(parent)),
      limit_bytes_(limit_bytes) {}

ScratchDirectory::~ScratchDirectory() {
  if (path_.empty()) return;
  // Before the file goes, which some network file systems only pretend while it is open.
  lock_.reset();
  // Once more, since nobody will come back to it soon. What stays is hidden, and the next
  // run in this place removes it.
  if (!fs_->RemoveAll(path_).ok()) (void)fs_->RemoveAll(path_);
}

arrow::Result<int> ScratchDirectory::RemoveStale(FileSystem* fs,
                                                 const std::string& parent) {
  const std::string directory = parent.empty() ? "." : parent;
  ARROW_ASSIGN_OR_RAISE(FileStatus status, fs->Stat(directory));
  if (status.kind != EntryKind::kDirectory) return 0;
  const auto entries = fs->List(directory);
  // Files can be used where directories cannot be listed.
  if (IsKind(entries.status(), ErrorKind::kPermission)) return 0;
  ARROW_RETURN_NOT_OK(entries);
  int removed = 0;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.kind != EntryKind::kDirectory || entry.is_link) continue;
    if (!entry.name.starts_with(kPrefix)) continue;
    const std::string path = Below(directory, entry.name);
    if (RemoveStaleDirectory(fs, path, PinDemand::kPrivate, path + kLockName)) ++removed;
  }
  return removed;
}

/// Makes a new directory this one's, unless somebody takes it away meanwhile.
arrow::Status ScratchDirectory::Take(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(pin_, fs_->Pin(path, PinDemand::kPrivate));
  ARROW_ASSIGN_OR_RAISE(auto file, fs_->CreateUpdate(path + kLockName));
  ARROW_RETURN_NOT_OK(file->Close());
  ARROW_ASSIGN_OR_RAISE(auto lock, fs_->TryLock(path + kLockName));
  if (lock == nullptr) return arrow::Status::OK();
  path_ = path;
  lock_ = std::move(lock);
  return arrow::Status::OK();
}

arrow::Status ScratchDirectory::Prepare() {
  if (!path_.empty()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(fs_->MakeDirectories(parent_.empty() ? "." : parent_));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string path = Below(parent_, RandomName());
    const arrow::Status made = fs_->MakePrivateDirectory(path);
    if (IsKind(made, ErrorKind::kOutputExists)) continue;
    ARROW_RETURN_NOT_OK(made);
    const arrow::Status taken = Take(path);
    if (taken.ok() && !path_.empty()) return taken;
    // If somebody has put anything else there, what is in that is not to be touched.
    (void)(pin_ != nullptr ? fs_->RemoveAll(path) : fs_->RemoveDirectory(path));
    pin_.reset();
    if (!taken.ok() && !IsKind(taken, ErrorKind::kMissingPath)) return taken;
  }
  return Error(ErrorKind::kIo, "cannot lock a scratch directory: others take each away")
      .File(parent_)
      .Hint("choose another place with `temp_dir`");
}

arrow::Result<std::string> ScratchDirectory::NewPath(const std::string& name) {
  const std::lock_guard<std::mutex> guard(mutex_);
  ARROW_RETURN_NOT_OK(Prepare());
  return path_ + "/" + std::to_string(next_name_++) + "-" + name;
}

arrow::Result<std::unique_ptr<ScratchFile>> ScratchDirectory::NewFile(
    const std::string& purpose) {
  ARROW_ASSIGN_OR_RAISE(std::string path, NewPath(purpose));
  ARROW_ASSIGN_OR_RAISE(auto file, fs_->CreateUpdate(path));
  // Without a name its space is free as soon as the process ends, even if it is killed.
  // If that fails, the directory takes it along in the end.
  (void)fs_->RemoveFile(path);
  return std::unique_ptr<ScratchFile>(
      new ScratchFile(this, std::move(file), std::move(path)));
}

bool ScratchDirectory::TryReserve(int64_t bytes) {
  int64_t used = used_bytes_.load();
  do {
    if (limit_bytes_ > 0 && bytes > limit_bytes_ - used) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes));
  RaiseTo(&peak_bytes_, used + bytes);
  return true;
}

void ScratchDirectory::Release(int64_t bytes) {
  used_bytes_ -= bytes;
}

}  // namespace planish
