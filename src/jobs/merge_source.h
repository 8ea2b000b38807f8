// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/merge.h"

namespace planish {

/// The source as data files: IPC files are made Parquet. Files that cannot be opened go
/// to `skipped`. Errors: those of Inventory::Make, and kInvalidOption for a sync with a
/// source without rows, unless that is allowed.
arrow::Result<std::shared_ptr<const Inventory>> OpenMergeSource(
    Run* run, const MergeOptions& options, SkippedChunks* skipped, Report* report);

/// Writes a stream to scratch, as the file to take for the source. Returns its path.
arrow::Result<std::string> SpoolMergeSource(Run* run, arrow::RecordBatchReader* source);

}  // namespace planish
