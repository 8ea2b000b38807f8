// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"

namespace planish {

/// `values` with the type of `current`, which has the same length: struct fields that
/// `values` lacks are those of `current`. Where `current` has no struct, they are null;
/// an error without detail if they are required. Types differ in such fields alone.
arrow::Result<std::shared_ptr<arrow::Array>> KeepFields(
    const std::shared_ptr<arrow::Array>& values,
    const std::shared_ptr<arrow::Array>& current, arrow::MemoryPool* pool);

}  // namespace planish
