// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "dataset/inventory.h"
#include "format/stored_form.h"
#include "jobs/key_ranges.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"

namespace planish {

/// What a merge's source has in one key column: its values one by one, or the ranges that
/// they are in, if there are too many. Finds out what of the target may have one of them.
class SourceValues {
 public:
  /// Adds to `bytes_read` what is read for it.
  static arrow::Result<SourceValues> Read(Run* run,
                                          const std::shared_ptr<const Inventory>& source,
                                          const SharedColumn& key, int64_t* bytes_read);

  /// False where rows with values in `range` have none of the source's.
  bool Meets(const KeyRange& range) const;

  /// The source's values that rows in one of `ranges` may have. Nothing if they are not
  /// known one by one, if they are more than `most`, or if null is one of them.
  std::optional<std::vector<FilterValue>> ValuesIn(const std::vector<KeyRange>& ranges,
                                                   size_t most) const;

 private:
  class Collector;

  /// As bytes that compare as the values do. A single value is a range, too.
  struct Range {
    Range(std::string_view least, std::string_view greatest);

    bool operator<(const Range& other) const {
      return prefix != other.prefix ? prefix < other.prefix : min < other.min;
    }

    std::string_view min, max;
    uint64_t prefix;  ///< of `min`, and so compares as it does, but for ties
  };

  explicit SourceValues(const SharedColumn& key) : type_(key.common->type()) {}
  arrow::Status ReadRanges(Run* run, const Inventory& source, const SharedColumn& key);
  /// Sorts ranges and joins those that meet.
  static void Join(std::vector<Range>* ranges);
  /// The first of ranges_ that does not end before `min`.
  std::vector<Range>::const_iterator NotBefore(std::string_view min) const;

  std::shared_ptr<arrow::DataType> type_;
  bool known_ = true;
  bool has_null_ = false;
  bool one_by_one_ = false;
  std::vector<Range> ranges_;
  /// The bytes that ranges_ show.
  std::vector<std::unique_ptr<std::string>> bytes_;
  MemoryReservation memory_;
};

}  // namespace planish
