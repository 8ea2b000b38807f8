// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/merge.h"

namespace planish {

struct MergeTarget {
  std::shared_ptr<const Inventory> inventory;
  /// False: the inventory is of a file without rows in scratch that bears the source's
  /// schema.
  bool exists = true;
};

/// The target with the columns that `source` has besides, those that `delete_when` names
/// left out: MergeOptions::extra_columns kAdd. Errors (kUnsupported, naming the column):
/// lists of fixed size, of which Arrow cannot read nulls.
arrow::Result<std::shared_ptr<const Inventory>> WithColumnsOf(
    const Inventory& source, const MergeOptions& options,
    std::shared_ptr<const Inventory> target);

/// The result of a merge, at `view`, with all data columns of the target: those that no
/// file has any more are null.
arrow::Result<std::shared_ptr<const Inventory>> OpenResult(Run* run,
                                                           const std::string& view,
                                                           const Inventory& target);

/// The target's files; a stand-in for a missing one where the strategy may create it.
/// Files that cannot be opened go to `skipped`. Errors: kMissingPath for other
/// strategies, and those of Inventory::Make.
arrow::Result<MergeTarget> OpenTarget(Run* run, const MergeOptions& options,
                                      const Inventory& source, SkippedChunks* skipped);

}  // namespace planish
