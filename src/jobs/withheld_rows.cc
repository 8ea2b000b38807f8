// SPDX-License-Identifier: Apache-2.0
#include "jobs/withheld_rows.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error_builder.h"
#include "jobs/common_values.h"
#include "jobs/comparable_values.h"
#include "jobs/key_pruning.h"
#include "jobs/key_ranges.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;

/// The ranges of the key columns in a part of the target that cannot be read.
using UnreadPart = std::vector<KeyRange>;

class UnreadParts {
 public:
  UnreadParts(Run* run, const Inventory& target, const MergeQuestion& question)
      : run_(run), target_(target), question_(question) {}

  arrow::Result<std::vector<UnreadPart>> Find(int64_t* bytes_read) {
    for (const UnreadFile& file : target_.unread_files()) {
      ARROW_RETURN_NOT_OK(Add(nullptr, nullptr, file.partition, -1));
    }
    for (const DataFile& file : target_.files()) {
      if (file.skipped_row_groups.empty()) continue;
      // Without its footer there are no statistics.
      const auto parquet = OpenDataFile(run_->fs(), file, run_->pool());
      for (const int row_group : file.skipped_row_groups) {
        ARROW_RETURN_NOT_OK(Add(&file, parquet.ok() ? parquet->get() : nullptr,
                                file.partition, row_group));
      }
      if (parquet.ok()) *bytes_read += (*parquet)->input().bytes_read();
    }
    return std::move(parts_);
  }

 private:
  arrow::Status Add(const DataFile* file, const ParquetFile* parquet, int partition,
                    int row_group) {
    UnreadPart& part = parts_.emplace_back();
    for (const SharedColumn& key : question_.key) {
      KeyRange& range = part.emplace_back();
      if (key.target >= target_.num_data_columns()) {
        ARROW_ASSIGN_OR_RAISE(range, HiveRange(target_, partition, key));
        continue;
      }
      if (file == nullptr) continue;
      const int column = file->columns[static_cast<size_t>(key.target)];
      if (column < 0) {
        range.known = true;  // null in every row
        continue;
      }
      if (parquet == nullptr || target_.trust() == Trust::kNothing) continue;
      const std::vector<int> leaves = parquet->LeavesOf(column);
      if (leaves.size() != 1) continue;
      range = RangeOf(parquet->Statistics(row_group, leaves[0]), *key.common->type(),
                      file->row_group_rows[static_cast<size_t>(row_group)]);
    }
    return arrow::Status::OK();
  }

  Run* const run_;
  const Inventory& target_;
  const MergeQuestion& question_;
  std::vector<UnreadPart> parts_;
};

bool MayHold(const KeyRange& range, const arrow::Array& values, int64_t row) {
  if (!range.known || !HasComparables(*values.type())) return true;
  if (values.IsNull(row)) return range.may_hold_null;
  ComparableValues value;
  AppendComparables(*values.Slice(row, 1), &value);
  if (value.has_nan) return true;
  return range.has_values && range.min <= value.bytes && value.bytes <= range.max;
}

/// Takes rows of one batch out of `rows`.
int64_t WithholdFrom(const std::vector<UnreadPart>& parts, const SourceKeys& keys,
                     int64_t num_rows, int64_t first_row, RowBitmap* rows) {
  int64_t withheld = 0;
  for (int64_t i = 0; i < num_rows; ++i) {
    if (!rows->Contains(first_row + i)) continue;
    if (std::ranges::binary_search(keys.misfits, i)) continue;
    const bool may_be_there = std::ranges::any_of(parts, [&](const UnreadPart& part) {
      for (size_t k = 0; k < keys.columns.size(); ++k) {
        if (!MayHold(part[k], *keys.columns[k], i)) return false;
      }
      return true;
    });
    if (!may_be_there) continue;
    rows->Remove(first_row + i);
    ++withheld;
  }
  return withheld;
}

}  // namespace

arrow::Result<int64_t> WithholdRows(Run* run, const Inventory& target,
                                    const std::shared_ptr<const Inventory>& source,
                                    const MergeQuestion& question, RowBitmap* rows,
                                    int64_t* bytes_read) {
  if (rows->Count() == 0) return 0;
  ARROW_ASSIGN_OR_RAISE(const auto parts,
                        UnreadParts(run, target, question).Find(bytes_read));
  if (parts.empty()) return 0;
  std::vector<int> columns;
  for (const SharedColumn& key : question.key) columns.push_back(key.source);
  KeyScanner scanner(run->fs(), source, columns, run->pool());
  int64_t withheld = 0;
  for (const RowGroupRef& group : source->RowGroups()) {
    if (rows->Count(group.first_row, group.first_row + group.num_rows) == 0) continue;
    ARROW_RETURN_NOT_OK(scanner.Scan(
        group, kBatchRows,
        [&](const arrow::RecordBatch& batch, int64_t first_row) -> arrow::Status {
          const auto keys = ToCommonKeys(question, batch, run->pool());
          if (!keys.ok()) {
            return AddContext(keys.status(), ErrorKind::kSchemaMismatch,
                              source->files()[static_cast<size_t>(group.file)].path,
                              group.row_group);
          }
          withheld += WithholdFrom(parts, *keys, batch.num_rows(), first_row, rows);
          return run->CheckCancelled();
        }));
  }
  *bytes_read += scanner.bytes_read();
  return withheld;
}

}  // namespace planish
