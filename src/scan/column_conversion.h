// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "scan/number_conversion.h"

namespace planish {

/// `array` as the type of `field`, which PromoteFields made of its own and others. Struct
/// fields that `field` lacks are left out, those that only it has are null. Values
/// do not change otherwise; one that the type cannot hold after all (a timestamp in
/// milliseconds that is too far away for nanoseconds) is an error without detail. Needs
/// arrow::compute::Initialize.
arrow::Result<std::shared_ptr<arrow::Array>> ConvertColumn(
    const std::shared_ptr<arrow::Array>& array, const arrow::Field& field,
    arrow::MemoryPool* pool);

/// As ConvertColumn, of values that a row group of `file` has: one that does not fit is
/// an error (kSchemaMismatch) with file, row group and column.
arrow::Result<std::shared_ptr<arrow::Array>> ConvertStored(
    const std::shared_ptr<arrow::Array>& array, const arrow::Field& field,
    const std::string& file, int row_group, arrow::MemoryPool* pool);

/// `array` as the type of `field`, which agrees with its own by value (AgreeByValue) but
/// may be narrower. Values do not change, but for what `rounding` allows: one that does
/// not fit is an error without detail, and so is null for a child that is required.
arrow::Result<std::shared_ptr<arrow::Array>> FitColumn(
    const std::shared_ptr<arrow::Array>& array, const arrow::Field& field,
    Rounding rounding, arrow::MemoryPool* pool);

}  // namespace planish
