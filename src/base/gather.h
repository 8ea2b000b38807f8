// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"

namespace planish {

/// The rows of `array` that `rows` names, in that order, each as often as it is there.
/// Arrays of every type, views included, for which Arrow has no kernel.
arrow::Result<std::shared_ptr<arrow::Array>> Gather(const arrow::Array& array,
                                                    const std::vector<int64_t>& rows,
                                                    arrow::MemoryPool* pool);

/// The same for all columns.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> Gather(
    const arrow::RecordBatch& batch, const std::vector<int64_t>& rows,
    arrow::MemoryPool* pool);

}  // namespace planish
