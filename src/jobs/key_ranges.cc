// SPDX-License-Identifier: Apache-2.0
#include "jobs/key_ranges.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "arrow/type_traits.h"

namespace planish {

namespace {

template <typename Unsigned>
void AppendBigEndian(Unsigned value, std::string* out) {
  for (int shift = 8 * sizeof(Unsigned) - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

/// Row groups that share values, directly or by way of others: an id for each.
std::vector<size_t> Connect(const std::vector<KeyRange>& ranges) {
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(ranges[a].min, a) < std::pair(ranges[b].min, b);
  });
  std::vector<size_t> set_of(ranges.size(), 0);
  size_t set = 0;
  const std::string* reach = nullptr;
  for (const size_t index : order) {
    const KeyRange& range = ranges[index];
    if (!range.has_values) continue;
    if (reach != nullptr && *reach < range.min) {
      ++set;
      reach = nullptr;
    }
    set_of[index] = set;
    if (reach == nullptr || *reach < range.max) reach = &range.max;
  }
  // Nulls are one value, too.
  const size_t null_set = set + 1;
  std::vector<size_t> renamed(set + 2);
  std::iota(renamed.begin(), renamed.end(), size_t{0});
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (!ranges[i].may_hold_null) continue;
    if (ranges[i].has_values) renamed[set_of[i]] = null_set;
    if (!ranges[i].has_values) set_of[i] = null_set;
  }
  for (size_t& id : set_of) id = renamed[id];
  return set_of;
}

}  // namespace

KeyRange RangeOf(const ColumnChunkStatistics& statistics, const arrow::DataType& type,
                 int64_t num_rows) {
  KeyRange range;
  range.may_hold_null = statistics.null_count.value_or(1) != 0;
  if (statistics.null_count == num_rows) {
    range.known = true;
    return range;
  }
  if (statistics.min == nullptr || statistics.max == nullptr) return range;
  const auto min = statistics.min->CastTo(type.GetSharedPtr());
  const auto max = statistics.max->CastTo(type.GetSharedPtr());
  range.has_values = true;
  range.known = min.ok() && max.ok() && ToComparable(**min, &range.min) &&
                ToComparable(**max, &range.max) && range.min <= range.max;
  return range;
}

bool ToComparable(const arrow::Scalar& value, std::string* out) {
  out->clear();
  if (!value.is_valid) return false;
  const arrow::Type::type id = value.type->id();
  if (arrow::is_binary_like(id) || arrow::is_large_binary_like(id) ||
      arrow::is_binary_view_like(id) || id == arrow::Type::FIXED_SIZE_BINARY) {
    const auto& binary = static_cast<const arrow::BaseBinaryScalar&>(value);
    *out = std::string(binary.view());
    return true;
  }
  const bool is_number = arrow::is_integer(id);
  if (!is_number && !arrow::is_temporal(id)) return false;
  if (arrow::is_unsigned_integer(id)) {
    const auto wide = value.CastTo(arrow::uint64());
    if (!wide.ok()) return false;
    AppendBigEndian(static_cast<const arrow::UInt64Scalar&>(**wide).value, out);
    return true;
  }
  // Dates and 32-bit times cast by way of their own width only.
  auto wide = value.CastTo(arrow::int64());
  if (!wide.ok()) {
    const auto narrow = value.CastTo(arrow::int32());
    if (!narrow.ok()) return false;
    wide = (*narrow)->CastTo(arrow::int64());
  }
  if (!wide.ok()) return false;
  const int64_t number = static_cast<const arrow::Int64Scalar&>(**wide).value;
  AppendBigEndian(static_cast<uint64_t>(number) ^ (uint64_t{1} << 63), out);
  return true;
}

arrow::Result<std::vector<KeyRange>> KeyRangesOf(FileSystem* fs,
                                                 const Inventory& inventory,
                                                 const std::vector<RowGroupRef>& groups,
                                                 int column, const arrow::DataType& type,
                                                 arrow::MemoryPool* pool) {
  std::vector<KeyRange> ranges;
  std::shared_ptr<ParquetFile> file;
  int open = -1;
  for (const RowGroupRef& group : groups) {
    const DataFile& data = inventory.files()[static_cast<size_t>(group.file)];
    const int file_column = data.columns[static_cast<size_t>(column)];
    KeyRange& range = ranges.emplace_back();
    if (file_column < 0) {  // null in every row
      range.known = true;
      continue;
    }
    if (inventory.trust() == Trust::kNothing) continue;
    if (open != group.file) {
      ARROW_ASSIGN_OR_RAISE(file, OpenDataFile(fs, data, pool));
      open = group.file;
    }
    const std::vector<int> leaves = file->LeavesOf(file_column);
    if (leaves.size() != 1) continue;
    range = RangeOf(file->Statistics(group.row_group, leaves[0]), type, group.num_rows);
  }
  return ranges;
}

std::vector<std::vector<size_t>> SplitByRange(const std::vector<KeyRange>& ranges,
                                              const std::vector<RowGroupRef>& groups,
                                              int64_t most_rows) {
  std::vector<std::vector<size_t>> batches(1);
  const bool all_known = std::all_of(ranges.begin(), ranges.end(),
                                     [](const KeyRange& range) { return range.known; });
  if (!all_known) {
    batches[0].resize(groups.size());
    std::iota(batches[0].begin(), batches[0].end(), size_t{0});
    return batches;
  }
  const std::vector<size_t> set_of = Connect(ranges);
  std::vector<std::vector<size_t>> sets;
  std::vector<size_t> place(ranges.size() + 2, ranges.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    size_t& at = place[set_of[i]];
    if (at == ranges.size()) {
      at = sets.size();
      sets.emplace_back();
    }
    sets[at].push_back(i);
  }
  int64_t rows = 0;
  for (std::vector<size_t>& set : sets) {
    int64_t more = 0;
    for (const size_t i : set) more += groups[i].num_rows;
    if (!batches.back().empty() && rows + more > most_rows) {
      batches.emplace_back();
      rows = 0;
    }
    rows += more;
    batches.back().insert(batches.back().end(), set.begin(), set.end());
  }
  for (std::vector<size_t>& batch : batches) std::sort(batch.begin(), batch.end());
  return batches;
}

}  // namespace planish
