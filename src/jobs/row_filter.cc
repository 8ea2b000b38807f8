// SPDX-License-Identifier: Apache-2.0
#include "jobs/row_filter.h"

#include <algorithm>
#include <utility>

#include "arrow/array/array_primitive.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "arrow/buffer.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/exec.h"
#include "arrow/extension_type.h"
#include "arrow/util/bit_util.h"

namespace planish {
namespace {

/// Arrow's filter has no kernels for views and run-ends, at any depth.
bool HasFilter(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::RUN_END_ENCODED:
      return false;
    case arrow::Type::EXTENSION:
      return HasFilter(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return std::ranges::all_of(
          type.fields(), [](const auto& field) { return HasFilter(*field->type()); });
  }
}

arrow::Result<std::shared_ptr<arrow::BooleanArray>> Selection(
    const std::vector<uint8_t>& kept, arrow::MemoryPool* pool) {
  const auto num_rows = static_cast<int64_t>(kept.size());
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateEmptyBitmap(num_rows, pool));
  for (int64_t row = 0; row < num_rows; ++row) {
    if (kept[static_cast<size_t>(row)] != 0) {
      arrow::bit_util::SetBit(bits->mutable_data(), row);
    }
  }
  return std::make_shared<arrow::BooleanArray>(num_rows, std::move(bits));
}

arrow::Result<std::shared_ptr<arrow::Array>> JoinRuns(
    const std::shared_ptr<arrow::Array>& array, const std::vector<uint8_t>& kept,
    arrow::MemoryPool* pool) {
  arrow::ArrayVector runs;
  for (auto begin = kept.begin(); begin != kept.end();) {
    begin = std::find_if(begin, kept.end(), [](uint8_t flag) { return flag != 0; });
    const auto end = std::find(begin, kept.end(), 0);
    if (begin == end) break;
    runs.push_back(array->Slice(begin - kept.begin(), end - begin));
    begin = end;
  }
  return arrow::Concatenate(runs, pool);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> FilterRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<uint8_t>& kept,
    arrow::MemoryPool* pool) {
  const auto num_dropped = std::ranges::count(kept, 0);
  if (num_dropped == 0) return batch;
  const int64_t num_rows = batch->num_rows() - num_dropped;
  if (num_rows == 0) return batch->Slice(0, 0);
  ARROW_ASSIGN_OR_RAISE(auto selection, Selection(kept, pool));
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  arrow::ArrayVector columns;
  for (const auto& column : batch->columns()) {
    if (HasFilter(*column->type())) {
      ARROW_ASSIGN_OR_RAISE(
          arrow::Datum filtered,
          arrow::compute::Filter(column, selection,
                                 arrow::compute::FilterOptions::Defaults(), &context));
      columns.push_back(filtered.make_array());
    } else {
      ARROW_ASSIGN_OR_RAISE(auto joined, JoinRuns(column, kept, pool));
      columns.push_back(std::move(joined));
    }
  }
  return arrow::RecordBatch::Make(batch->schema(), num_rows, std::move(columns));
}

}  // namespace planish
