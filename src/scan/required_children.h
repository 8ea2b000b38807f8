// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/array.h"
#include "arrow/result.h"

namespace planish {

/// An error without detail if a struct field, a list element or a map's entry, however
/// deep, is null in `array` where its type requires a value. What is below a null counts
/// for nothing, and comes back as some value: Parquet's writer refuses nulls there, too.
arrow::Result<std::shared_ptr<arrow::Array>> WithRequiredChildren(
    const std::shared_ptr<arrow::Array>& array);

}  // namespace planish
