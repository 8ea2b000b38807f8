// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "arrow/status.h"

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

/// Files of at least this size are synced by whoever writes them, while others are still
/// being written. Smaller ones wait for FileSystem::SyncAll: a disk makes many of them
/// durable about as fast as one.
inline constexpr int64_t kSyncByWriter = int64_t{4} << 20;

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
  /// The same for what its writer is to sync: see kSyncByWriter.
  arrow::Status SyncIfLarge() {
    return position() < kSyncByWriter ? arrow::Status::OK() : Sync();
  }
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

}  // namespace planish
