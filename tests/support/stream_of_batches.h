// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "arrow/json/from_string.h"
#include "arrow/record_batch.h"
#include "arrow/table.h"
#include "support/parquet_files.h"

namespace planish {

/// A batch of the rows that `json` lists.
inline std::shared_ptr<arrow::RecordBatch> BatchOfRows(
    const std::shared_ptr<arrow::Schema>& schema, const std::string& json) {
  return TableFromJson(schema, json).ValueOrDie()->CombineChunksToBatch().ValueOrDie();
}

/// Hands out batches as they are. Unlike Arrow's own reader of a vector, it does not look
/// at their schemas: no more do iterators of other languages.
class BatchesAsTheyAre : public arrow::RecordBatchReader {
 public:
  BatchesAsTheyAre(std::shared_ptr<arrow::Schema> schema,
                   arrow::RecordBatchVector batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = next_ < batches_.size() ? batches_[next_++] : nullptr;
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const arrow::RecordBatchVector batches_;
  size_t next_ = 0;
};

/// A stream with the schema of its first batch.
inline std::shared_ptr<arrow::RecordBatchReader> StreamOf(
    arrow::RecordBatchVector batches) {
  const auto schema = batches.front()->schema();
  return std::make_shared<BatchesAsTheyAre>(schema, std::move(batches));
}

}  // namespace planish
