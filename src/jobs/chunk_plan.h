// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataset/inventory.h"
#include "planish/report.h"
#include "planish/run_context.h"

/// \file
/// Cuts a dataset into the chunks in which it is scanned. A chunk is a part of a row
/// group, or one or more whole ones.

namespace planish {

struct ChunkRules {
  ChunkMode mode = ChunkMode::kAuto;
  std::optional<int64_t> rows, bytes;  ///< as RunContext has them
  int threads = 1;
  int64_t available_bytes = 0;  ///< memory that is left; 0 or more
};

/// Row groups that one worker scans, one after the other. Either they are one chunk, or
/// there is one row group of several chunks, which cannot be had apart: to read its last
/// rows is to decompress the rows before them.
struct ScanTurn {
  size_t first_group = 0;  ///< index into the row groups that were planned
  size_t num_groups = 0;
  int64_t chunk_rows = 0;  ///< of each chunk but the last, which may have fewer
  int64_t batch_rows = 0;  ///< to decode at a time; chunks end where batches do
};

/// Number and sizes of chunks.
class ChunkTally {
 public:
  /// Counts `times` chunks, each of so many rows and bytes.
  void Add(int64_t rows, double bytes, int64_t times);
  void Add(const ChunkTally& other);
  int64_t count() const { return count_; }
  ChunkSizes sizes() const;

 private:
  int64_t count_ = 0, min_rows_ = 0, max_rows_ = 0;
  double min_bytes_ = 0, max_bytes_ = 0, rows_ = 0, bytes_ = 0;
};

struct ChunkPlan {
  std::vector<ScanTurn> turns;  ///< each group is in one; in the order of the groups
  ChunkTally tally;
};

/// Decides from footers alone; does no I/O. `groups` in row order, none without rows.
ChunkPlan PlanChunks(const std::vector<DataFile>& files,
                     const std::vector<RowGroupRef>& groups, const ChunkRules& rules);

}  // namespace planish
