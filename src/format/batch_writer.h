// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "format/parquet_file.h"
#include "format/schema_change.h"
#include "io/file_system.h"
#include "planish/writer_options.h"

namespace planish {

/// How a BatchWriter writes.
struct BatchWriterOptions {
  WriterOptions writer;
  /// At most this many rows a row group, and about as many bytes of Arrow data: what is
  /// held until the row group is complete.
  int64_t row_group_rows = 1 << 20;
  int64_t row_group_bytes = int64_t{64} << 20;
  /// Bytes are on their way to the disk while they are written; those of a large file are
  /// there before Finish returns (see kSyncByWriter).
  bool sync = false;
  /// To be read back by this run only: plain, without statistics, codec or Arrow schema.
  bool scratch = false;
};

/// Writes record batches into a new Parquet file. One thread.
class BatchWriter {
 public:
  /// Errors: kUnsupported, naming the column, for a type that Parquet cannot hold;
  /// kOutputExists, kIo, kDiskFull. The pool must outlive it.
  static arrow::Result<std::unique_ptr<BatchWriter>> Make(
      FileSystem* fs, const std::string& path,
      const std::shared_ptr<arrow::Schema>& schema, const BatchWriterOptions& options,
      arrow::MemoryPool* pool);
  /// The same with the Parquet schema, the key-value entries, encodings, codecs and bloom
  /// filters (which take Arrow 25) of `model`, which must come from ParquetFile::Open,
  /// but for what `change` says (see ChangedColumns). Batches have the columns of
  /// SchemaChange::Apply; INT96 has its whole range. Row groups are bounded in rows
  /// alone. Fails (kUnsupported, naming the column) where Arrow reads a layout that it
  /// cannot write.
  static arrow::Result<std::unique_ptr<BatchWriter>> MakeLike(
      FileSystem* fs, const std::string& path, const ParquetFile& model,
      const SchemaChange& change, const BatchWriterOptions& options,
      arrow::MemoryPool* pool);
  virtual ~BatchWriter() = default;

  /// `batch` has the schema given to Make.
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  /// Completes the file and closes it; call once.
  virtual arrow::Status Finish() = 0;
  /// Bytes that have left for the file so far.
  virtual int64_t position() const = 0;
};

}  // namespace planish
