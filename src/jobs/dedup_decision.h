// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "jobs/dedup_question.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/dedup.h"
#include "planish/report.h"

namespace planish {

/// Who loses, in what has turned out to be readable.
struct DedupDecision {
  std::shared_ptr<const Inventory> inventory;
  RowBitmap losers;
};

/// Decides on the rows of all chunks that can be read, by the engine that is asked for:
/// chunks whose key or order columns cannot be read are skipped, or are an error if
/// `skipped` is null. Fills in what `report` says of engine, chunks and bytes read.
arrow::Result<DedupDecision> DecideLosers(Run* run, const DedupOptions& options,
                                          const DedupQuestion& question,
                                          std::shared_ptr<const Inventory> inventory,
                                          SkippedChunks* skipped, Report* report);

}  // namespace planish
