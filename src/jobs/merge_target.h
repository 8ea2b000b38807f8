// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

struct MergeTarget {
  std::shared_ptr<const Inventory> inventory;
  /// False: the inventory is of a file without rows in scratch that bears the source's
  /// schema.
  bool exists = true;
};

/// The target as a dataset: its directory, and which files of it count.
DatasetOptions TargetDataset(const MergeOptions& options);

/// An error unless there is a target, or there may be one: kMissingPath for one that does
/// not exist, without `create`; kInvalidOption for what is not a directory, or cannot
/// become one, because it is a pattern.
arrow::Status CheckTarget(Run* run, const MergeOptions& options);

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

/// The target's files; with `create`, a stand-in for a missing one. Files that cannot be
/// opened go to `skipped`. Errors: those of CheckTarget and Inventory::Make; kMissingPath
/// for a target without data files, without `create`.
arrow::Result<MergeTarget> OpenTarget(Run* run, const MergeOptions& options,
                                      const Inventory& source, SkippedChunks* skipped,
                                      Report* report);

}  // namespace planish
