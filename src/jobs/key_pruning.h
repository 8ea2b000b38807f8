// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"

namespace planish {

/// The target's row groups that may have a key of the source. The others have, by their
/// statistics or their partition, no value in some key column that the source has there.
/// It is the source's values that count, or the ranges of its row groups where it has
/// very many rows: keys in two places far apart leave what lies between them alone.
arrow::Result<std::vector<RowGroupRef>> GroupsWithKeys(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question);

}  // namespace planish
