// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"

namespace planish {

/// `length` nulls. Unlike arrow::MakeArrayOfNull, there is nothing null inside of them:
/// Parquet's writer refuses nulls in a child that is required, even where its parent is
/// null.
arrow::Result<std::shared_ptr<arrow::Array>> MakeNullArray(
    const std::shared_ptr<arrow::DataType>& type, int64_t length,
    arrow::MemoryPool* pool);

}  // namespace planish
