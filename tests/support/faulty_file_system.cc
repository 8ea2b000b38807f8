// SPDX-License-Identifier: Apache-2.0
#include "support/faulty_file_system.h"

#include <cerrno>
#include <utility>

#include "io/system_error.h"

namespace planish {
namespace {

using Kind = FileOperation::Kind;

const char* Name(Kind kind) {
  switch (kind) {
    case Kind::kStat:
      return "stat";
    case Kind::kList:
      return "list";
    case Kind::kOpen:
      return "open";
    case Kind::kRead:
      return "read";
    case Kind::kCreate:
      return "create";
    case Kind::kWrite:
      return "write";
    case Kind::kSync:
      return "sync";
    case Kind::kClose:
      return "close";
    case Kind::kLock:
      return "lock";
    case Kind::kMakeDirectory:
      return "make directory";
    case Kind::kCopyFile:
      return "copy file";
    case Kind::kLink:
      return "link";
    case Kind::kCopyAttributes:
      return "copy attributes";
    case Kind::kExchange:
      return "exchange";
    case Kind::kRename:
      return "rename";
    case Kind::kRemove:
      return "remove";
    case Kind::kSyncDirectory:
      return "sync directory";
  }
  return "?";
}

arrow::Status Failure(const Fault& fault, Kind kind, const std::string& path) {
  const std::string what = std::string("cannot ") + Name(kind) + " (injected)";
  return SystemError(fault.error_number, what.c_str(), path);
}

class FaultyInput : public InputFile {
 public:
  FaultyInput(FaultyFileSystem* faults, std::shared_ptr<InputFile> file)
      : faults_(faults), file_(std::move(file)) {}

  const std::string& path() const override { return file_->path(); }
  int64_t size() const override { return file_->size(); }
  int64_t bytes_read() const override { return file_->bytes_read(); }
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override {
    const Fault fault = faults_->Meet(Kind::kRead, path());
    if (fault.kind == Fault::Kind::kNone) return file_->ReadAt(offset, length, out);
    if (fault.kind == Fault::Kind::kTear) {
      ARROW_RETURN_NOT_OK(file_->ReadAt(offset, length / 2, out));
    }
    return Failure(fault, Kind::kRead, path());
  }
  arrow::Status CopyTo(FileDescriptor* target, int64_t target_offset, int64_t offset,
                       int64_t length) override {
    const Fault fault = faults_->Meet(Kind::kRead, path());
    if (fault.kind == Fault::Kind::kNone) {
      return file_->CopyTo(target, target_offset, offset, length);
    }
    return Failure(fault, Kind::kRead, path());
  }

 private:
  FaultyFileSystem* const faults_;
  const std::shared_ptr<InputFile> file_;
};

class FaultyOutput : public OutputFile {
 public:
  FaultyOutput(FaultyFileSystem* faults, std::unique_ptr<OutputFile> file)
      : faults_(faults), file_(std::move(file)) {}

  const std::string& path() const override { return file_->path(); }
  int64_t position() const override { return file_->position(); }

  arrow::Status Append(const void* data, int64_t length) override {
    const Fault fault = faults_->Meet(Kind::kWrite, path());
    if (fault.kind == Fault::Kind::kNone) return file_->Append(data, length);
    if (fault.kind == Fault::Kind::kTear) {
      ARROW_RETURN_NOT_OK(file_->Append(data, length / 2));
    }
    return Failure(fault, Kind::kWrite, path());
  }

  arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) override {
    const Fault fault = faults_->Meet(Kind::kWrite, path());
    if (fault.kind == Fault::Kind::kNone) {
      return file_->AppendFrom(source, offset, length);
    }
    if (fault.kind == Fault::Kind::kTear) {
      ARROW_RETURN_NOT_OK(file_->AppendFrom(source, offset, length / 2));
    }
    return Failure(fault, Kind::kWrite, path());
  }

  arrow::Status Sync() override {
    const Fault fault = faults_->Meet(Kind::kSync, path());
    if (fault.kind == Fault::Kind::kNone) return file_->Sync();
    return Failure(fault, Kind::kSync, path());
  }

  arrow::Status Close() override {
    const arrow::Status closed = file_->Close();
    const Fault fault = faults_->Meet(Kind::kClose, path());
    return fault.kind == Fault::Kind::kNone ? closed
                                            : Failure(fault, Kind::kClose, path());
  }

 private:
  FaultyFileSystem* const faults_;
  const std::unique_ptr<OutputFile> file_;
};

class FaultyUpdate : public UpdateFile {
 public:
  FaultyUpdate(FaultyFileSystem* faults, std::unique_ptr<UpdateFile> file)
      : faults_(faults), file_(std::move(file)) {}

  const std::string& path() const override { return file_->path(); }

  arrow::Status WriteAt(int64_t offset, int64_t length, const void* data) override {
    const Fault fault = faults_->Meet(Kind::kWrite, path());
    if (fault.kind == Fault::Kind::kNone) return file_->WriteAt(offset, length, data);
    if (fault.kind == Fault::Kind::kTear) {
      ARROW_RETURN_NOT_OK(file_->WriteAt(offset, length / 2, data));
    }
    return Failure(fault, Kind::kWrite, path());
  }

  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override {
    const Fault fault = faults_->Meet(Kind::kRead, path());
    if (fault.kind == Fault::Kind::kNone) return file_->ReadAt(offset, length, out);
    if (fault.kind == Fault::Kind::kTear) {
      ARROW_RETURN_NOT_OK(file_->ReadAt(offset, length / 2, out));
    }
    return Failure(fault, Kind::kRead, path());
  }

  arrow::Status Close() override {
    const arrow::Status closed = file_->Close();
    const Fault fault = faults_->Meet(Kind::kClose, path());
    return fault.kind == Fault::Kind::kNone ? closed
                                            : Failure(fault, Kind::kClose, path());
  }

 private:
  FaultyFileSystem* const faults_;
  const std::unique_ptr<UpdateFile> file_;
};

}  // namespace

bool FileOperation::NeedsSpace() const {
  return kind == Kind::kCreate || kind == Kind::kWrite || kind == Kind::kSync ||
         kind == Kind::kClose || kind == Kind::kMakeDirectory ||
         kind == Kind::kCopyFile || kind == Kind::kLock || kind == Kind::kLink;
}

std::string FileOperation::ToString() const {
  return "operation " + std::to_string(index) + ", " + Name(kind) + " " + path;
}

Fault FaultyFileSystem::Meet(Kind kind, const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const FileOperation operation{kind, path, num_operations_++};
  const Fault fault = plan_ ? plan_(operation) : Fault{};
  if (fault.kind != Fault::Kind::kNone) failed_.push_back(operation);
  return fault;
}

int64_t FaultyFileSystem::num_operations() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return num_operations_;
}

std::vector<FileOperation> FaultyFileSystem::Failed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failed_;
}

arrow::Status FaultyFileSystem::Count(Kind kind, const std::string& path) {
  const Fault fault = Meet(kind, path);
  return fault.kind == Fault::Kind::kNone ? arrow::Status::OK()
                                          : Failure(fault, kind, path);
}

arrow::Result<FileStatus> FaultyFileSystem::Stat(const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kStat, path));
  return files_->Stat(path);
}

arrow::Result<std::vector<DirectoryEntry>> FaultyFileSystem::List(
    const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kList, directory));
  return files_->List(directory);
}

arrow::Result<std::shared_ptr<InputFile>> FaultyFileSystem::OpenInput(
    const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kOpen, path));
  ARROW_ASSIGN_OR_RAISE(auto file, files_->OpenInput(path));
  return std::make_shared<FaultyInput>(this, std::move(file));
}

arrow::Result<std::unique_ptr<OutputFile>> FaultyFileSystem::CreateOutput(
    const std::string& path, bool write_back_early) {
  ARROW_RETURN_NOT_OK(Count(Kind::kCreate, path));
  ARROW_ASSIGN_OR_RAISE(auto file, files_->CreateOutput(path, write_back_early));
  return std::make_unique<FaultyOutput>(this, std::move(file));
}

arrow::Result<std::unique_ptr<UpdateFile>> FaultyFileSystem::CreateUpdate(
    const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kCreate, path));
  ARROW_ASSIGN_OR_RAISE(auto file, files_->CreateUpdate(path));
  return std::make_unique<FaultyUpdate>(this, std::move(file));
}

arrow::Result<std::unique_ptr<FileLock>> FaultyFileSystem::TryLock(
    const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kLock, path));
  return files_->TryLock(path);
}

arrow::Status FaultyFileSystem::MakePrivateDirectory(const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kMakeDirectory, directory));
  return files_->MakePrivateDirectory(directory);
}

arrow::Status FaultyFileSystem::MakeDirectory(const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kMakeDirectory, directory));
  return files_->MakeDirectory(directory);
}

arrow::Result<std::unique_ptr<PinnedDirectory>> FaultyFileSystem::Pin(
    const std::string& directory, PinDemand demand, PinnedLinks links) {
  ARROW_RETURN_NOT_OK(Count(Kind::kOpen, directory));
  return files_->Pin(directory, demand, links);
}

arrow::Status FaultyFileSystem::MakeDirectories(const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kMakeDirectory, directory));
  return files_->MakeDirectories(directory);
}

arrow::Result<int64_t> FaultyFileSystem::CopyFile(const std::string& from,
                                                  const std::string& to, bool sync,
                                                  const Proceed& proceed) {
  ARROW_RETURN_NOT_OK(Count(Kind::kCopyFile, to));
  return files_->CopyFile(from, to, sync, proceed);
}

arrow::Result<FileStatus> FaultyFileSystem::StatLink(const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kStat, path));
  return files_->StatLink(path);
}

arrow::Status FaultyFileSystem::Link(const std::string& from, const std::string& to) {
  ARROW_RETURN_NOT_OK(Count(Kind::kLink, to));
  return files_->Link(from, to);
}

arrow::Status FaultyFileSystem::CopyAttributes(const std::string& from,
                                               const std::string& to, bool sync) {
  ARROW_RETURN_NOT_OK(Count(Kind::kCopyAttributes, to));
  return files_->CopyAttributes(from, to, sync);
}

arrow::Status FaultyFileSystem::CopyAccess(const std::string& from,
                                           const std::string& to) {
  ARROW_RETURN_NOT_OK(Count(Kind::kCopyAttributes, to));
  return files_->CopyAccess(from, to);
}

arrow::Status FaultyFileSystem::Exchange(const std::string& one,
                                         const std::string& other) {
  ARROW_RETURN_NOT_OK(Count(Kind::kExchange, one));
  return files_->Exchange(one, other);
}

arrow::Status FaultyFileSystem::RemoveDirectory(const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kRemove, directory));
  return files_->RemoveDirectory(directory);
}

arrow::Result<int64_t> FaultyFileSystem::FreeBytes(const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kStat, path));
  return files_->FreeBytes(path);
}

arrow::Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  ARROW_RETURN_NOT_OK(Count(Kind::kRename, from));
  return files_->Rename(from, to);
}

arrow::Status FaultyFileSystem::RemoveFile(const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kRemove, path));
  return files_->RemoveFile(path);
}

arrow::Status FaultyFileSystem::RemoveAll(const std::string& path) {
  ARROW_RETURN_NOT_OK(Count(Kind::kRemove, path));
  return files_->RemoveAll(path);
}

arrow::Status FaultyFileSystem::SyncDirectory(const std::string& directory) {
  ARROW_RETURN_NOT_OK(Count(Kind::kSyncDirectory, directory));
  return files_->SyncDirectory(directory);
}

arrow::Status FaultyFileSystem::SyncAll(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    ARROW_RETURN_NOT_OK(Count(Kind::kSync, path));
    ARROW_RETURN_NOT_OK(files_->SyncAll({path}));
  }
  return arrow::Status::OK();
}

FaultyFileSystem::Plan FailOnce(int64_t index, Fault fault) {
  return [index, fault](const FileOperation& operation) {
    return operation.index == index ? fault : Fault{};
  };
}

FaultyFileSystem::Plan FailOnceAndInCleaningUp(int64_t index, Fault fault) {
  return [index, fault, cleaning = false](const FileOperation& operation) mutable {
    if (operation.index == index) return fault;
    if (operation.index < index || operation.kind != Kind::kRemove || cleaning) {
      return Fault{};
    }
    cleaning = true;
    return fault;
  };
}

FaultyFileSystem::Plan DiskFullFrom(int64_t index, Fault::Kind kind) {
  return [index, kind](const FileOperation& operation) {
    if (operation.index < index || !operation.NeedsSpace()) return Fault{};
    return Fault{kind, ENOSPC};
  };
}

}  // namespace planish
