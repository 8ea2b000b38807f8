// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/merge_inserts.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// By the reference engine: decides row by row, and writes every file that changes anew
/// by Arrow, all of its columns decoded. Returns what is left to be inserted.
arrow::Result<RowsToInsert> ChangeTargetNaively(
    Run* run, const std::shared_ptr<const Inventory>& target,
    const std::shared_ptr<const Inventory>& source, const MergeQuestion& question,
    const MergeOptions& options, MergeOutput* output, Report* report);

}  // namespace planish
