// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"

namespace planish {

/// The rows of `batch` whose flag in `kept`, one a row, is not 0; `batch` itself if that
/// is all of them. Works on every type. Buffers come from `pool`.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> FilterRows(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<uint8_t>& kept,
    arrow::MemoryPool* pool);

}  // namespace planish
