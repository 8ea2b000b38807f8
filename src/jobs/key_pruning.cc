// SPDX-License-Identifier: Apache-2.0
#include "jobs/key_pruning.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "arrow/scalar.h"
#include "arrow/type_traits.h"
#include "dataset/partition_path.h"
#include "jobs/key_ranges.h"
#include "jobs/pipeline.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

/// Beyond so many rows the ranges of the source's row groups have to do.
constexpr int64_t kMostValues = 1'000'000;
constexpr int64_t kBatchRows = 16 * 1024;

/// What the source has in a key column: ranges, in order, none meeting another.
struct SourceValues {
  bool known = true;
  bool has_null = false;
  std::vector<std::pair<std::string, std::string>> ranges;

  void Finish() {
    std::ranges::sort(ranges);
    size_t kept = 0;
    for (size_t i = 0; i < ranges.size(); ++i) {
      if (kept > 0 && ranges[i].first <= ranges[kept - 1].second) {
        ranges[kept - 1].second = std::max(ranges[kept - 1].second, ranges[i].second);
      } else {
        ranges[kept++] = ranges[i];
      }
    }
    ranges.resize(kept);
  }

  bool Meets(const KeyRange& range) const {
    if (!known || !range.known) return true;
    if (has_null && range.may_hold_null) return true;
    if (!range.has_values) return false;
    // The first range that does not end before this one begins.
    const auto found = std::ranges::lower_bound(
        ranges, range.min, {}, &std::pair<std::string, std::string>::second);
    return found != ranges.end() && found->first <= range.max;
  }
};

bool IsComparable(const arrow::DataType& type) {
  const arrow::Type::type id = type.id();
  return arrow::is_integer(id) || arrow::is_temporal(id) || arrow::is_binary_like(id) ||
         arrow::is_large_binary_like(id);
}

/// Reads the values themselves.
arrow::Result<SourceValues> ReadValues(Run* run,
                                       const std::shared_ptr<const Inventory>& source,
                                       const SharedColumn& key) {
  SourceValues values;
  std::mutex mutex;
  KeyScanner scanner(run->fs(), source, {key.source}, run->pool());
  const std::vector<RowGroupRef> groups = source->RowGroups();
  const auto read = [&](const arrow::RecordBatch& batch, int64_t) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto array, ToCommon(key, batch.column(0), run->pool()));
    std::vector<std::string> comparables;
    bool null = false, known = true;
    std::string comparable;
    for (int64_t i = 0; i < array->length(); ++i) {
      if (array->IsNull(i)) {
        null = true;
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto scalar, array->GetScalar(i));
      known = known && ToComparable(*scalar, &comparable);
      comparables.push_back(comparable);
    }
    std::lock_guard<std::mutex> lock(mutex);
    values.has_null |= null;
    values.known &= known;
    for (std::string& value : comparables) values.ranges.emplace_back(value, value);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(RunParallel(run->threads(), static_cast<int64_t>(groups.size()),
                                  [&](int64_t i, int) -> arrow::Status {
                                    const RowGroupRef& group =
                                        groups[static_cast<size_t>(i)];
                                    if (group.num_rows == 0) return arrow::Status::OK();
                                    return scanner.Scan(group, kBatchRows, read);
                                  }));
  values.Finish();
  return values;
}

arrow::Result<SourceValues> ValuesOf(Run* run,
                                     const std::shared_ptr<const Inventory>& source,
                                     const SharedColumn& key) {
  SourceValues values;
  if (source->num_rows() <= kMostValues) return ReadValues(run, source, key);
  if (key.source >= source->num_data_columns()) {
    values.known = false;
    return values;
  }
  ARROW_ASSIGN_OR_RAISE(const auto ranges,
                        KeyRangesOf(run->fs(), *source, source->RowGroups(), key.source,
                                    *key.common->type(), run->pool()));
  for (const KeyRange& range : ranges) {
    values.known &= range.known;
    values.has_null |= range.may_hold_null;
    if (range.has_values) values.ranges.emplace_back(range.min, range.max);
  }
  values.Finish();
  return values;
}

/// The range of a hive column in each of `groups`: one value.
arrow::Result<std::vector<KeyRange>> HiveRanges(const Inventory& target,
                                                const std::vector<RowGroupRef>& groups,
                                                const SharedColumn& key) {
  std::vector<KeyRange> by_partition;
  for (const Partition& partition : target.partitions()) {
    const auto& value =
        partition.values[static_cast<size_t>(key.target - target.num_data_columns())];
    KeyRange& range = by_partition.emplace_back();
    range.known = true;
    range.may_hold_null = !value->is_valid;
    if (!value->is_valid) continue;
    range.has_values = true;
    if (key.as_text) {
      range.min = *TextOfHiveValue(*value);
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto common, value->CastTo(key.common->type()));
      range.known = ToComparable(*common, &range.min);
    }
    range.max = range.min;
  }
  std::vector<KeyRange> ranges;
  for (const RowGroupRef& group : groups) {
    const int partition = target.files()[static_cast<size_t>(group.file)].partition;
    ranges.push_back(by_partition[static_cast<size_t>(partition)]);
  }
  return ranges;
}

}  // namespace

arrow::Result<std::vector<RowGroupRef>> GroupsWithKeys(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question) {
  std::vector<RowGroupRef> groups = target.RowGroups();
  for (const SharedColumn& key : question.key) {
    if (groups.empty()) break;
    const bool hive = key.target >= target.num_data_columns();
    if (!key.as_text && !IsComparable(*key.common->type())) continue;
    ARROW_ASSIGN_OR_RAISE(const auto ranges,
                          hive ? HiveRanges(target, groups, key)
                               : KeyRangesOf(run->fs(), target, groups, key.target,
                                             *key.common->type(), run->pool()));
    // Where nothing is known of the target, the source need not be looked at.
    if (std::ranges::none_of(ranges, &KeyRange::known)) continue;
    ARROW_ASSIGN_OR_RAISE(const SourceValues values, ValuesOf(run, source, key));
    std::vector<RowGroupRef> kept;
    for (size_t i = 0; i < groups.size(); ++i) {
      if (values.Meets(ranges[i])) kept.push_back(groups[i]);
    }
    groups = std::move(kept);
  }
  return groups;
}

}  // namespace planish
