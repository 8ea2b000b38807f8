// SPDX-License-Identifier: Apache-2.0
#include "io/arrow_file.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/util/config.h"
#include "arrow/util/future.h"

namespace planish {
namespace {

class ArrowFile : public arrow::io::RandomAccessFile {
 public:
  ArrowFile(std::shared_ptr<InputFile> file, arrow::MemoryPool* pool)
      : file_(std::move(file)), pool_(pool) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> GetSize() override { return file_->size(); }

  arrow::Status Seek(int64_t position) override {
    if (position < 0) return arrow::Status::Invalid("negative position: ", position);
    position_ = position;
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Read(int64_t num_bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(int64_t count, ReadAt(position_, num_bytes, out));
    position_ += count;
    return count;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t num_bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, num_bytes));
    position_ += buffer->size();
    return buffer;
  }

  using arrow::io::RandomAccessFile::ReadAt;

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t num_bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(int64_t count, Available(position, num_bytes));
    if (count > 0) ARROW_RETURN_NOT_OK(file_->ReadAt(position, count, out));
    return count;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                       int64_t num_bytes) override {
    ARROW_ASSIGN_OR_RAISE(int64_t count, Available(position, num_bytes));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(count, pool_));
    if (count > 0)
      ARROW_RETURN_NOT_OK(file_->ReadAt(position, count, buffer->mutable_data()));
    return buffer;
  }

  // Arrow's own ReadAsync, from which its ReadManyAsync is made, reads on a thread of
  // Arrow's. That thread may drop the buffer after it has told whoever waits: once the
  // run and the pool that the buffer goes back to are gone.
  using arrow::io::RandomAccessFile::ReadAsync;

  arrow::Future<std::shared_ptr<arrow::Buffer>> ReadAsync(const arrow::io::IOContext&,
                                                          int64_t position,
                                                          int64_t num_bytes) override {
    return Finished(ReadAt(position, num_bytes));
  }

#if ARROW_VERSION_MAJOR >= 25
  arrow::Future<std::shared_ptr<arrow::Buffer>> ReadAsync(
      const arrow::io::IOContext&, int64_t position, int64_t num_bytes,
      bool allow_short_read) override {
    return Finished(ReadAt(position, num_bytes, allow_short_read));
  }
#endif

 private:
  using ReadResult = arrow::Result<std::shared_ptr<arrow::Buffer>>;

  static arrow::Future<std::shared_ptr<arrow::Buffer>> Finished(ReadResult result) {
    return arrow::Future<std::shared_ptr<arrow::Buffer>>::MakeFinished(std::move(result));
  }

  /// What of a range there is: Arrow takes a short read for the end of the file.
  arrow::Result<int64_t> Available(int64_t position, int64_t num_bytes) const {
    if (closed_) return arrow::Status::Invalid("file is closed: ", file_->path());
    if (position < 0 || num_bytes < 0) {
      return arrow::Status::Invalid("not a range: ", num_bytes, " bytes at ", position);
    }
    return std::clamp<int64_t>(file_->size() - position, 0, num_bytes);
  }

  const std::shared_ptr<InputFile> file_;
  arrow::MemoryPool* const pool_;
  std::atomic<bool> closed_{false};
  int64_t position_ = 0;
};

class ArrowOutput : public arrow::io::OutputStream {
 public:
  explicit ArrowOutput(OutputFile* file) : file_(file) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return file_->position(); }
  arrow::Status Write(const void* data, int64_t num_bytes) override {
    return file_->Append(data, num_bytes);
  }

 private:
  OutputFile* const file_;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> MakeArrowFile(
    std::shared_ptr<InputFile> file, arrow::MemoryPool* pool) {
  return std::make_shared<ArrowFile>(std::move(file), pool);
}

std::shared_ptr<arrow::io::OutputStream> MakeArrowOutput(OutputFile* file) {
  return std::make_shared<ArrowOutput>(file);
}

}  // namespace planish
