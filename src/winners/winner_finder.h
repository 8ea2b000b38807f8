// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "keys/key_batch.h"
#include "winners/keep_policy.h"
#include "winners/record_store.h"

namespace planish {

/// Rows of one key that more than one row has.
struct KeyGroup {
  int64_t first_row = 0;  ///< smallest global ordinal
  int64_t rows = 0;
};

/// Decides, partition by partition, which rows lose. Any number of threads may decide
/// different partitions of one store at once. The outcome depends on the records only,
/// not on their order.
class WinnerFinder {
 public:
  /// `form` says what equal words mean; a store with payloads has order bytes in them.
  /// Rows with equal digests (kDigest) count as rows of one key: that is for the caller
  /// to verify.
  WinnerFinder(RecordStore* store, KeyForm form, KeepPolicy keep, MemoryBudget* budget);

  /// Adds the losers of a partition to `losers` and frees the partition. Its table is
  /// taken from the budget; if that refuses, the partition is sorted in less; if that
  /// does not fit either, it is a kMemoryLimit error.
  arrow::Status Decide(int partition, RowBitmap* losers);

  /// Instead of deciding: appends the partition's groups of two and more rows, in no
  /// order, and frees the partition. `groups` is the caller's to account for.
  arrow::Status CollectGroups(int partition, std::vector<KeyGroup>* groups);

 private:
  RecordStore* store_;
  KeyForm form_;
  KeepPolicy keep_;
  MemoryBudget* budget_;
};

}  // namespace planish
