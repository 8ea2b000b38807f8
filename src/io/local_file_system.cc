// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error_builder.h"
#include "io/bulk_sync.h"
#include "io/file_attributes.h"
#include "io/file_descriptor.h"
#include "io/file_system.h"
#include "io/local_file.h"
#include "io/lock_holder.h"
#include "io/system_error.h"

namespace planish {
namespace {

/// After each step the disk can begin, so that a sync at the end has little left to wait
/// for.
constexpr int64_t kCopyStep = int64_t{8} << 20;

EntryKind KindOfMode(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kFile;
  if (S_ISDIR(mode)) return EntryKind::kDirectory;
  return EntryKind::kOther;
}

FileIdentity IdentityOf(const struct stat& status) {
#ifdef __APPLE__
  const timespec& modified = status.st_mtimespec;
#else
  const timespec& modified = status.st_mtim;
#endif
  FileIdentity identity;
  identity.size = status.st_size;
  identity.modified_nanoseconds =
      int64_t{modified.tv_sec} * 1'000'000'000 + modified.tv_nsec;
  identity.inode = status.st_ino;
  return identity;
}

EntryKind KindOfEntry(int directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return EntryKind::kFile;
  if (entry.d_type == DT_DIR) return EntryKind::kDirectory;
  if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return EntryKind::kOther;
  struct stat status = {};
  if (fstatat(directory, entry.d_name, &status, 0) != 0) return EntryKind::kFile;
  return KindOfMode(status.st_mode);
}

bool IsLink(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_LNK;
  struct stat status = {};
  return fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISLNK(status.st_mode);
}

/// Of what stat or lstat filled; `result` is that of the call.
arrow::Result<FileStatus> StatusOf(int result, const struct stat& status,
                                   const std::string& path) {
  FileStatus found;
  if (result != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return found;
    return SystemError(errno, "cannot look up", path);
  }
  found.exists = true;
  found.kind = KindOfMode(status.st_mode);
  found.is_link = S_ISLNK(status.st_mode);
  found.identity = IdentityOf(status);
  found.device = status.st_dev;
  return found;
}

bool IsUnsupported(int error_number) {
  return error_number == EXDEV || error_number == ENOSYS || error_number == ENOTSUP ||
         error_number == EINVAL || error_number == EMLINK;
}

bool IsSelfOrParent(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

/// Fills a file just created. Returns the bytes copied.
arrow::Result<int64_t> CopyInto(FileDescriptor* target, const FileDescriptor& source,
                                bool sync, const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(int64_t size, source.RegularFileSize());
  const bool cloned = target->Clone(source);
  for (int64_t offset = 0; !cloned && offset < size; offset += kCopyStep) {
    if (proceed) ARROW_RETURN_NOT_OK(proceed());
    const int64_t length = std::min(kCopyStep, size - offset);
    ARROW_RETURN_NOT_OK(target->CopyRange(source, offset, offset, length));
    if (sync) target->BeginWriteBack(offset, length);
  }
  if (sync) ARROW_RETURN_NOT_OK(target->Sync());
  ARROW_RETURN_NOT_OK(target->Close());
  return size;
}

class LocalFiles : public FileSystem {
 public:
  arrow::Result<FileStatus> Stat(const std::string& path) override {
    struct stat status = {};
    const int result = stat(path.c_str(), &status);
    return StatusOf(result, status, path);
  }

  arrow::Result<FileStatus> StatLink(const std::string& path) override {
    struct stat status = {};
    const int result = lstat(path.c_str(), &status);
    return StatusOf(result, status, path);
  }

  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& path) override {
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
    if (directory == nullptr) return SystemError(errno, "cannot list", path);
    std::vector<DirectoryEntry> entries;
    while (true) {
      // The only way to tell the end from an error.
      errno = 0;
      const dirent* entry = readdir(directory.get());
      if (entry == nullptr) break;
      if (IsSelfOrParent(entry->d_name)) continue;
      entries.push_back({entry->d_name, KindOfEntry(dirfd(directory.get()), *entry),
                         IsLink(dirfd(directory.get()), *entry)});
    }
    if (errno != 0) return SystemError(errno, "cannot list", path);
    return entries;
  }

  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override {
    return LocalInputFile::Open(path);
  }

  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(
      const std::string& path, bool write_back_early) override {
    return LocalOutputFile::Create(path, write_back_early);
  }

  arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) override {
    return LocalUpdateFile::Create(path);
  }

  arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) override {
    return LocalFileLock::Try(path);
  }

  arrow::Result<std::optional<LockHolder>> HolderOfLock(
      const std::string& path) override {
    struct stat status = {};
    if (stat(path.c_str(), &status) != 0) return std::nullopt;
    return FindLockHolder(status.st_dev, status.st_ino);
  }

  arrow::Status MakePrivateDirectory(const std::string& directory) override {
    if (mkdir(directory.c_str(), 0700) == 0) return arrow::Status::OK();
    return SystemError(errno, "cannot create directory", directory);
  }

  arrow::Status MakeDirectories(const std::string& directory) override {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return SystemError(error.value(), "cannot create directory", directory);
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                  bool sync, const Proceed& proceed) override {
    ARROW_ASSIGN_OR_RAISE(FileDescriptor source,
                          FileDescriptor::Open(from, O_RDONLY | O_NONBLOCK));
    ARROW_ASSIGN_OR_RAISE(FileDescriptor target,
                          FileDescriptor::Open(to, O_WRONLY | O_CREAT | O_EXCL, 0666));
    arrow::Result<int64_t> copied = CopyInto(&target, source, sync, proceed);
    if (!copied.ok()) unlink(to.c_str());
    return copied;
  }

  arrow::Status Link(const std::string& from, const std::string& to) override {
    if (link(from.c_str(), to.c_str()) == 0) return arrow::Status::OK();
    // EPERM: no hard links at all, or not of files of others.
    if (!IsUnsupported(errno) && errno != EPERM) {
      return SystemError(errno, "cannot link", from).Fact("to", to);
    }
    return Error(ErrorKind::kUnsupported, "file cannot have a second name there")
        .File(from)
        .Fact("second name", to)
        .SystemError(errno);
  }

  arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                               bool sync) override {
    constexpr int kFlags = O_RDONLY | O_NONBLOCK;
    ARROW_ASSIGN_OR_RAISE(const FileDescriptor model, FileDescriptor::Open(from, kFlags));
    ARROW_ASSIGN_OR_RAISE(FileDescriptor target, FileDescriptor::Open(to, kFlags));
    ARROW_RETURN_NOT_OK(CopyFileAttributes(model, target));
    return sync ? target.Sync() : arrow::Status::OK();
  }

  arrow::Status Rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) == 0) return arrow::Status::OK();
    return SystemError(errno, "cannot rename", from).Fact("to", to);
  }

  arrow::Status Exchange(const std::string& one, const std::string& other) override {
#ifdef __linux__
    if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) {
      return arrow::Status::OK();
    }
#else
    errno = ENOSYS;
#endif
    if (!IsUnsupported(errno)) {
      return SystemError(errno, "cannot exchange", one).Fact("with", other);
    }
    return Error(ErrorKind::kUnsupported,
                 "the file system cannot exchange two directories at once")
        .File(one)
        .SystemError(errno);
  }

  arrow::Status RemoveFile(const std::string& path) override {
    if (unlink(path.c_str()) == 0) return arrow::Status::OK();
    return SystemError(errno, "cannot remove", path);
  }

  arrow::Status RemoveDirectory(const std::string& path) override {
    if (rmdir(path.c_str()) == 0) return arrow::Status::OK();
    return SystemError(errno, "cannot remove directory", path);
  }

  arrow::Status RemoveAll(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return SystemError(error.value(), "cannot remove", path);
    return arrow::Status::OK();
  }

  arrow::Status SyncDirectory(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(FileDescriptor directory,
                          FileDescriptor::Open(path, O_RDONLY | O_DIRECTORY));
    ARROW_RETURN_NOT_OK(directory.Sync());
    return directory.Close();
  }

  arrow::Status SyncAll(const std::vector<std::string>& paths) override {
    return SyncInBulk(paths);
  }

  arrow::Result<int64_t> FreeBytes(const std::string& path) override {
    struct statvfs status = {};
    if (statvfs(path.c_str(), &status) != 0) {
      return SystemError(errno, "cannot look up free space", path);
    }
    return static_cast<int64_t>(status.f_bavail) * static_cast<int64_t>(status.f_frsize);
  }
};

std::atomic<FileSystem*> override_of_files{nullptr};

}  // namespace

FileSystem* LocalFileSystem() {
  static auto* const kFiles = new LocalFiles;
  FileSystem* const other = override_of_files.load();
  return other != nullptr ? other : kFiles;
}

FileSystemOverride::FileSystemOverride(FileSystem* files) {
  override_of_files.store(files);
}

FileSystemOverride::~FileSystemOverride() {
  override_of_files.store(nullptr);
}

}  // namespace planish
