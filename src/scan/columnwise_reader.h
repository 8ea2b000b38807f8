// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "format/parquet_file.h"
#include "io/scratch_directory.h"

namespace planish {

/// Some columns of a schema, in the order asked for.
std::shared_ptr<arrow::Schema> SelectFields(const arrow::Schema& schema,
                                            const std::vector<int>& columns);

/// Reads columns of one row group that are too many to be read side by side, which takes
/// a page of each: a few at a time, by way of scratch.
class ColumnwiseReader : public arrow::RecordBatchReader {
 public:
  /// Begins behind `skipped_rows`. `at_once` is how many columns fit; it is lowered when
  /// memory is refused, and may be shared. All must outlive it.
  ColumnwiseReader(std::shared_ptr<const ParquetFile> file, int row_group,
                   std::vector<int> columns, int64_t skipped_rows, int64_t batch_rows,
                   std::atomic<int>* at_once, ScratchDirectory* scratch,
                   arrow::MemoryPool* pool);

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  /// Errors are those of ParquetFile::ReadRowGroup, and of scratch. May be called again
  /// after a refusal of memory.
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  /// Rows of some columns in scratch.
  struct Piece {
    int64_t offset = 0, length = 0;
  };
  /// Neighbouring columns, and their rows in pieces.
  struct Group {
    std::vector<int> columns;
    std::shared_ptr<arrow::Schema> schema;
    std::vector<Piece> pieces;
    size_t next_piece = 0;
    /// What is left of the piece before `next_piece`.
    std::shared_ptr<arrow::RecordBatch> rows;
  };

  arrow::Status SpoolAll();
  arrow::Result<Group> Spool(size_t first, size_t count);
  arrow::Result<Piece> Write(const arrow::RecordBatch& batch);
  /// Makes sure that there are rows; false if there are no more.
  arrow::Result<bool> Load(Group* group);

  const std::shared_ptr<const ParquetFile> file_;
  const int row_group_;
  const std::vector<int> columns_;
  const int64_t skipped_rows_;
  const int64_t batch_rows_;
  std::atomic<int>* const at_once_;
  ScratchDirectory* const scratch_;
  arrow::MemoryPool* const pool_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<ScratchFile> spool_;
  std::vector<Group> groups_;
  size_t spooled_columns_ = 0;
};

}  // namespace planish
