// SPDX-License-Identifier: Apache-2.0
#include "jobs/source_values.h"

#include <algorithm>
#include <mutex>

#include "base/error_builder.h"
#include "jobs/common_values.h"
#include "jobs/comparable_values.h"
#include "jobs/pipeline.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

/// Beyond so many rows the ranges of the source's row groups have to do.
constexpr int64_t kMostValues = 1'000'000;
constexpr int64_t kBatchRows = 16 * 1024;

}  // namespace

SourceValues::Range::Range(std::string_view least, std::string_view greatest)
    : min(least), max(greatest), prefix(0) {
  for (size_t i = 0; i < std::min(sizeof(prefix), min.size()); ++i) {
    const auto byte = static_cast<uint8_t>(min[i]);
    prefix |= uint64_t{byte} << (8 * (sizeof(prefix) - 1 - i));
  }
}

/// Takes values in, by any thread, as long as there is memory for them.
class SourceValues::Collector {
 public:
  Collector(SourceValues* values, MemoryBudget* budget) : values_(values) {
    values->memory_ = MemoryReservation(budget);
  }

  /// False if there is no room.
  bool Add(ComparableValues found) {
    std::lock_guard<std::mutex> lock(mutex_);
    values_->has_null_ |= found.has_null;
    // NaN is a value that neither bounds nor filters tell of.
    values_->known_ &= !found.has_nan;
    const auto bytes =
        static_cast<int64_t>(found.bytes.size() + found.sizes.size() * kBytesPerValue);
    if (!values_->memory_.TryGrow(bytes)) return false;
    auto& kept = values_->bytes_.emplace_back(
        std::make_unique<std::string>(std::move(found.bytes)));
    size_t begin = 0;
    for (const size_t size : found.sizes) {
      const std::string_view value = std::string_view(*kept).substr(begin, size);
      values_->ranges_.push_back({value, value});
      begin += size;
    }
    return true;
  }

 private:
  /// A vector that grows has room for as many again.
  static constexpr size_t kBytesPerValue = 3 * sizeof(Range);

  SourceValues* const values_;
  std::mutex mutex_;
};

arrow::Result<SourceValues> SourceValues::Read(
    Run* run, const std::shared_ptr<const Inventory>& source, const SharedColumn& key,
    int64_t* bytes_read) {
  SourceValues values(key);
  bool fits = source->num_rows() <= kMostValues;
  if (fits) {
    Collector collector(&values, run->budget());
    KeyScanner scanner(run->fs(), source, {key.source}, run->pool());
    const std::vector<RowGroupRef> groups = source->RowGroups();
    std::atomic<bool> refused{false};
    const auto read = [&](const RowGroupRef& group,
                          const arrow::RecordBatch& batch) -> arrow::Result<bool> {
      // Values that do not fit become others, which can only make more rows match.
      std::vector<int64_t> misfits;
      const auto array = ToCommonKey(key, batch.column(0), run->pool(), &misfits);
      if (!array.ok()) {
        return AddContext(array.status(), ErrorKind::kSchemaMismatch,
                          source->files()[static_cast<size_t>(group.file)].path,
                          group.row_group);
      }
      ComparableValues found;
      AppendComparables(**array, &found);
      if (!collector.Add(std::move(found))) refused = true;
      return !refused;
    };
    const arrow::Status scanned = RunParallel(
        run->threads(), static_cast<int64_t>(groups.size()),
        [&](int64_t i, int) -> arrow::Status {
          const RowGroupRef& group = groups[static_cast<size_t>(i)];
          if (group.num_rows == 0 || refused) return arrow::Status::OK();
          return scanner.ScanWhile(group, kBatchRows,
                                   [&](const arrow::RecordBatch& batch, int64_t) {
                                     return read(group, batch);
                                   });
        });
    // Values that leave no room for more leave none to read in, either.
    if (!refused || !scanned.IsOutOfMemory()) ARROW_RETURN_NOT_OK(scanned);
    *bytes_read += scanner.bytes_read();
    fits = !refused;
  }
  values.one_by_one_ = fits;
  if (!fits) ARROW_RETURN_NOT_OK(values.ReadRanges(run, *source, key));
  Join(&values.ranges_);
  return values;
}

arrow::Status SourceValues::ReadRanges(Run* run, const Inventory& source,
                                       const SharedColumn& key) {
  ranges_.clear();
  bytes_.clear();
  memory_.Reset();
  // Bounds of another kind of number say little of those that fit.
  known_ = key.source < source.num_data_columns() && !key.by_value;
  if (!known_) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto ranges,
                        KeyRangesOf(run->fs(), source, source.RowGroups(), key.source,
                                    *type_, run->pool()));
  const auto keep = [this](const std::string& bytes) -> std::string_view {
    return *bytes_.emplace_back(std::make_unique<std::string>(bytes));
  };
  for (const KeyRange& range : ranges) {
    known_ &= range.known;
    has_null_ |= range.may_hold_null;
    if (range.has_values) ranges_.push_back({keep(range.min), keep(range.max)});
  }
  return arrow::Status::OK();
}

void SourceValues::Join(std::vector<Range>* ranges) {
  std::ranges::sort(*ranges, std::less<>());
  size_t kept = 0;
  for (const Range& range : *ranges) {
    if (kept > 0 && range.min <= (*ranges)[kept - 1].max) {
      (*ranges)[kept - 1].max = std::max((*ranges)[kept - 1].max, range.max);
    } else {
      (*ranges)[kept++] = range;
    }
  }
  ranges->erase(ranges->begin() + static_cast<std::ptrdiff_t>(kept), ranges->end());
}

std::vector<SourceValues::Range>::const_iterator SourceValues::NotBefore(
    std::string_view min) const {
  return std::ranges::lower_bound(ranges_, min, {}, &Range::max);
}

bool SourceValues::Meets(const KeyRange& range) const {
  if (!known_ || !range.known) return true;
  if (has_null_ && range.may_hold_null) return true;
  if (!range.has_values) return false;
  const auto found = NotBefore(range.min);
  return found != ranges_.end() && found->min <= range.max;
}

std::optional<std::vector<FilterValue>> SourceValues::ValuesIn(
    const std::vector<KeyRange>& ranges, size_t most) const {
  if (!known_ || !one_by_one_) return std::nullopt;
  const bool all =
      std::ranges::any_of(ranges, [](const KeyRange& range) { return !range.known; });
  std::vector<Range> places;
  for (const KeyRange& range : ranges) {
    if (has_null_ && range.may_hold_null) return std::nullopt;
    if (!all && range.has_values) places.push_back({range.min, range.max});
  }
  if (all && !ranges_.empty()) places = {{ranges_.front().min, ranges_.back().max}};
  Join(&places);
  std::vector<FilterValue> values;
  for (const Range& place : places) {
    for (auto at = NotBefore(place.min); at != ranges_.end() && at->min <= place.max;
         ++at) {
      if (values.size() == most) return std::nullopt;
      values.push_back(FromComparable(*type_, at->min));
    }
  }
  return values;
}

}  // namespace planish
