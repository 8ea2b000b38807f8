// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/forwarding_file_system.h"

namespace planish {

/// One call through the seam, those on files that it handed out included.
struct FileOperation {
  enum class Kind {
    kStat,
    kList,
    kOpen,
    kRead,
    kCreate,
    kWrite,
    kSync,
    kClose,
    kLock,
    kMakeDirectory,
    kCopyFile,
    kLink,
    kCopyAttributes,
    kRename,
    kExchange,
    kRemove,
    kSyncDirectory,
  };
  Kind kind;
  std::string path;
  int64_t index = 0;  ///< counted from 0 since the file system was made

  /// Whether a full disk can make it fail.
  bool NeedsSpace() const;
  std::string ToString() const;
};

/// What becomes of an operation.
struct Fault {
  enum class Kind {
    kNone,
    /// Fails and has no effect; but a close that fails has closed.
    kFail,
    /// A write or copy leaves its first half behind, a read fills half, then it fails.
    /// Others as kFail.
    kTear,
  };
  Kind kind = Kind::kNone;
  int error_number = 0;  ///< EIO, ENOSPC, ...
};

/// Another file system, of which some operations fail. Thread-safe; operations of several
/// threads are counted in the order in which they arrive.
class FaultyFileSystem : public ForwardingFileSystem {
 public:
  /// Asked once for each operation, by one thread at a time.
  using Plan = std::function<Fault(const FileOperation&)>;

  explicit FaultyFileSystem(FileSystem* files, Plan plan = {})
      : ForwardingFileSystem(files), plan_(std::move(plan)) {}

  int64_t num_operations() const;
  /// Those that a fault befell.
  std::vector<FileOperation> Failed() const;

  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& directory,
                                                      PinDemand demand,
                                                      PinnedLinks links) override;
  arrow::Result<FileStatus> Stat(const std::string& path) override;
  arrow::Result<FileStatus> StatLink(const std::string& path) override;
  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override;
  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override;
  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(const std::string& path,
                                                          bool write_back_early) override;
  arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) override;
  arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) override;
  arrow::Status MakePrivateDirectory(const std::string& directory) override;
  arrow::Status MakeDirectory(const std::string& directory) override;
  arrow::Status MakeDirectories(const std::string& directory) override;
  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                  bool sync, const Proceed& proceed) override;
  arrow::Status Link(const std::string& from, const std::string& to) override;
  arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                               bool sync) override;
  arrow::Status Exchange(const std::string& one, const std::string& other) override;
  arrow::Status RemoveDirectory(const std::string& directory) override;
  arrow::Result<int64_t> FreeBytes(const std::string& path) override;
  arrow::Status CopyAccess(const std::string& from, const std::string& to) override;
  arrow::Status Rename(const std::string& from, const std::string& to) override;
  arrow::Status RemoveFile(const std::string& path) override;
  arrow::Status RemoveAll(const std::string& path) override;
  arrow::Status SyncDirectory(const std::string& directory) override;
  /// An operation for each path.
  arrow::Status SyncAll(const std::vector<std::string>& paths) override;

  /// For the files it hands out: counts an operation and tells what becomes of it.
  Fault Meet(FileOperation::Kind kind, const std::string& path);

 private:
  /// The error that befalls an operation which has no effect then.
  arrow::Status Count(FileOperation::Kind kind, const std::string& path);

  const Plan plan_;
  mutable std::mutex mutex_;
  int64_t num_operations_ = 0;
  std::vector<FileOperation> failed_;
};

/// The operation with this index fails, no other.
FaultyFileSystem::Plan FailOnce(int64_t index, Fault fault);

/// The operation with this index fails, and of those after it the first that removes.
FaultyFileSystem::Plan FailOnceAndInCleaningUp(int64_t index, Fault fault);

/// From the operation with this index on, all fail that need space.
FaultyFileSystem::Plan DiskFullFrom(int64_t index, Fault::Kind kind);

}  // namespace planish
