// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "arrow/status.h"
#include "base/memory_budget.h"
#include "jobs/key_match.h"
#include "jobs/run.h"
#include "jobs/spooled_batches.h"

namespace planish {

/// Pairs of rows, gathered in any order and handed out by source row. They stay in memory
/// up to a share of the limit; beyond that they go to scratch in sorted runs.
class RowPairs {
 public:
  explicit RowPairs(Run* run);

  /// Thread-safe.
  arrow::Status Add(std::span<const RowPair> pairs);
  /// Ends the adding.
  arrow::Status Finish();
  int64_t num_pairs() const { return num_pairs_; }

  /// After Finish: the pairs whose source row is below `end` and that no earlier call
  /// has handed out, ordered by source row, then target row.
  arrow::Status TakeBelow(int64_t end, std::vector<RowPair>* pairs);

 private:
  /// Sorted pairs in scratch, on their way back.
  struct SortedRun {
    std::unique_ptr<SpooledBatches> batches;
    std::vector<RowPair> read;
    size_t next = 0;
    bool at_end = false;
  };

  arrow::Status Spill();
  arrow::Status Refill(SortedRun* run);

  Run* const run_;
  std::mutex mutex_;
  MemoryReservation reservation_;
  std::vector<RowPair> pairs_;
  size_t next_ = 0;
  int64_t num_pairs_ = 0;
  std::vector<SortedRun> runs_;
};

}  // namespace planish
