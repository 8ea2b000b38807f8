// SPDX-License-Identifier: Apache-2.0
#include "io/local_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error_builder.h"

namespace planish {
namespace {

constexpr int64_t kBufferSize = int64_t{1} << 20;

/// Large enough for a disk to be busy, small enough that little is left at the end.
constexpr int64_t kWriteBackStep = int64_t{2} << 20;

}  // namespace

arrow::Result<std::shared_ptr<InputFile>> LocalInputFile::Make(FileDescriptor file) {
  ARROW_ASSIGN_OR_RAISE(int64_t size, file.RegularFileSize());
  return std::shared_ptr<InputFile>(new LocalInputFile(std::move(file), size));
}

LocalInputFile::LocalInputFile(FileDescriptor file, int64_t size)
    : file_(std::move(file)), size_(size) {}

arrow::Status LocalInputFile::CheckRange(int64_t offset, int64_t length) const {
  if (offset >= 0 && length >= 0 && offset <= size_ && length <= size_ - offset) {
    return arrow::Status::OK();
  }
  return Error(ErrorKind::kCorrupt, "range outside the file")
      .File(path())
      .Fact("range",
            std::to_string(length) + " bytes at offset " + std::to_string(offset))
      .Fact("size", std::to_string(size_) + " bytes");
}

arrow::Status LocalInputFile::ReadAt(int64_t offset, int64_t length, void* out) {
  ARROW_RETURN_NOT_OK(CheckRange(offset, length));
  ARROW_RETURN_NOT_OK(file_.Read(offset, length, out));
  bytes_read_ += length;
  return arrow::Status::OK();
}

arrow::Status LocalInputFile::CopyTo(FileDescriptor* target, int64_t target_offset,
                                     int64_t offset, int64_t length) {
  ARROW_RETURN_NOT_OK(CheckRange(offset, length));
  ARROW_RETURN_NOT_OK(target->CopyRange(file_, offset, target_offset, length));
  bytes_read_ += length;
  return arrow::Status::OK();
}

LocalOutputFile::LocalOutputFile(FileDescriptor file, bool write_back_early)
    : file_(std::move(file)), write_back_early_(write_back_early) {}

arrow::Status LocalOutputFile::CheckOpen() const {
  if (file_.is_open()) return arrow::Status::OK();
  return Error(ErrorKind::kIo, "file is closed").File(path());
}

arrow::Status LocalOutputFile::Append(const void* data, int64_t length) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  if (buffered_ + length > kBufferSize) ARROW_RETURN_NOT_OK(Flush());
  if (length >= kBufferSize) {
    ARROW_RETURN_NOT_OK(file_.Write(written_, length, data));
    Advance(length);
    return arrow::Status::OK();
  }
  if (length == 0) return arrow::Status::OK();
  if (buffer_ == nullptr)
    buffer_ = std::make_unique_for_overwrite<uint8_t[]>(kBufferSize);
  std::memcpy(buffer_.get() + buffered_, data, static_cast<size_t>(length));
  buffered_ += length;
  return arrow::Status::OK();
}

arrow::Status LocalOutputFile::AppendFrom(InputFile& source, int64_t offset,
                                          int64_t length) {
  ARROW_RETURN_NOT_OK(CheckOpen());
  ARROW_RETURN_NOT_OK(Flush());
  // In steps, so that early write-back keeps up with a long range.
  while (length > 0) {
    const int64_t count = std::min(length, kWriteBackStep);
    ARROW_RETURN_NOT_OK(source.CopyTo(&file_, written_, offset, count));
    Advance(count);
    offset += count;
    length -= count;
  }
  return arrow::Status::OK();
}

arrow::Status LocalOutputFile::Sync() {
  ARROW_RETURN_NOT_OK(CheckOpen());
  ARROW_RETURN_NOT_OK(Flush());
  return file_.Sync();
}

arrow::Status LocalOutputFile::Close() {
  if (!file_.is_open()) return arrow::Status::OK();
  const arrow::Status flushed = Flush();
  buffer_.reset();
  const arrow::Status closed = file_.Close();
  return flushed.ok() ? closed : flushed;
}

arrow::Status LocalOutputFile::Flush() {
  if (buffered_ == 0) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(file_.Write(written_, buffered_, buffer_.get()));
  Advance(std::exchange(buffered_, 0));
  return arrow::Status::OK();
}

void LocalOutputFile::Advance(int64_t length) {
  written_ += length;
  if (!write_back_early_ || written_ - written_back_ < kWriteBackStep) return;
  file_.BeginWriteBack(written_back_, written_ - written_back_);
  written_back_ = written_;
}

LocalUpdateFile::LocalUpdateFile(FileDescriptor file) : file_(std::move(file)) {}

arrow::Status LocalUpdateFile::WriteAt(int64_t offset, int64_t length, const void* data) {
  return file_.Write(offset, length, data);
}

arrow::Status LocalUpdateFile::ReadAt(int64_t offset, int64_t length, void* out) {
  return file_.Read(offset, length, out);
}

arrow::Status LocalUpdateFile::Close() {
  return file_.Close();
}

arrow::Result<std::unique_ptr<FileLock>> LocalFileLock::Try(FileDescriptor file) {
  ARROW_ASSIGN_OR_RAISE(bool locked, file.TryLock());
  if (!locked) return nullptr;
  // Whoever had the lock before may have removed or replaced it meanwhile: a lock that
  // nobody else would meet.
  ARROW_ASSIGN_OR_RAISE(bool at_path, file.IsAtPath());
  if (!at_path) return nullptr;
  return std::unique_ptr<FileLock>(new LocalFileLock(std::move(file)));
}

LocalFileLock::LocalFileLock(FileDescriptor file) : file_(std::move(file)) {}

}  // namespace planish
