// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/status.h"
#include "dataset/inventory.h"
#include "io/file_system.h"

namespace planish {

/// A row of a merge's source that does not go into the partition in which its key is.
struct PartitionChangingRow {
  int64_t target_row = 0, source_row = 0;  ///< ordinals
  std::vector<int> key;                    ///< source columns
  /// For each hive column of the target the source's, or -1 where rows stay where they
  /// are.
  std::vector<int> hive_source_of;
};

/// The error (kInvalidOption) for such a row: its key, where the key is, and where the
/// row would go. Reads the source's row again. An error of that is returned instead.
arrow::Status RefusePartitionChange(FileSystem* fs, const Inventory& target,
                                    const std::shared_ptr<const Inventory>& source,
                                    const PartitionChangingRow& row,
                                    arrow::MemoryPool* pool);

}  // namespace planish
