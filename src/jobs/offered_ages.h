// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "jobs/common_values.h"
#include "keys/key_batch.h"

namespace planish {

/// What source rows have in the newer_by column, to be compared with rows of the target.
class OfferedAges {
 public:
  /// `newer` must outlive it. Errors are those of ToCommon.
  static arrow::Result<OfferedAges> Make(const SharedColumn& newer,
                                         const std::shared_ptr<arrow::Array>& values,
                                         arrow::MemoryPool* pool);

  /// Whether the source rows from `begin` on are newer than the rows of the target that
  /// have `here`, which they go with one by one. Errors are those of ToCommon.
  arrow::Result<std::vector<bool>> AreNewerThan(const std::shared_ptr<arrow::Array>& here,
                                                size_t begin,
                                                arrow::MemoryPool* pool) const;

 private:
  explicit OfferedAges(const SharedColumn& newer) : newer_(&newer) {}

  const SharedColumn* newer_;
  KeyBatch ages_;
  std::vector<int64_t> greatest_;  ///< SourceAges::greatest
};

}  // namespace planish
