// SPDX-License-Identifier: Apache-2.0
#include "jobs/spooled_batches.h"

#include <algorithm>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/io/buffered.h"
#include "arrow/ipc/options.h"
#include "arrow/ipc/reader.h"
#include "arrow/util/compression.h"
#include "base/error_builder.h"

namespace planish {
namespace {

constexpr int64_t kBufferShare = 64;

class ScratchOutput : public arrow::io::OutputStream {
 public:
  explicit ScratchOutput(ScratchFile* file) : file_(file) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return file_->size(); }
  arrow::Status Write(const void* data, int64_t num_bytes) override {
    return num_bytes > 0 ? file_->Append(data, num_bytes).status() : arrow::Status::OK();
  }

 private:
  ScratchFile* const file_;
  bool closed_ = false;
};

class ScratchInput : public arrow::io::InputStream {
 public:
  ScratchInput(ScratchFile* file, arrow::MemoryPool* pool) : file_(file), pool_(pool) {}
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> Read(int64_t num_bytes, void* out) override {
    const int64_t count = std::min(num_bytes, file_->size() - position_);
    if (count > 0) ARROW_RETURN_NOT_OK(file_->ReadAt(position_, count, out));
    position_ += count;
    return count;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t num_bytes) override {
    const int64_t count = std::min(num_bytes, file_->size() - position_);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(count, pool_));
    ARROW_RETURN_NOT_OK(Read(count, buffer->mutable_data()).status());
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  ScratchFile* const file_;
  arrow::MemoryPool* const pool_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<SpooledBatches>> SpooledBatches::Make(
    Run* run, const std::shared_ptr<arrow::Schema>& schema, int64_t most_buffer_bytes) {
  ARROW_ASSIGN_OR_RAISE(auto file, run->scratch()->NewFile("batches"));
  std::unique_ptr<SpooledBatches> spool(new SpooledBatches(run, std::move(file)));
  // Every write to the file is a system call.
  const int64_t buffer_bytes =
      std::min(run->budget()->limit() / kBufferShare, most_buffer_bytes);
  ARROW_ASSIGN_OR_RAISE(spool->sink_,
                        arrow::io::BufferedOutputStream::Create(
                            buffer_bytes, run->pool(),
                            std::make_shared<ScratchOutput>(spool->file_.get())));
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = run->pool();
  options.use_threads = false;
  options.allow_64bit = true;
  if (arrow::util::Codec::IsAvailable(arrow::Compression::LZ4_FRAME)) {
    ARROW_ASSIGN_OR_RAISE(options.codec,
                          arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME));
    // What hardly gets smaller is not worth being decompressed.
    options.min_space_savings = 0.1;
  }
  ARROW_ASSIGN_OR_RAISE(spool->writer_,
                        arrow::ipc::MakeStreamWriter(spool->sink_, schema, options));
  return spool;
}

SpooledBatches::~SpooledBatches() {
  // After a failed write Arrow would try once more, and complain on standard error.
  if (sink_ != nullptr) (void)sink_->Abort();
}

arrow::Status SpooledBatches::Append(const arrow::RecordBatch& batch) {
  return writer_->WriteRecordBatch(batch);
}

arrow::Status SpooledBatches::Rewind() {
  ARROW_RETURN_NOT_OK(writer_->Close());
  ARROW_RETURN_NOT_OK(sink_->Close());
  writer_.reset();
  sink_.reset();
  arrow::ipc::IpcReadOptions options;
  options.memory_pool = run_->batch_pool();
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(
      reader_,
      arrow::ipc::RecordBatchStreamReader::Open(
          std::make_shared<ScratchInput>(file_.get(), run_->batch_pool()), options));
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> SpooledBatches::Next() {
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(
      AddContext(reader_->ReadNext(&batch), ErrorKind::kIo, file_->path()));
  return batch;
}

}  // namespace planish
