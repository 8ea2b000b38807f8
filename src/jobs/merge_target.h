// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/merge.h"

namespace planish {

struct MergeTarget {
  std::shared_ptr<const Inventory> inventory;
  /// False: the inventory is of a file without rows in scratch that bears the source's
  /// schema.
  bool exists = true;
};

/// The target's files; a stand-in for a missing one where the strategy may create it.
/// Errors: kMissingPath for others, and those of Inventory::Make.
arrow::Result<MergeTarget> OpenTarget(Run* run, const MergeOptions& options,
                                      const Inventory& source);

}  // namespace planish
