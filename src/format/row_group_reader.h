// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "format/int96_reader.h"
#include "parquet/arrow/reader.h"

namespace planish {

/// Reads columns of one row group side by side. Each has a reader of its own, so that an
/// error can be laid at one column's door and INT96 can be read another way than Arrow
/// reads it.
class RowGroupBatchReader : public arrow::RecordBatchReader {
 public:
  struct Column {
    std::shared_ptr<arrow::Field> field;
    /// One of these two is set.
    std::unique_ptr<arrow::RecordBatchReader> arrow_reader;
    std::unique_ptr<Int96Reader> int96_reader;
    /// What has been read and not handed out yet.
    std::shared_ptr<arrow::Array> pending;
  };

  /// `reader` serves the columns' readers. `path` and `row_group` are for errors.
  RowGroupBatchReader(std::unique_ptr<parquet::arrow::FileReader> reader,
                      std::vector<Column> columns, int64_t num_rows, int64_t batch_rows,
                      std::string path, int row_group);

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override;

 private:
  arrow::Status Fill(Column* column, int64_t num_rows);
  arrow::Status ReadBatch(std::shared_ptr<arrow::RecordBatch>* batch);

  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t rows_left_;
  const int64_t batch_rows_;
  const std::string path_;
  const int row_group_;
};

}  // namespace planish
