// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arrow/chunked_array.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "format/int96_reader.h"
#include "parquet/arrow/reader.h"

namespace planish {

/// Columns of one row group, opened at its first row. Each has a reader of its own, so
/// that an error can be laid at one column's door and INT96 can be read another way than
/// Arrow reads it.
struct OpenColumns {
  struct Column {
    std::shared_ptr<arrow::Field> field;
    /// One of these two is set.
    std::unique_ptr<parquet::arrow::ColumnReader> arrow_reader;
    std::unique_ptr<Int96Reader> int96_reader;
    /// What has been read and not handed out yet.
    arrow::ArrayVector pending;
  };

  /// Serves the columns' readers.
  std::shared_ptr<parquet::arrow::FileReader> reader;
  std::vector<Column> columns;
};

/// Reads columns of one row group side by side. When memory is refused, it begins again
/// with smaller batches at the row it had reached; a ReadNext that fails for want of
/// memory holds none any more, and may be called again.
class RowGroupBatchReader : public arrow::RecordBatchReader {
 public:
  using Opener = std::function<arrow::Result<OpenColumns>()>;
  /// Fails if the file claims more than it holds.
  using ClaimsCheck = std::function<arrow::Status()>;

  /// `schema` is that of the columns that `open` opens, from whose pool memory is, `path`
  /// and `row_group` are for errors. Where even one row is refused memory, `check_claims`
  /// says whether a damaged chunk asked for it.
  RowGroupBatchReader(Opener open, ClaimsCheck check_claims,
                      std::shared_ptr<arrow::Schema> schema, int64_t num_rows,
                      int64_t batch_rows, arrow::MemoryPool* pool, std::string path,
                      int row_group);

  /// Opens the columns before the first batch is asked for, to find out whether it can be
  /// done. A refusal of memory is left for then.
  arrow::Status Open();

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  void Drop();
  arrow::Status OpenAtNextRow();
  arrow::Status Read(OpenColumns::Column* column, int64_t num_rows);
  arrow::Status Fill(OpenColumns::Column* column, int64_t num_rows);
  arrow::Status ReadBatch(std::shared_ptr<arrow::RecordBatch>* batch);

  const Opener open_;
  const ClaimsCheck check_claims_;
  const std::shared_ptr<arrow::Schema> schema_;
  const int64_t num_rows_;
  const int64_t most_rows_;  ///< of a batch
  arrow::MemoryPool* const pool_;
  const std::string path_;
  const int row_group_;

  std::unique_ptr<OpenColumns> opened_;
  int64_t next_row_ = 0;
  int64_t batch_rows_;
};

}  // namespace planish
