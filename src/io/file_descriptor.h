// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "arrow/result.h"

namespace planish {

/// An open file of the operating system, closed when this goes. Calls that a signal
/// interrupts are made again, and short reads and writes are completed. Errors name the
/// path it was opened with.
class FileDescriptor {
 public:
  /// `flags` and `mode` as for open(2); O_CLOEXEC is added.
  static arrow::Result<FileDescriptor> Open(const std::string& path, int flags,
                                            unsigned mode = 0);
  /// The same for a name in an open directory (or AT_FDCWD), which errors call `path`.
  static arrow::Result<FileDescriptor> OpenAt(int directory, const std::string& name,
                                              const std::string& path, int flags,
                                              unsigned mode);
  /// Takes over a descriptor that is open.
  static FileDescriptor Adopt(int fd, std::string path);
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) = delete;
  ~FileDescriptor();

  const std::string& path() const { return path_; }
  bool is_open() const { return fd_ >= 0; }

  /// The file's size; fails on anything but a regular file.
  arrow::Result<int64_t> RegularFileSize() const;
  /// Reads all of `length` bytes; kDrift if the file ends before.
  arrow::Status Read(int64_t offset, int64_t length, void* out) const;
  arrow::Status Write(int64_t offset, int64_t length, const void* data);
  /// Copies a range of `source` to `offset`, in the kernel where that can be done, else
  /// through a buffer. kDrift if `source` ends before.
  arrow::Status CopyRange(const FileDescriptor& source, int64_t source_offset,
                          int64_t offset, int64_t length);
  /// Becomes a clone of `source` that shares its blocks; false if the file system cannot.
  bool Clone(const FileDescriptor& source);
  /// Asks the system to begin writing a range to disk. A hint: nothing is waited for or
  /// reported.
  void BeginWriteBack(int64_t offset, int64_t length);
  arrow::Status Sync();
  /// Takes the file's advisory lock, which lasts as long as this is open; false if
  /// another open file has it.
  arrow::Result<bool> TryLock();
  /// For system calls that only their user makes; not to be closed.
  int number() const { return fd_; }
  /// Whether path() still leads to this file.
  arrow::Result<bool> IsAtPath() const;
  /// Fine if closed already.
  arrow::Status Close();

 private:
  FileDescriptor(int fd, std::string path);

  int fd_;
  std::string path_;
};

}  // namespace planish
