// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/inventory.h"
#include "jobs/skipped_chunks.h"
#include "planish/report.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// Fills in rows, files and row groups by fate, and sizes; `list_files` also the list of
/// files with work. For a dry run, also the bytes that would be copied and decoded.
void DescribePlan(const Inventory& inventory, const RewritePlan& plan,
                  const SkippedChunks& skipped, bool dry_run, Report* report);

}  // namespace planish
