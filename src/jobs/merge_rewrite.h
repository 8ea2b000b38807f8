// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/key_match.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/patch_rows.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// What changing the target's rows came to, beyond what the report says.
struct TargetChanges {
  int64_t rows_kept = 0;
  int64_t files_kept = 0;  ///< written or not
  /// Rows that come into other partitions, by source row, then target row.
  std::vector<RowPair> moved;
};

/// Changes and drops rows of the target: patches stretch after stretch, row groups of a
/// stretch in parallel, files in order. `dropped` has the rows that go whatever their
/// source row says, and gets those that go besides. `matched`: rows with a patch.
/// `output` null: only counts. `keeps_a_file`: the result will have another file, so all
/// of the target's may go. Chunks of the target that cannot be read go to `skipped`, and
/// what is written then is void.
arrow::Result<TargetChanges> ChangeTarget(
    Run* run, const Inventory& target, const std::shared_ptr<const Inventory>& source,
    const MergeQuestion& question, const MergeOptions& options, const RowBitmap* matched,
    PatchRows* patches, RowBitmap* dropped, bool keeps_a_file, MergeOutput* output,
    SkippedChunks* skipped, Report* report);

}  // namespace planish
