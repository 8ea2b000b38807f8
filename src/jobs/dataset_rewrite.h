// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/status.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/report.h"
#include "planish/writer_options.h"
#include "publish/staged_directory.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// Writes what `plan` says into `staged`, closed and (if the run syncs) synced, and adds
/// the bytes and column chunks it moved to `report`.
arrow::Status RewriteDataset(Run* run, const Inventory& inventory,
                             const RewritePlan& plan, const RowBitmap& losers,
                             const WriterOptions& writer, StagedDirectory* staged,
                             Report* report);

/// The same by the reference engine: every file is read as tables, filtered and written
/// by Arrow.
arrow::Status RewriteDatasetNaively(Run* run, const Inventory& inventory,
                                    const RewritePlan& plan, const RowBitmap& losers,
                                    const WriterOptions& writer, StagedDirectory* staged,
                                    Report* report);

}  // namespace planish
