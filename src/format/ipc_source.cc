// SPDX-License-Identifier: Apache-2.0
#include "format/ipc_source.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "arrow/buffer.h"
#include "arrow/ipc/message.h"
#include "arrow/ipc/reader.h"
#include "base/error_builder.h"
#include "format/ipc_schema_size.h"
#include "format/parquet_boundary.h"
#include "io/arrow_file.h"

namespace planish {
namespace {

/// The file format begins with this, padded to 8 bytes, and ends with it.
constexpr std::string_view kFileMark = "ARROW1";
constexpr int64_t kPaddedMarkBytes = 8;
/// Every message of a stream begins with this since Arrow 0.15.
constexpr std::string_view kContinuation = "\xff\xff\xff\xff";

/// What was read ahead, then the rest of a stream; buffers come from a pool.
class SourceStream : public arrow::io::InputStream {
 public:
  SourceStream(std::shared_ptr<arrow::io::InputStream> rest, arrow::MemoryPool* pool)
      : rest_(std::move(rest)), pool_(pool) {
    if (auto* const file = dynamic_cast<arrow::io::RandomAccessFile*>(rest_.get())) {
      size_ = file->GetSize().ValueOr(size_);
    }
  }

  /// Reads the first bytes, which stay to be read. Fewer if the source is shorter.
  arrow::Result<std::string_view> Peek8() {
    ARROW_ASSIGN_OR_RAISE(ahead_end_, ReadFully(kPaddedMarkBytes, ahead_.data()));
    return std::string_view(ahead_.data(), static_cast<size_t>(ahead_end_));
  }
  void DropAhead() { ahead_begin_ = ahead_end_; }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }

  arrow::Result<int64_t> Read(int64_t num_bytes, void* out) override {
    const int64_t from_ahead = std::min(num_bytes, ahead_end_ - ahead_begin_);
    std::memcpy(out, ahead_.data() + ahead_begin_, static_cast<size_t>(from_ahead));
    ahead_begin_ += from_ahead;
    ARROW_ASSIGN_OR_RAISE(
        const int64_t read,
        ReadFully(num_bytes - from_ahead, static_cast<char*>(out) + from_ahead));
    position_ += from_ahead + read;
    return from_ahead + read;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t num_bytes) override {
    // A damaged length may be anything. No file has more than there is; of a pipe, the
    // pool refuses what is beyond the limit.
    if (num_bytes < 0) return arrow::Status::Invalid("negative length of a message");
    num_bytes = std::min(num_bytes, std::max<int64_t>(0, size_ - position_));
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(num_bytes, pool_));
    ARROW_ASSIGN_OR_RAISE(const int64_t read, Read(num_bytes, buffer->mutable_data()));
    if (read < num_bytes) ARROW_RETURN_NOT_OK(buffer->Resize(read));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  /// A pipe gives what it has: only nothing at all means that it ended.
  arrow::Result<int64_t> ReadFully(int64_t num_bytes, char* out) {
    int64_t done = 0;
    while (done < num_bytes) {
      ARROW_ASSIGN_OR_RAISE(const int64_t read,
                            rest_->Read(num_bytes - done, out + done));
      if (read == 0) break;
      done += read;
    }
    return done;
  }

  const std::shared_ptr<arrow::io::InputStream> rest_;
  arrow::MemoryPool* const pool_;
  std::array<char, kPaddedMarkBytes> ahead_{};
  int64_t ahead_begin_ = 0, ahead_end_ = 0;
  int64_t size_ = std::numeric_limits<int64_t>::max();
  int64_t position_ = 0;
  bool closed_ = false;
};

/// Names the source and the batch in whatever goes wrong with it.
class Located {
 public:
  explicit Located(std::string name) : name_(std::move(name)) {}

  arrow::Status operator()(const arrow::Status& status, int64_t batch) const {
    if (status.ok() || status.IsCancelled()) return status;
    if (GetErrorDetail(status) != nullptr) return AddPlace(status, batch);
    const ErrorKind kind = KindOfReadError(status);
    Error error(kind, Describe(kind));
    error.File(name_);
    if (batch >= 0) error.Fact("batch", std::to_string(batch));
    return error.Cause(status);
  }

 private:
  static const char* Describe(ErrorKind kind) {
    switch (kind) {
      case ErrorKind::kMemoryLimit:
        return "batch does not fit in memory";
      case ErrorKind::kUnsupported:
        return "Arrow IPC data is of a kind that cannot be read";
      default:
        return "Arrow IPC data is damaged or cut short";
    }
  }

  arrow::Status AddPlace(const arrow::Status& status, int64_t batch) const {
    auto detail = std::make_shared<ErrorDetail>(*GetErrorDetail(status));
    if (detail->file.empty()) detail->file = name_;
    if (batch >= 0) detail->facts.emplace_back("batch", std::to_string(batch));
    return status.WithDetail(std::move(detail));
  }

  const std::string name_;
};

class StreamSource : public arrow::RecordBatchReader {
 public:
  static arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Make(
      std::shared_ptr<arrow::io::InputStream> input, const std::string& name,
      arrow::MemoryPool* pool) {
    auto stream = std::make_shared<SourceStream>(std::move(input), pool);
    Located locate(name);
    auto begin = stream->Peek8();
    if (!begin.ok()) return locate(begin.status(), -1);
    if (begin->empty()) {
      return Error(ErrorKind::kCorrupt, "no data where Arrow IPC was expected")
          .File(name)
          .Hint("even an empty stream has a schema; did the program before fail?");
    }
    const bool is_file = begin->starts_with(kFileMark);
    if (is_file) stream->DropAhead();
    if (begin->starts_with("PAR1")) {
      return Error(ErrorKind::kUnsupported, "Parquet cannot be read as a stream")
          .File(name)
          .Hint("give the path of the file");
    }
    arrow::ipc::IpcReadOptions options;
    options.memory_pool = pool;
    options.use_threads = false;
    auto reader = arrow::ipc::RecordBatchStreamReader::Open(
        WithSchemasMeasured(arrow::ipc::MessageReader::Open(stream), pool), options);
    if (!reader.ok()) return locate(reader.status(), -1);
    return std::shared_ptr<arrow::RecordBatchReader>(
        new StreamSource(std::move(stream), *std::move(reader), is_file, locate));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (ended_) return arrow::Status::OK();
    std::shared_ptr<arrow::RecordBatch> read;
    arrow::Status status = CatchParquet([&] { return reader_->ReadNext(&read); });
    if (status.ok() && read != nullptr) status = read->ValidateFull();
    if (status.ok() && read == nullptr) {
      status = CheckEnd();
      ended_ = true;
    }
    ARROW_RETURN_NOT_OK(locate_(status, next_batch_));
    ++next_batch_;
    *batch = std::move(read);
    return arrow::Status::OK();
  }

 private:
  StreamSource(std::shared_ptr<SourceStream> stream,
               std::shared_ptr<arrow::RecordBatchReader> reader, bool is_file,
               Located locate)
      : stream_(std::move(stream)),
        reader_(std::move(reader)),
        is_file_(is_file),
        locate_(std::move(locate)) {}

  /// Behind a stream nothing may follow; a file ends with its mark.
  arrow::Status CheckEnd() {
    std::array<char, 4096> chunk;
    std::string tail;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(
          const int64_t read,
          stream_->Read(static_cast<int64_t>(chunk.size()), chunk.data()));
      if (read == 0) break;
      if (!is_file_) {
        return Error(ErrorKind::kCorrupt, "bytes follow the end of the Arrow IPC stream")
            .Hint("one stream after another is not one stream: join them as rows");
      }
      tail.append(chunk.data(), static_cast<size_t>(read));
      if (tail.size() > kFileMark.size()) tail.erase(0, tail.size() - kFileMark.size());
    }
    if (is_file_ && tail != kFileMark) {
      return arrow::Status::Invalid("the file's closing mark is missing");
    }
    return arrow::Status::OK();
  }

  const std::shared_ptr<SourceStream> stream_;
  const std::shared_ptr<arrow::RecordBatchReader> reader_;
  const bool is_file_;
  const Located locate_;
  int64_t next_batch_ = 0;
  bool ended_ = false;
};

class FileSource : public arrow::RecordBatchReader {
 public:
  FileSource(std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader, Located locate)
      : reader_(std::move(reader)), locate_(std::move(locate)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (next_batch_ >= reader_->num_record_batches()) return arrow::Status::OK();
    std::shared_ptr<arrow::RecordBatch> read;
    arrow::Status status = CatchParquet([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(read, reader_->ReadRecordBatch(next_batch_));
      return read->ValidateFull();
    });
    ARROW_RETURN_NOT_OK(locate_(status, next_batch_));
    ++next_batch_;
    *batch = std::move(read);
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  const Located locate_;
  int next_batch_ = 0;
};

/// The first bytes, as many as there are.
arrow::Result<std::string> FirstBytes(InputFile& file) {
  std::string bytes(static_cast<size_t>(std::min(file.size(), kPaddedMarkBytes)), '\0');
  if (!bytes.empty()) {
    ARROW_RETURN_NOT_OK(file.ReadAt(0, static_cast<int64_t>(bytes.size()), bytes.data()));
  }
  return bytes;
}

}  // namespace

arrow::Result<bool> IsIpc(InputFile& file) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, FirstBytes(file));
  return bytes.starts_with(kFileMark) || bytes.starts_with(kContinuation);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpcStream(
    std::shared_ptr<arrow::io::InputStream> source, const std::string& name,
    arrow::MemoryPool* pool) {
  std::shared_ptr<arrow::RecordBatchReader> reader;
  ARROW_RETURN_NOT_OK(CatchParquet([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(reader, StreamSource::Make(std::move(source), name, pool));
    return arrow::Status::OK();
  }));
  return reader;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpcFile(
    std::shared_ptr<InputFile> file, arrow::MemoryPool* pool) {
  const std::string name = file->path();
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, FirstBytes(*file));
  InputFile* const source = file.get();
  auto input = MakeArrowFile(std::move(file), pool);
  if (!bytes.starts_with(kFileMark)) return ReadIpcStream(std::move(input), name, pool);
  Located locate(name);
  arrow::ipc::IpcReadOptions options;
  options.memory_pool = pool;
  options.use_threads = false;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader;
  const arrow::Status opened = CatchParquet([&]() -> arrow::Status {
    ARROW_RETURN_NOT_OK(CheckFileSchemaFits(*source, pool));
    ARROW_ASSIGN_OR_RAISE(reader,
                          arrow::ipc::RecordBatchFileReader::Open(input, options));
    return arrow::Status::OK();
  });
  ARROW_RETURN_NOT_OK(locate(opened, -1));
  return std::make_shared<FileSource>(std::move(reader), std::move(locate));
}

}  // namespace planish
