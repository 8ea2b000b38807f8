// SPDX-License-Identifier: Apache-2.0
#include "base/gather.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/array/concatenate.h"
#include "arrow/buffer.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"

namespace planish {

namespace {

bool HasViews(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
      return true;
    default:
      return std::ranges::any_of(
          type.fields(), [](const auto& field) { return HasViews(*field->type()); });
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> GatherSlices(
    const arrow::Array& array, const std::vector<int64_t>& rows,
    arrow::MemoryPool* pool) {
  arrow::ArrayVector runs = {array.Slice(0, 0)};
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    runs.push_back(array.Slice(rows[begin], static_cast<int64_t>(end - begin)));
    begin = end;
  }
  return arrow::Concatenate(runs, pool);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> Gather(const arrow::Array& array,
                                                    const std::vector<int64_t>& rows,
                                                    arrow::MemoryPool* pool) {
  if (HasViews(*array.type())) return GatherSlices(array, rows, pool);
  const arrow::Int64Array indices(static_cast<int64_t>(rows.size()),
                                  arrow::Buffer::Wrap(rows));
  arrow::compute::ExecContext context(pool);
  return arrow::compute::Take(array, indices,
                              arrow::compute::TakeOptions::NoBoundsCheck(), &context);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Gather(
    const arrow::RecordBatch& batch, const std::vector<int64_t>& rows,
    arrow::MemoryPool* pool) {
  arrow::ArrayVector columns;
  for (const auto& column : batch.columns()) {
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), Gather(*column, rows, pool));
  }
  return arrow::RecordBatch::Make(batch.schema(), static_cast<int64_t>(rows.size()),
                                  std::move(columns));
}

}  // namespace planish
