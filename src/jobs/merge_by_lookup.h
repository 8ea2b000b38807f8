// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/result.h"
#include "jobs/merge_inserts.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/merge_skips.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// By the engine `auto`: looks the target's keys up in the source's, and changes the
/// column chunks that have to change. `output` null: only decides and counts. Returns
/// what is left to be inserted. Chunks that cannot be read go to `skips`; where they do,
/// what was decided, and the error if there is one, are of no interest.
arrow::Result<RowsToInsert> ChangeTargetByLookup(Run* run, const MergeSides& sides,
                                                 const MergeQuestion& question,
                                                 const MergeOptions& options,
                                                 MergeOutput* output, MergeSkips* skips,
                                                 Report* report);

}  // namespace planish
