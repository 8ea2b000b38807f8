// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "planish/dedup.h"

namespace planish {

/// What the naive algorithm is asked, in dataset columns.
struct NaiveQuestion {
  std::vector<int> key_columns =
      {};  ///< indexes into inventory.schema(); empty: all of them
  std::vector<int> order_columns = {};
  std::vector<bool> descending = {};  ///< parallel to order_columns
  Keep keep = Keep::kFirst;
  Scope scope = Scope::kDataset;
  bool nan_equal = true;
};

/// The rows that lose, found one row at a time in the plainest way: every key held in
/// memory, every value compared as a value. The oracle of the tests and the fall-back of
/// users; shares no code with keys/ and winners/. Fails (kUnsupported) on a union, and on
/// a nested order column, naming the column; (kMemoryLimit) where `budget` refuses the
/// keys that are held; otherwise with what KeyScanner fails with.
arrow::Result<RowBitmap> FindLosersNaively(
    FileSystem* fs, const std::shared_ptr<const Inventory>& inventory,
    const NaiveQuestion& question, arrow::MemoryPool* pool,
    MemoryBudget* budget = nullptr);

}  // namespace planish
