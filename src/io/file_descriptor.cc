// SPDX-License-Identifier: Apache-2.0
#include "io/file_descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "io/system_error.h"

namespace planish {
namespace {

/// Within what one call takes on every system (Linux stops short of 2 GiB, macOS fails
/// there).
constexpr int64_t kLargestTransfer = int64_t{1} << 30;

constexpr int64_t kCopyBufferSize = int64_t{256} << 10;

template <typename Call>
auto RetryInterrupted(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

#ifdef __linux__
/// Whether copy_file_range failed because it cannot serve these two files at all, as the
/// versions of Linux, its file systems and its sandboxes put it.
bool CannotCopyInKernel(int error_number) {
  return error_number == EXDEV || error_number == ENOSYS || error_number == EOPNOTSUPP ||
         error_number == EINVAL || error_number == EPERM || error_number == ETXTBSY;
}
#endif

}  // namespace

arrow::Result<FileDescriptor> FileDescriptor::Open(const std::string& path, int flags,
                                                   unsigned mode) {
  return OpenAt(AT_FDCWD, path, path, flags, mode);
}

arrow::Result<FileDescriptor> FileDescriptor::OpenAt(int directory,
                                                     const std::string& name,
                                                     const std::string& path, int flags,
                                                     unsigned mode) {
  const int fd = RetryInterrupted(
      [&] { return openat(directory, name.c_str(), flags | O_CLOEXEC, mode); });
  if (fd >= 0) return FileDescriptor(fd, path);
  return SystemError(errno, (flags & O_CREAT) != 0 ? "cannot create" : "cannot open",
                     path);
}

FileDescriptor FileDescriptor::Adopt(int fd, std::string path) {
  return FileDescriptor(fd, std::move(path));
}

FileDescriptor::FileDescriptor(int fd, std::string path)
    : fd_(fd), path_(std::move(path)) {}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

arrow::Result<int64_t> FileDescriptor::RegularFileSize() const {
  struct stat status = {};
  if (fstat(fd_, &status) != 0) return SystemError(errno, "cannot read size", path_);
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kIo, "not a regular file").File(path_);
  }
  return status.st_size;
}

arrow::Status FileDescriptor::Read(int64_t offset, int64_t length, void* out) const {
  auto* next = static_cast<uint8_t*>(out);
  while (length > 0) {
    const auto size = static_cast<size_t>(std::min(length, kLargestTransfer));
    const ssize_t count =
        RetryInterrupted([&] { return pread(fd_, next, size, offset); });
    if (count < 0) return SystemError(errno, "cannot read", path_);
    if (count == 0) {
      return Error(ErrorKind::kDrift, "file became shorter while it was read")
          .File(path_)
          .Fact("ends at", std::to_string(offset))
          .Hint("run again once nothing writes to it any more");
    }
    next += count;
    offset += count;
    length -= count;
  }
  return arrow::Status::OK();
}

arrow::Status FileDescriptor::Write(int64_t offset, int64_t length, const void* data) {
  const auto* next = static_cast<const uint8_t*>(data);
  while (length > 0) {
    const auto size = static_cast<size_t>(std::min(length, kLargestTransfer));
    const ssize_t count =
        RetryInterrupted([&] { return pwrite(fd_, next, size, offset); });
    if (count < 0) return SystemError(errno, "cannot write", path_);
    next += count;
    offset += count;
    length -= count;
  }
  return arrow::Status::OK();
}

arrow::Status FileDescriptor::CopyRange(const FileDescriptor& source,
                                        int64_t source_offset, int64_t offset,
                                        int64_t length) {
#ifdef __linux__
  while (length > 0) {
    off_t from = source_offset;
    off_t to = offset;
    const auto size = static_cast<size_t>(std::min(length, kLargestTransfer));
    const ssize_t count = RetryInterrupted(
        [&] { return copy_file_range(source.fd_, &from, fd_, &to, size, 0); });
    // Whose error an EIO is, and so which file is to blame, reading tells too.
    if (count < 0 && errno != EIO && !CannotCopyInKernel(errno)) {
      return SystemError(errno, "cannot copy", path_);
    }
    // 0 is the end of the file, or a file system that cannot: reading tells them apart.
    if (count <= 0) break;
    source_offset += count;
    offset += count;
    length -= count;
  }
#endif
  std::vector<uint8_t> buffer(static_cast<size_t>(std::min(length, kCopyBufferSize)));
  while (length > 0) {
    const int64_t count = std::min(length, kCopyBufferSize);
    ARROW_RETURN_NOT_OK(source.Read(source_offset, count, buffer.data()));
    ARROW_RETURN_NOT_OK(Write(offset, count, buffer.data()));
    source_offset += count;
    offset += count;
    length -= count;
  }
  return arrow::Status::OK();
}

bool FileDescriptor::Clone([[maybe_unused]] const FileDescriptor& source) {
#ifdef __linux__
  return RetryInterrupted([&] { return ioctl(fd_, FICLONE, source.fd_); }) == 0;
#else
  return false;
#endif
}

void FileDescriptor::BeginWriteBack([[maybe_unused]] int64_t offset,
                                    [[maybe_unused]] int64_t length) {
#ifdef __linux__
  sync_file_range(fd_, offset, length, SYNC_FILE_RANGE_WRITE);
#endif
}

arrow::Status FileDescriptor::Sync() {
#ifdef __APPLE__
  // There fsync stops at the drive's own cache.
  if (RetryInterrupted([&] { return fcntl(fd_, F_FULLFSYNC); }) == 0) {
    return arrow::Status::OK();
  }
#endif
  // EINVAL: there is nothing to sync, as for directories of some network file systems.
  if (RetryInterrupted([&] { return fsync(fd_); }) != 0 && errno != EINVAL) {
    return SystemError(errno, "cannot sync", path_);
  }
  return arrow::Status::OK();
}

arrow::Result<bool> FileDescriptor::TryLock() {
  // Not fcntl's locks: those go with any descriptor of the file that the process closes.
  if (RetryInterrupted([&] { return flock(fd_, LOCK_EX | LOCK_NB); }) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  // EBADF: a network file system that wants a lock's file open for writing.
  if (errno == ENOSYS || errno == ENOTSUP || errno == EBADF || errno == ENOLCK) {
    return Error(ErrorKind::kUnsupported, "the file system has no locks for this")
        .File(path_)
        .SystemError(errno);
  }
  return SystemError(errno, "cannot lock", path_);
}

arrow::Result<bool> FileDescriptor::IsAtPath() const {
  struct stat open_file = {};
  if (fstat(fd_, &open_file) != 0) return SystemError(errno, "cannot look up", path_);
  struct stat found = {};
  if (stat(path_.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return SystemError(errno, "cannot look up", path_);
  }
  return open_file.st_dev == found.st_dev && open_file.st_ino == found.st_ino;
}

arrow::Status FileDescriptor::Close() {
  if (fd_ < 0) return arrow::Status::OK();
  // An interrupted close has closed: to try again could close another thread's file.
  if (close(std::exchange(fd_, -1)) != 0 && errno != EINTR) {
    return SystemError(errno, "cannot close", path_);
  }
  return arrow::Status::OK();
}

}  // namespace planish
