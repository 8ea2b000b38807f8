// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

class ScratchDirectory;

/// Bytes that did not fit in memory. Any thread may append and read. It has no name while
/// it lives, so its space is free when this goes, or the process ends in whatever way.
class ScratchFile {
 public:
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// Writes `length` bytes behind what was written before, in one go, unbuffered. Returns
  /// the offset they begin at. Errors: kDiskFull where the disk or the scratch limit is
  /// full, naming the file, its directory's limit and what to do; kIo.
  arrow::Result<int64_t> Append(const void* data, int64_t length);
  /// Reads bytes that an Append that has returned wrote.
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out);
  int64_t size() const { return size_.load(); }
  const std::string& path() const { return path_; }

 private:
  friend class ScratchDirectory;
  ScratchFile(ScratchDirectory* directory, std::unique_ptr<UpdateFile> file,
              std::string path);

  ScratchDirectory* const directory_;
  std::unique_ptr<UpdateFile> file_;
  const std::string path_;
  std::atomic<int64_t> size_{0};
};

/// A hidden directory for what does not fit in memory, private to the user and to one
/// process: a lock in it dies with the process, so that a later one can tell what was
/// left behind. Nothing is made on disk before the first file. Removed with this, and
/// with it everything in it. Thread-safe.
class ScratchDirectory {
 public:
  /// `parent` is where the directory is made; it, too, is made if missing.
  /// `limit_bytes`: what all files may take together; 0: no limit.
  ScratchDirectory(FileSystem* fs, std::string parent, int64_t limit_bytes);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  /// Removes scratch directories of this user in `parent` whose process is gone. Returns
  /// how many.
  static arrow::Result<int> RemoveStale(FileSystem* fs, const std::string& parent);

  /// `purpose` becomes part of the file's name. This must outlive the file.
  arrow::Result<std::unique_ptr<ScratchFile>> NewFile(const std::string& purpose);
  /// A new name in the directory (made if need be), for those who write a file of a
  /// format of its own there.
  arrow::Result<std::string> NewPath(const std::string& name);
  /// For creating such files: what is appended to them counts against the limit, from
  /// then on as long as this lives.
  FileSystem* files() const { return files_.get(); }

  const std::string& parent() const { return parent_; }
  int64_t limit_bytes() const { return limit_bytes_; }
  /// Now, at most so far, and written over all time.
  int64_t used_bytes() const { return used_bytes_.load(); }
  int64_t peak_bytes() const { return peak_bytes_.load(); }
  int64_t written_bytes() const { return written_bytes_.load(); }

 private:
  friend class ScratchFile;
  class Output;
  class Files;
  arrow::Status Prepare();
  arrow::Status Take(const std::string& path);
  bool TryReserve(int64_t bytes);
  void Release(int64_t bytes);

  FileSystem* const fs_;
  const std::unique_ptr<FileSystem> files_;
  const std::string parent_;
  const int64_t limit_bytes_;
  std::mutex mutex_;
  std::string path_;
  /// So that paths in it lead there, whatever takes its name in a shared directory.
  std::unique_ptr<PinnedDirectory> pin_;
  std::unique_ptr<FileLock> lock_;
  int64_t next_name_ = 0;
  std::atomic<int64_t> used_bytes_{0}, peak_bytes_{0}, written_bytes_{0};
};

}  // namespace planish
