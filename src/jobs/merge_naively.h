// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// Source rows that are to come into new files.
struct RowsToInsert {
  RowBitmap rows;
  std::vector<int64_t> moved;  ///< ascending, one for each target row moved
};

/// By the reference engine: decides row by row, and writes every file that changes anew
/// by Arrow, all of its columns decoded. Returns what is left to be inserted.
arrow::Result<RowsToInsert> ChangeTargetNaively(
    Run* run, const std::shared_ptr<const Inventory>& target,
    const std::shared_ptr<const Inventory>& source, const MergeQuestion& question,
    const MergeOptions& options, MergeOutput* output, Report* report);

}  // namespace planish
