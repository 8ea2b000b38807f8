// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/status.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/report.h"
#include "planish/writer_options.h"
#include "publish/staged_files.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// Writes what `plan` says into `staged`, closed and (if the run syncs) synced, and adds
/// the bytes and column chunks it moved to `report`.
///
/// Chunks that cannot be read go to `skipped`. The first makes the rewrite void: it
/// returns OK once all the others are found, and `staged` holds nothing of use.
arrow::Status RewriteDataset(Run* run, const Inventory& inventory,
                             const RewritePlan& plan, const RowBitmap& losers,
                             const WriterOptions& writer, StagedFiles* staged,
                             SkippedChunks* skipped, Report* report);

/// The same by the reference engine: every file is read as tables, filtered and written
/// by Arrow.
arrow::Status RewriteDatasetNaively(Run* run, const Inventory& inventory,
                                    const RewritePlan& plan, const RowBitmap& losers,
                                    const WriterOptions& writer, StagedFiles* staged,
                                    SkippedChunks* skipped, Report* report);

}  // namespace planish
