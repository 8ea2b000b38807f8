// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/arrow_parquet_file.h"
#include "format/batch_writer.h"
#include "format/column_encoder.h"
#include "format/file_splicer.h"
#include "format/schema_change.h"

namespace planish {

/// The BatchWriter that MakeLike gives. Each column is encoded on its own, so that it can
/// be written in ways that Arrow's writer of whole batches has not; the splicer puts the
/// column chunks together.
class ModelledWriter : public BatchWriter {
 public:
  /// Both pointers must outlive it.
  ModelledWriter(OutputFile* out, const BatchWriterOptions& options,
                 arrow::MemoryPool* pool)
      : out_(out), options_(options), pool_(pool) {}
  ModelledWriter(std::unique_ptr<OutputFile> out, const BatchWriterOptions& options,
                 arrow::MemoryPool* pool)
      : owned_(std::move(out)), out_(owned_.get()), options_(options), pool_(pool) {}

  /// Call first. May throw what Parquet throws.
  arrow::Status Open(const ArrowParquetFile& model, const SchemaChange& change);

  arrow::Status Write(const arrow::RecordBatch& batch) override;
  /// The next row begins a row group.
  arrow::Status CutRowGroup();
  /// Writes what is left, and the footer; the output stays open.
  arrow::Status Complete();
  arrow::Status Finish() override;
  int64_t position() const override { return out_->position(); }

 private:
  /// A file of one row group without rows, whose footer says what this file's has to.
  arrow::Status MakeFrame(const ArrowParquetFile& model,
                          const std::shared_ptr<const arrow::KeyValueMetadata>& entries);
  arrow::Status WriteRows(const arrow::RecordBatch& batch);
  arrow::Status BeginRowGroup();
  arrow::Status EndRowGroup();
  template <typename Body>
  arrow::Status Guard(Body&& body) const;

  const std::unique_ptr<OutputFile> owned_;
  OutputFile* const out_;
  const BatchWriterOptions options_;
  arrow::MemoryPool* const pool_;
  std::vector<ColumnForm> forms_;
  std::optional<Footer> frame_;
  std::optional<FileSplicer> splicer_;
  /// Of the row group at work.
  std::vector<std::unique_ptr<ColumnEncoder>> encoders_;
  int64_t num_rows_ = 0;
};

}  // namespace planish
