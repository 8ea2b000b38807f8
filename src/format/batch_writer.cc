// SPDX-License-Identifier: Apache-2.0
#include "format/batch_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "arrow/util/byte_size.h"
#include "base/error_builder.h"
#include "base/overdraft_pool.h"
#include "format/arrow_parquet_file.h"
#include "format/chunk_form.h"
#include "format/modelled_writer.h"
#include "format/parquet_boundary.h"
#include "io/arrow_file.h"
#include "parquet/arrow/schema.h"
#include "parquet/arrow/writer.h"
#include "parquet/file_writer.h"
#include "parquet/properties.h"

namespace planish {
namespace {

arrow::Result<std::shared_ptr<parquet::WriterProperties>> MakeProperties(
    const BatchWriterOptions& options, arrow::MemoryPool* pool) {
  parquet::WriterProperties::Builder builder;
  builder.memory_pool(pool)->max_row_group_length(options.row_group_rows);
  // The page being filled is held besides, as is what it grows from.
  builder.data_pagesize(
      std::clamp(options.row_group_bytes / 8, int64_t{4} << 10, int64_t{1} << 20));
  if (options.scratch) {
    builder.disable_dictionary()->disable_statistics();
    return builder.build();
  }
  builder.compression(arrow::Compression::SNAPPY);
  if (!options.writer.compression.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int32_t codec, CodecOf(options.writer));
    builder.compression(ArrowCodec(codec));
    if (options.writer.compression_level) {
      builder.compression_level(*options.writer.compression_level);
    }
  }
  return builder.build();
}

std::shared_ptr<parquet::ArrowWriterProperties> MakeArrowProperties(
    const BatchWriterOptions& options) {
  parquet::ArrowWriterProperties::Builder builder;
  if (!options.scratch) builder.store_schema();
  return builder.build();
}

/// Fails with the first column that Parquet has no type for.
arrow::Status CheckTypes(const arrow::Schema& schema,
                         const parquet::WriterProperties& properties,
                         const parquet::ArrowWriterProperties& arrow_properties) {
  for (const auto& field : schema.fields()) {
    std::shared_ptr<parquet::SchemaDescriptor> translated;
    const arrow::Status status = CatchParquet([&] {
      return parquet::arrow::ToParquetSchema(arrow::schema({field}).get(), properties,
                                             arrow_properties, &translated);
    });
    if (status.ok()) continue;
    return Error(ErrorKind::kUnsupported,
                 "Parquet has no type for: " + field->type()->ToString())
        .Column(field->name())
        .Cause(status);
  }
  return arrow::Status::OK();
}

class ArrowBatchWriter : public BatchWriter {
 public:
  ArrowBatchWriter(std::unique_ptr<OutputFile> out, const BatchWriterOptions& options,
                   arrow::MemoryPool* pool)
      : out_(std::move(out)), options_(options), pool_(pool) {}
  ~ArrowBatchWriter() override {
    // Its own destructor would complete the file.
    if (!finished_) (void)out_->Close();
  }

  arrow::Status Open(const arrow::Schema& schema,
                     std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties) {
    return Guard([&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(auto properties, MakeProperties(options_, &pool_));
      ARROW_ASSIGN_OR_RAISE(
          writer_, parquet::arrow::FileWriter::Open(
                       schema, &pool_, MakeArrowOutput(out_.get()), std::move(properties),
                       std::move(arrow_properties)));
      return arrow::Status::OK();
    });
  }

  int64_t position() const override { return out_->position(); }

  arrow::Status Write(const arrow::RecordBatch& batch) override {
    if (batch.num_rows() == 0) return arrow::Status::OK();
    const int64_t row_bytes =
        std::max<int64_t>(arrow::util::TotalBufferSize(batch) / batch.num_rows(), 1);
    const int64_t most_rows =
        std::clamp<int64_t>(options_.row_group_bytes / row_bytes, 1, batch.num_rows());
    for (int64_t begin = 0; begin < batch.num_rows(); begin += most_rows) {
      const auto slice = batch.Slice(begin, most_rows);
      ARROW_RETURN_NOT_OK(WriteSlice(*slice, slice->num_rows() * row_bytes));
    }
    return arrow::Status::OK();
  }

  arrow::Status Finish() override {
    finished_ = true;
    ARROW_RETURN_NOT_OK(Guard([&] { return writer_->Close(); }));
    if (options_.sync) ARROW_RETURN_NOT_OK(out_->SyncIfLarge());
    return out_->Close();
  }

 private:
  arrow::Status WriteSlice(const arrow::RecordBatch& slice, int64_t bytes) {
    return Guard([&]() -> arrow::Status {
      if (!begun_ || row_group_bytes_ + bytes > options_.row_group_bytes) {
        ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
        row_group_bytes_ = 0;
        begun_ = true;
      }
      row_group_bytes_ += bytes;
      return writer_->WriteRecordBatch(slice);
    });
  }

  template <typename Body>
  arrow::Status Guard(Body&& body) {
    arrow::Status status = CatchParquet(std::forward<Body>(body));
    if (status.ok()) status = pool_.refusal();
    if (status.ok()) return status;
    // Errors of the file say so themselves.
    const ErrorKind kind = status.IsOutOfMemory()      ? ErrorKind::kMemoryLimit
                           : status.IsNotImplemented() ? ErrorKind::kUnsupported
                                                       : ErrorKind::kIo;
    return AddContext(status, kind, out_->path());
  }

  const std::unique_ptr<OutputFile> out_;
  const BatchWriterOptions options_;
  OverdraftPool pool_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int64_t row_group_bytes_ = 0;
  bool begun_ = false;
  bool finished_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<BatchWriter>> BatchWriter::Make(
    FileSystem* fs, const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
    const BatchWriterOptions& options, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto properties, MakeProperties(options, pool));
  auto arrow_properties = MakeArrowProperties(options);
  ARROW_RETURN_NOT_OK(CheckTypes(*schema, *properties, *arrow_properties));
  ARROW_ASSIGN_OR_RAISE(auto out, fs->CreateOutput(path, options.sync));
  auto writer = std::make_unique<ArrowBatchWriter>(std::move(out), options, pool);
  ARROW_RETURN_NOT_OK(writer->Open(*schema, std::move(arrow_properties)));
  return std::unique_ptr<BatchWriter>(std::move(writer));
}

arrow::Result<std::unique_ptr<BatchWriter>> BatchWriter::MakeLike(
    FileSystem* fs, const std::string& path, const ParquetFile& model,
    const SchemaChange& change, const BatchWriterOptions& options,
    arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto out, fs->CreateOutput(path, options.sync));
  auto writer = std::make_unique<ModelledWriter>(std::move(out), options, pool);
  ARROW_RETURN_NOT_OK(CatchParquet(
      [&] { return writer->Open(static_cast<const ArrowParquetFile&>(model), change); }));
  return std::unique_ptr<BatchWriter>(std::move(writer));
}

}  // namespace planish
