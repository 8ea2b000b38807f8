// SPDX-License-Identifier: Apache-2.0
#include "jobs/key_pruning.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "dataset/partition_path.h"
#include "jobs/comparable_values.h"
#include "jobs/pipeline.h"
#include "jobs/source_values.h"

namespace planish {

namespace {

/// A filter that says "maybe" to one value in a thousand says so to nearly every row
/// group that is asked about more.
constexpr size_t kMostFilterValues = 16 * 1024;

enum class Verdict { kMayMatch, kPartition, kStatistics, kPageIndex, kBloomFilter };

/// A key column that row groups can be told by.
struct KeyColumn {
  const SharedColumn* column;
  SourceValues values;
};

/// Looks at the row groups of one file.
class FilePruner {
 public:
  FilePruner(const ParquetFile& parquet, const DataFile& data,
             const std::vector<KeyColumn>& keys)
      : parquet_(parquet) {
    for (const KeyColumn& key : keys) {
      Column column{&key, data.columns[static_cast<size_t>(key.column->target)], -1, {}};
      if (column.in_file >= 0) {
        const std::vector<int> leaves = parquet.LeavesOf(column.in_file);
        if (leaves.size() != 1) continue;
        column.leaf = leaves[0];
      }
      columns_.push_back(std::move(column));
    }
  }

  Verdict Judge(const RowGroupRef& group) {
    if (RuledOut(group, &FilePruner::MayMatchStatistics)) return Verdict::kStatistics;
    if (RuledOut(group, &FilePruner::MayMatchPages)) return Verdict::kPageIndex;
    if (RuledOut(group, &FilePruner::MayMatchFilter)) return Verdict::kBloomFilter;
    return Verdict::kMayMatch;
  }

 private:
  struct Column {
    const KeyColumn* key;
    int in_file;
    int leaf;
    /// What is known of the row group's rows, parts of it each on its own.
    std::vector<KeyRange> ranges;

    const arrow::DataType& type() const { return *key->column->common->type(); }
    bool Meets() const {
      return std::ranges::any_of(
          ranges, [&](const KeyRange& range) { return key->values.Meets(range); });
    }
  };

  using MayMatch = bool (FilePruner::*)(const RowGroupRef&, Column*);

  bool RuledOut(const RowGroupRef& group, MayMatch may_match) {
    return std::ranges::any_of(
        columns_, [&](Column& column) { return !(this->*may_match)(group, &column); });
  }

  bool MayMatchStatistics(const RowGroupRef& group, Column* column) {
    KeyRange range;
    if (column->in_file < 0) {
      range.known = true;  // null in every row
    } else {
      range = RangeOf(parquet_.Statistics(group.row_group, column->leaf), column->type(),
                      group.num_rows);
    }
    column->ranges = {std::move(range)};
    return column->Meets();
  }

  bool MayMatchPages(const RowGroupRef& group, Column* column) {
    if (column->in_file < 0) return true;
    std::vector<KeyRange> ranges;
    for (const PageStatistics& page : parquet_.Pages(group.row_group, column->leaf)) {
      // Rows of a page are not counted; one that is all null says so by itself.
      KeyRange& range =
          ranges.emplace_back(RangeOf(page.statistics, column->type(), /*num_rows=*/-1));
      if (page.all_null) range = {true, true, false, "", ""};
    }
    if (ranges.empty()) return true;
    column->ranges = std::move(ranges);
    return column->Meets();
  }

  bool MayMatchFilter(const RowGroupRef& group, Column* column) {
    if (column->in_file < 0) return true;
    const auto values = column->key->values.ValuesIn(column->ranges, kMostFilterValues);
    if (!values) return true;
    const auto filter =
        parquet_.OpenBloomFilter(group.row_group, column->leaf, column->type());
    return filter == nullptr || filter->MayHoldAny(*values);
  }

  const ParquetFile& parquet_;
  std::vector<Column> columns_;
};

/// Which of the target's partitions may have a key of the source.
arrow::Result<std::vector<bool>> PartitionsWithKeys(const Inventory& target,
                                                    const std::vector<KeyColumn>& keys) {
  std::vector<bool> may_match;
  const auto num_partitions = static_cast<int>(target.partitions().size());
  for (int partition = 0; partition < num_partitions; ++partition) {
    bool meets = true;
    for (const KeyColumn& key : keys) {
      if (key.column->target < target.num_data_columns()) continue;
      ARROW_ASSIGN_OR_RAISE(const KeyRange range,
                            HiveRange(target, partition, *key.column));
      meets = meets && key.values.Meets(range);
    }
    may_match.push_back(meets);
  }
  return may_match;
}

/// Judges the row groups `begin` to `end`, which are those of one file.
void JudgeFile(Run* run, const Inventory& target, const std::vector<KeyColumn>& keys,
               const std::vector<RowGroupRef>& groups, size_t begin, size_t end,
               std::vector<Verdict>* verdicts, std::atomic<int64_t>* bytes_read) {
  const DataFile& data = target.files()[static_cast<size_t>(groups[begin].file)];
  const auto parquet = OpenDataFile(run->fs(), data, run->pool());
  // Whoever reads the keys will say what is wrong.
  if (!parquet.ok()) return;
  FilePruner pruner(**parquet, data, keys);
  for (size_t i = begin; i < end; ++i) (*verdicts)[i] = pruner.Judge(groups[i]);
  *bytes_read += (*parquet)->input().bytes_read();
}

/// Judges what is left of the row groups, file by file.
arrow::Status JudgeFiles(Run* run, const Inventory& target,
                         const std::vector<KeyColumn>& keys, GroupsWithKeys* found,
                         std::vector<Verdict>* verdicts) {
  const std::vector<RowGroupRef>& groups = found->groups;
  std::vector<size_t> begins;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i == 0 || groups[i].file != groups[i - 1].file) begins.push_back(i);
  }
  const auto num_files = static_cast<int64_t>(begins.size());
  begins.push_back(groups.size());
  std::atomic<int64_t> bytes_read{0};
  ARROW_RETURN_NOT_OK(
      RunParallel(run->threads(), num_files, [&](int64_t i, int) -> arrow::Status {
        const auto file = static_cast<size_t>(i);
        JudgeFile(run, target, keys, groups, begins[file], begins[file + 1], verdicts,
                  &bytes_read);
        return run->CheckCancelled();
      }));
  found->bytes_read += bytes_read;
  return arrow::Status::OK();
}

/// Keeps the row groups that may match and counts the others.
void Sift(const std::vector<Verdict>& verdicts, GroupsWithKeys* found) {
  std::vector<RowGroupRef> kept;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    switch (verdicts[i]) {
      case Verdict::kMayMatch:
        kept.push_back(found->groups[i]);
        break;
      case Verdict::kPartition:
        ++found->pruned.partition;
        break;
      case Verdict::kStatistics:
        ++found->pruned.statistics;
        break;
      case Verdict::kPageIndex:
        ++found->pruned.page_index;
        break;
      case Verdict::kBloomFilter:
        ++found->pruned.bloom_filter;
        break;
    }
  }
  found->groups = std::move(kept);
}

}  // namespace

arrow::Result<KeyRange> HiveRange(const Inventory& target, int partition,
                                  const SharedColumn& key) {
  const auto& value =
      target.partitions()[static_cast<size_t>(partition)]
          .values[static_cast<size_t>(key.target - target.num_data_columns())];
  KeyRange range;
  range.known = true;
  range.may_hold_null = !value->is_valid;
  if (!value->is_valid) return range;
  range.has_values = true;
  if (key.as_text) {
    range.min = *TextOfHiveValue(*value);
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto common, value->CastTo(key.common->type()));
    range.known = ToComparable(*common, &range.min);
  }
  range.max = range.min;
  return range;
}

arrow::Result<GroupsWithKeys> FindGroupsWithKeys(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question) {
  GroupsWithKeys found;
  found.groups = target.RowGroups();
  std::vector<KeyColumn> hive_keys, keys;
  for (const SharedColumn& key : question.key) {
    if (found.groups.empty() || !HasComparables(*key.common->type())) continue;
    const bool is_hive = key.target >= target.num_data_columns();
    if (!is_hive && target.trust() == Trust::kNothing) continue;
    ARROW_ASSIGN_OR_RAISE(SourceValues values,
                          SourceValues::Read(run, source, key, &found.bytes_read));
    (is_hive ? hive_keys : keys).push_back({&key, std::move(values)});
  }
  if (!hive_keys.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto may_match, PartitionsWithKeys(target, hive_keys));
    std::vector<Verdict> verdicts;
    for (const RowGroupRef& group : found.groups) {
      const int partition = target.files()[static_cast<size_t>(group.file)].partition;
      verdicts.push_back(may_match[static_cast<size_t>(partition)] ? Verdict::kMayMatch
                                                                   : Verdict::kPartition);
    }
    Sift(verdicts, &found);
  }
  if (!keys.empty() && !found.groups.empty()) {
    std::vector<Verdict> verdicts(found.groups.size(), Verdict::kMayMatch);
    ARROW_RETURN_NOT_OK(JudgeFiles(run, target, keys, &found, &verdicts));
    Sift(verdicts, &found);
  }
  return found;
}

}  // namespace planish
