// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "arrow/status.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "planish/report.h"

namespace planish {

/// A file of a result that is not published yet.
struct WrittenFile {
  std::string path;  ///< where it can be read
  /// The file of the inventory that it is a new version or a copy of; null for none.
  const DataFile* source = nullptr;
  /// Of which row group of the source each of its row groups has come, where that is
  /// known; otherwise the first with the same bytes counts.
  std::vector<int> source_row_groups;
};

/// Reads every page of `files`, in parallel: see VerifyColumnChunk. A column chunk that
/// cannot be read and has the bytes of one of its source's is the source's damage: then
/// the error names the source's file, row group and column, and `skipped` decides whether
/// it is one. After a skip the result is void; what is verified further only shows what
/// else cannot be read. Any other column chunk that cannot be read is an error of kind
/// kVerification. Adds to what `report` says of bytes read.
arrow::Status VerifyPages(Run* run, const Inventory& inventory,
                          const std::vector<WrittenFile>& files, SkippedChunks* skipped,
                          Report* report);

}  // namespace planish
