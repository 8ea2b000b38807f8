// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/key_ranges.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "planish/report.h"

namespace planish {

/// The target's row groups that may have a key of the source, and what ruled out the
/// others.
struct GroupsWithKeys {
  std::vector<RowGroupRef> groups;
  PrunedRowGroups pruned;
  int64_t bytes_read = 0;
};

/// The range of a key column that is a hive column of the target in one of its
/// partitions: one value.
arrow::Result<KeyRange> HiveRange(const Inventory& target, int partition,
                                  const SharedColumn& key);

/// Rules out row groups that have, in some key column, no value that the source has
/// there: by their partition, by their statistics, by the page index, by the bloom
/// filter, in this order, so that each is only read where what costs less has not told.
/// It is the source's values that count, or the ranges of its row groups where it has
/// very many rows: keys in two places far apart leave what lies between them alone. What
/// is missing, damaged or not to be relied upon rules nothing out.
arrow::Result<GroupsWithKeys> FindGroupsWithKeys(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question);

}  // namespace planish
