// SPDX-License-Identifier: Apache-2.0
#include "format/row_group_reader.h"

#include <algorithm>
#include <utility>

#include "base/error_builder.h"
#include "format/parquet_boundary.h"

namespace planish {

RowGroupBatchReader::RowGroupBatchReader(
    std::unique_ptr<parquet::arrow::FileReader> reader, std::vector<Column> columns,
    int64_t num_rows, int64_t batch_rows, std::string path, int row_group)
    : reader_(std::move(reader)),
      columns_(std::move(columns)),
      rows_left_(num_rows),
      batch_rows_(batch_rows),
      path_(std::move(path)),
      row_group_(row_group) {
  arrow::FieldVector fields;
  for (const Column& column : columns_) fields.push_back(column.field);
  schema_ = arrow::schema(std::move(fields));
}

arrow::Status RowGroupBatchReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  *batch = nullptr;
  if (rows_left_ == 0) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(ReadBatch(batch));
  rows_left_ -= (*batch)->num_rows();
  return arrow::Status::OK();
}

arrow::Status RowGroupBatchReader::Fill(Column* column, int64_t num_rows) {
  if (column->pending != nullptr && column->pending->length() > 0)
    return arrow::Status::OK();
  if (column->int96_reader != nullptr) {
    ARROW_ASSIGN_OR_RAISE(column->pending, column->int96_reader->Next(num_rows));
  } else {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(column->arrow_reader->ReadNext(&batch));
    column->pending = batch == nullptr ? nullptr : batch->column(0);
  }
  if (column->pending == nullptr || column->pending->length() == 0) {
    return arrow::Status::Invalid(
        "column chunk holds fewer rows than its row group, missing: ", rows_left_);
  }
  return arrow::Status::OK();
}

arrow::Status RowGroupBatchReader::ReadBatch(std::shared_ptr<arrow::RecordBatch>* batch) {
  // Arrow ends a batch early where a string column would outgrow 32-bit offsets.
  int64_t num_rows = std::min(batch_rows_, rows_left_);
  for (Column& column : columns_) {
    arrow::Status status = CatchParquet([&] { return Fill(&column, num_rows); });
    if (!status.ok()) {
      return AddContext(status, KindOfReadError(status), path_, row_group_,
                        column.field->name());
    }
    num_rows = std::min(num_rows, column.pending->length());
  }
  arrow::ArrayVector arrays;
  for (Column& column : columns_) {
    arrays.push_back(column.pending->Slice(0, num_rows));
    column.pending = column.pending->Slice(num_rows);
    if (column.pending->length() == 0) column.pending = nullptr;
  }
  *batch = arrow::RecordBatch::Make(schema_, num_rows, std::move(arrays));
  return arrow::Status::OK();
}

}  // namespace planish
