// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"

namespace planish {

class FileDescriptor;

/// Asked between the steps of something long: an error ends it.
using Proceed = std::function<arrow::Status()>;

/// A file open for reading. Positional and stateless, so any thread may read at any time.
class InputFile {
 public:
  virtual ~InputFile() = default;
  virtual const std::string& path() const = 0;
  virtual int64_t size() const = 0;
  /// Reads `length` bytes at `offset` into `out`, all of them or an error: kCorrupt past
  /// size(), kDrift if the file has become shorter than that.
  virtual arrow::Status ReadAt(int64_t offset, int64_t length, void* out) = 0;
  /// Copies a range to `target_offset` of an open file, without passing it through user
  /// space where the system can. Errors of reading are those of ReadAt.
  virtual arrow::Status CopyTo(FileDescriptor* target, int64_t target_offset,
                               int64_t offset, int64_t length);
  /// Bytes read so far through this object, copies included.
  virtual int64_t bytes_read() const = 0;
};

/// A file being written front to back by one thread. Small appends are gathered in a
/// buffer that takes up to 1 MiB. After an error nothing but Close is of use.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual const std::string& path() const = 0;
  virtual int64_t position() const = 0;
  virtual arrow::Status Append(const void* data, int64_t length) = 0;
  /// Appends a range of another file without passing it through user space where the
  /// system can.
  virtual arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) = 0;
  /// Waits until the bytes are on disk.
  virtual arrow::Status Sync() = 0;
  /// Must be called, also after an error; again is fine. A destructor that closes
  /// swallows errors and may lose what was buffered.
  virtual arrow::Status Close() = 0;
};

/// A file written and read back at any place, by any thread, unbuffered. Ranges that are
/// written at the same time must not overlap.
class UpdateFile {
 public:
  virtual ~UpdateFile() = default;
  virtual const std::string& path() const = 0;
  /// Writes all `length` bytes or fails.
  virtual arrow::Status WriteAt(int64_t offset, int64_t length, const void* data) = 0;
  /// Reads `length` bytes, all of them or an error: kDrift where the file ends before.
  virtual arrow::Status ReadAt(int64_t offset, int64_t length, void* out) = 0;
  /// Fine if closed already. Nothing may be read or written after it.
  virtual arrow::Status Close() = 0;
};

/// An advisory lock. Held until this goes or the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class EntryKind { kFile, kDirectory, kOther };

struct DirectoryEntry {
  std::string name;
  /// Of what a symbolic link leads to. One that leads nowhere counts as a file, so that
  /// opening it says what is wrong.
  EntryKind kind = EntryKind::kOther;
};

/// What identifies one state of a file.
struct FileIdentity {
  int64_t size = 0;
  int64_t modified_nanoseconds = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

struct FileStatus {
  bool exists = false;
  EntryKind kind = EntryKind::kOther;
  FileIdentity identity;
};

/// The seam through which planish touches files. Thread-safe. Errors carry an ErrorDetail
/// with the path and a kind (kMissingPath, kPermission, kDiskFull, kOutputExists, kIo).
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Follows symbolic links. That nothing is there is not an error.
  virtual arrow::Result<FileStatus> Stat(const std::string& path) = 0;
  /// Entries in no particular order, without "." and "..".
  virtual arrow::Result<std::vector<DirectoryEntry>> List(
      const std::string& directory) = 0;
  /// Opens a regular file.
  virtual arrow::Result<std::shared_ptr<InputFile>> OpenInput(
      const std::string& path) = 0;
  /// Fails if the file exists. With `write_back_early` the system begins to write to disk
  /// what was appended a while ago, so that a Sync at the end has little left to wait
  /// for.
  virtual arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(
      const std::string& path, bool write_back_early = false) = 0;
  /// Fails if the file exists. Only this user may read or write it.
  virtual arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) = 0;
  /// Locks a file, which is made if it is missing; null if another holds its lock, or if
  /// the file went while it was being locked.
  virtual arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) = 0;
  /// Makes one directory that only this user may enter. Fails if it exists.
  virtual arrow::Status MakePrivateDirectory(const std::string& directory) = 0;
  /// Makes the directory and those above it; fine if it exists.
  virtual arrow::Status MakeDirectories(const std::string& directory) = 0;
  /// Copies a whole file to a new path: reflink where the file system can, else a kernel
  /// copy, in steps with `proceed`, if set, between them. Returns the bytes copied. Fails
  /// if the file exists; leaves none behind when it fails.
  virtual arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                          bool sync, const Proceed& proceed) = 0;
  /// Atomic; replaces an empty directory or a file at `to`.
  virtual arrow::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual arrow::Status RemoveFile(const std::string& path) = 0;
  /// Removes a directory and what is in it, not what symbolic links lead to; fine if it
  /// does not exist.
  virtual arrow::Status RemoveAll(const std::string& path) = 0;
  /// Makes entries of a directory (creations, renames) durable.
  virtual arrow::Status SyncDirectory(const std::string& directory) = 0;
};

/// The machine's own files, or what a FileSystemOverride has put in their place. Never
/// destroyed.
FileSystem* LocalFileSystem();

/// For tests: while it lives, LocalFileSystem() returns `files`. One at a time; no run
/// may begin or end beside it.
class FileSystemOverride {
 public:
  explicit FileSystemOverride(FileSystem* files);
  ~FileSystemOverride();
  FileSystemOverride(const FileSystemOverride&) = delete;
  FileSystemOverride& operator=(const FileSystemOverride&) = delete;
};

}  // namespace planish
