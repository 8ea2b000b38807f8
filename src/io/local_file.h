// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "io/file_descriptor.h"
#include "io/file_system.h"

namespace planish {

/// A file of the machine, read with pread.
class LocalInputFile : public InputFile {
 public:
  /// Flags to open its descriptor with: without O_NONBLOCK a named pipe would wait there
  /// for its writer.
  static constexpr int kFlags = O_RDONLY | O_NONBLOCK;
  static arrow::Result<std::shared_ptr<InputFile>> Make(FileDescriptor file);

  const std::string& path() const override { return file_.path(); }
  int64_t size() const override { return size_; }
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override;
  arrow::Status CopyTo(FileDescriptor* target, int64_t target_offset, int64_t offset,
                       int64_t length) override;
  int64_t bytes_read() const override { return bytes_read_.load(); }

 private:
  LocalInputFile(FileDescriptor file, int64_t size);
  arrow::Status CheckRange(int64_t offset, int64_t length) const;

  const FileDescriptor file_;
  const int64_t size_;
  std::atomic<int64_t> bytes_read_{0};
};

/// A file of the machine, written with pwrite.
class LocalOutputFile : public OutputFile {
 public:
  LocalOutputFile(FileDescriptor file, bool write_back_early);

  const std::string& path() const override { return file_.path(); }
  int64_t position() const override { return written_ + buffered_; }
  arrow::Status Append(const void* data, int64_t length) override;
  arrow::Status AppendFrom(InputFile& source, int64_t offset, int64_t length) override;
  arrow::Status Sync() override;
  arrow::Status Close() override;

 private:
  arrow::Status CheckOpen() const;
  arrow::Status Flush();
  /// Accounts for bytes that have been written behind `written_`.
  void Advance(int64_t length);

  FileDescriptor file_;
  const bool write_back_early_;
  int64_t written_ = 0;
  int64_t written_back_ = 0;
  std::unique_ptr<uint8_t[]> buffer_;
  int64_t buffered_ = 0;
};

/// A file of the machine, written with pwrite and read with pread.
class LocalUpdateFile : public UpdateFile {
 public:
  explicit LocalUpdateFile(FileDescriptor file);

  const std::string& path() const override { return file_.path(); }
  arrow::Status WriteAt(int64_t offset, int64_t length, const void* data) override;
  arrow::Status ReadAt(int64_t offset, int64_t length, void* out) override;
  arrow::Status Close() override;

 private:
  FileDescriptor file_;
};

/// The lock of a file or directory of the machine.
class LocalFileLock : public FileLock {
 public:
  /// Null if it is locked, or not at its path any more.
  static arrow::Result<std::unique_ptr<FileLock>> Try(FileDescriptor file);

 private:
  explicit LocalFileLock(FileDescriptor file);

  const FileDescriptor file_;
};

}  // namespace planish
