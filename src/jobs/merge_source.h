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

/// What errors call a source that is a stream.
inline constexpr char kSourceStreamName[] = "source";

/// The source with its timestamps without time zone in UTC, where the option says so and
/// the target's column has a time zone.
std::shared_ptr<const Inventory> WithTimezonesOf(const Inventory& target,
                                                 const MergeOptions& options,
                                                 std::shared_ptr<const Inventory> source);

/// Writes a stream to scratch, and returns the dataset there to take for the source.
/// Batches whose schema is not the stream's are matched with it by the names of their
/// columns, and promoted without loss; a column that some lack is one that `missing`
/// speaks of. Batches without rows say nothing. Errors of batches that cannot be matched:
/// those of StreamSchema.
arrow::Result<DatasetOptions> SpoolMergeSource(Run* run, MissingColumns missing,
                                               arrow::RecordBatchReader* source);

}  // namespace planish
