// SPDX-License-Identifier: Apache-2.0
#include "reference/file_values.h"

#include <algorithm>
#include <iterator>

#include "arrow/array/util.h"
#include "base/error_builder.h"
#include "base/null_array.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 1024;

}  // namespace

const DataFile& FileValues::FileOf(int64_t row) const {
  return *std::prev(
      std::ranges::upper_bound(inventory_.files(), row, {}, &DataFile::first_row));
}

arrow::Result<std::shared_ptr<arrow::Array>> FileValues::Get(int64_t row, int column) {
  ARROW_RETURN_NOT_OK(Find(row));
  const DataFile& file = FileOf(row);
  if (column >= inventory_.num_data_columns()) {
    const auto hive = static_cast<size_t>(column - inventory_.num_data_columns());
    const auto& partition = inventory_.partitions()[static_cast<size_t>(file.partition)];
    return arrow::MakeArrayFromScalar(*partition.values[hive], 1, pool_);
  }
  if (file.columns[static_cast<size_t>(column)] < 0) {
    return MakeNullArray(inventory_.schema()->field(column)->type(), 1, pool_);
  }
  int64_t begin = row - groups_[next_ - 1].first_row;
  size_t batch = 0;
  while (batch < batches_.size() && begin >= batches_[batch]->num_rows()) {
    begin -= batches_[batch++]->num_rows();
  }
  if (batch == batches_.size()) {
    return Error(ErrorKind::kCorrupt, "row group has fewer rows than the footer says")
        .File(file.path)
        .RowGroup(row_group());
  }
  const auto place = std::ranges::find(columns_, column) - columns_.begin();
  int in_batch = 0;
  for (auto known = columns_.begin(); known != columns_.begin() + place; ++known) {
    in_batch += IsRead(file, *known) ? 1 : 0;
  }
  return batches_[batch]->column(in_batch)->Slice(begin, 1);
}

bool FileValues::IsRead(const DataFile& file, int column) const {
  return column < inventory_.num_data_columns() &&
         file.columns[static_cast<size_t>(column)] >= 0;
}

arrow::Status FileValues::Find(int64_t row) {
  const size_t current = next_;
  while (next_ < groups_.size() && groups_[next_].first_row <= row) ++next_;
  if (next_ == current) return arrow::Status::OK();
  batches_.clear();
  const DataFile& file = FileOf(row);
  std::vector<int> in_file;
  for (const int column : columns_) {
    if (IsRead(file, column)) {
      in_file.push_back(file.columns[static_cast<size_t>(column)]);
    }
  }
  if (in_file.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto input, OpenDataFile(fs_, file, pool_));
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        input->ReadRowGroup(row_group(), in_file, kBatchRows));
  return reader->ToRecordBatches().Value(&batches_);
}

}  // namespace planish
