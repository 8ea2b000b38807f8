// SPDX-License-Identifier: Apache-2.0
#include "format/row_group_reader.h"

#include <algorithm>
#include <utility>

#include "base/error_builder.h"
#include "format/parquet_boundary.h"

namespace planish {
namespace {

/// Beginning again costs what has been decoded so far, so few attempts.
constexpr int64_t kShrinkFactor = 8;

}  // namespace

RowGroupBatchReader::RowGroupBatchReader(Opener open, ClaimsCheck check_claims,
                                         std::shared_ptr<arrow::Schema> schema,
                                         int64_t num_rows, int64_t batch_rows,
                                         arrow::MemoryPool* pool, std::string path,
                                         int row_group)
    : open_(std::move(open)),
      check_claims_(std::move(check_claims)),
      schema_(std::move(schema)),
      num_rows_(num_rows),
      most_rows_(batch_rows),
      pool_(pool),
      path_(std::move(path)),
      row_group_(row_group),
      batch_rows_(batch_rows) {}

arrow::Status RowGroupBatchReader::Open() {
  const arrow::Status status = OpenAtNextRow();
  if (!status.IsOutOfMemory()) return status;
  Drop();
  return arrow::Status::OK();
}

/// Who is refused next would be so because of what allocators keep of it.
void RowGroupBatchReader::Drop() {
  opened_.reset();
  pool_->ReleaseUnused();
}

arrow::Status RowGroupBatchReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  *batch = nullptr;
  if (next_row_ == num_rows_) return arrow::Status::OK();
  while (true) {
    arrow::Status status = opened_ != nullptr ? arrow::Status::OK() : OpenAtNextRow();
    if (status.ok()) status = ReadBatch(batch);
    if (status.ok()) {
      next_row_ += (*batch)->num_rows();
      return status;
    }
    Drop();
    if (!status.IsOutOfMemory() || batch_rows_ == 1) {
      batch_rows_ = most_rows_;
      if (status.IsOutOfMemory()) ARROW_RETURN_NOT_OK(check_claims_());
      return status;
    }
    batch_rows_ = std::max<int64_t>(1, batch_rows_ / kShrinkFactor);
  }
}

/// Readers cannot skip rows, so those before `next_row_` are decoded and forgotten.
arrow::Status RowGroupBatchReader::OpenAtNextRow() {
  ARROW_ASSIGN_OR_RAISE(OpenColumns opened, open_());
  opened_ = std::make_unique<OpenColumns>(std::move(opened));
  for (OpenColumns::Column& column : opened_->columns) {
    for (int64_t row = 0; row < next_row_; row += batch_rows_) {
      column.pending.clear();
      ARROW_RETURN_NOT_OK(Read(&column, std::min(batch_rows_, next_row_ - row)));
    }
    column.pending.clear();
  }
  return arrow::Status::OK();
}

arrow::Status RowGroupBatchReader::Read(OpenColumns::Column* column, int64_t num_rows) {
  const arrow::Status status = CatchParquet([&] { return Fill(column, num_rows); });
  return AddContext(status, KindOfReadError(status), path_, row_group_,
                    column->field->name());
}

arrow::Status RowGroupBatchReader::Fill(OpenColumns::Column* column, int64_t num_rows) {
  if (!column->pending.empty()) return arrow::Status::OK();
  if (column->int96_reader != nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto array, column->int96_reader->Next(num_rows));
    column->pending.push_back(std::move(array));
  } else {
    // Several arrays where a string column would outgrow 32-bit offsets.
    std::shared_ptr<arrow::ChunkedArray> chunks;
    ARROW_RETURN_NOT_OK(column->arrow_reader->NextBatch(num_rows, &chunks));
    column->pending = chunks->chunks();
  }
  std::erase_if(column->pending, [](const auto& array) { return array->length() == 0; });
  if (column->pending.empty()) {
    return arrow::Status::Invalid(
        "column chunk holds fewer rows than its row group, missing: ",
        num_rows_ - next_row_);
  }
  return arrow::Status::OK();
}

arrow::Status RowGroupBatchReader::ReadBatch(std::shared_ptr<arrow::RecordBatch>* batch) {
  int64_t num_rows = std::min(batch_rows_, num_rows_ - next_row_);
  for (OpenColumns::Column& column : opened_->columns) {
    ARROW_RETURN_NOT_OK(Read(&column, num_rows));
    num_rows = std::min(num_rows, column.pending.front()->length());
  }
  arrow::ArrayVector arrays;
  for (OpenColumns::Column& column : opened_->columns) {
    std::shared_ptr<arrow::Array>& first = column.pending.front();
    arrays.push_back(first->Slice(0, num_rows));
    if (first->length() == num_rows) {
      column.pending.erase(column.pending.begin());
    } else {
      first = first->Slice(num_rows);
    }
  }
  *batch = arrow::RecordBatch::Make(schema_, num_rows, std::move(arrays));
  return arrow::Status::OK();
}

}  // namespace planish
