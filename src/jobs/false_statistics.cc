// SPDX-License-Identifier: Apache-2.0
#include "jobs/false_statistics.h"

#include <algorithm>
#include <string_view>

#include "base/error_builder.h"
#include "jobs/comparable_values.h"
#include "jobs/key_ranges.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;

bool MayHold(const KeyRange& range, std::string_view value) {
  return !range.known || (range.has_values && range.min <= value && value <= range.max);
}

/// Looks at one column of one row group.
class ColumnChunkClaims {
 public:
  ColumnChunkClaims(const ParquetFile& file, int row_group, int column, int64_t num_rows)
      : file_(file),
        row_group_(row_group),
        column_(column),
        leaf_(file.LeavesOf(column).front()),
        type_(file.schema()->field(column)->type()),
        range_(RangeOf(file.Statistics(row_group, leaf_), *type_, num_rows)),
        filter_(file.OpenBloomFilter(row_group, leaf_, *type_)) {
    for (const PageStatistics& page : file.Pages(row_group, leaf_)) {
      pages_.push_back(RangeOf(page.statistics, *type_, /*num_rows=*/-1));
      if (page.all_null) pages_.back() = {true, true, false, "", ""};
    }
  }

  /// What excludes one of the values; null if nothing does.
  arrow::Result<const char*> WhatIsFalse() const {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          file_.ReadRowGroup(row_group_, {column_}, kBatchRows));
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      if (batch == nullptr) return nullptr;
      ComparableValues values;
      AppendComparables(*batch->column(0), &values);
      if (values.has_null && range_.known && !range_.may_hold_null) return "statistics";
      size_t begin = 0;
      for (const size_t size : values.sizes) {
        const char* const found =
            WhatExcludes(std::string_view(values.bytes).substr(begin, size));
        if (found != nullptr) return found;
        begin += size;
      }
    }
  }

 private:
  const char* WhatExcludes(std::string_view value) const {
    if (!MayHold(range_, value)) return "statistics";
    const bool on_no_page =
        !pages_.empty() && std::ranges::none_of(pages_, [&](const KeyRange& page) {
          return MayHold(page, value);
        });
    if (on_no_page) return "page index";
    const FilterValue one = FromComparable(*type_, value);
    return filter_ == nullptr || filter_->MayHoldAny({&one, 1}) ? nullptr
                                                                : "bloom filter";
  }

  const ParquetFile& file_;
  const int row_group_;
  const int column_;
  const int leaf_;
  const std::shared_ptr<arrow::DataType> type_;
  const KeyRange range_;
  const std::unique_ptr<ChunkBloomFilter> filter_;
  std::vector<KeyRange> pages_;
};

}  // namespace

arrow::Status CheckStatisticsAreTrue(Run* run, const Inventory& inventory,
                                     const std::vector<int>& columns) {
  std::shared_ptr<ParquetFile> file;
  int open = -1;
  for (const RowGroupRef& group : inventory.RowGroups()) {
    if (group.num_rows == 0) continue;
    ARROW_RETURN_NOT_OK(run->CheckCancelled());
    const DataFile& data = inventory.files()[static_cast<size_t>(group.file)];
    if (open != group.file) {
      ARROW_ASSIGN_OR_RAISE(file, OpenDataFile(run->fs(), data, run->pool()));
      open = group.file;
    }
    for (const int column : columns) {
      if (column < 0 || column >= inventory.num_data_columns()) continue;
      const int in_file = data.columns[static_cast<size_t>(column)];
      if (in_file < 0 || file->LeavesOf(in_file).size() != 1) continue;
      if (!HasComparables(*file->schema()->field(in_file)->type())) continue;
      const ColumnChunkClaims claims(*file, group.row_group, in_file, group.num_rows);
      const auto found = claims.WhatIsFalse();
      if (!found.ok() || *found == nullptr) continue;
      return Error(ErrorKind::kVerification,
                   std::string(*found) +
                       " of a file exclude keys that it holds: " + data.path)
          .File(data.path)
          .RowGroup(group.row_group)
          .Column(file->schema()->field(in_file)->name())
          .Hint(
              "nothing was published; set `trust=nothing`, or have the file written "
              "anew by who made it");
    }
  }
  return arrow::Status::OK();
}

}  // namespace planish
