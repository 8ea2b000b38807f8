// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"

namespace planish {

/// What becomes of floating-point values that a narrower floating-point type does not
/// hold exactly.
enum class Rounding {
  kNone,    ///< they do not fit
  kFloats,  ///< they are rounded, as long as they stay finite
};

/// Whether values of the type are integers or floating-point numbers.
bool IsNumber(const arrow::DataType& type);

/// Numbers as another type of numbers.
struct FittedNumbers {
  std::shared_ptr<arrow::Array> values;
  /// Rows whose number the type does not hold, ascending; they have 0 in `values`.
  std::vector<int64_t> misfits;
};

/// `array`, whose values and those of `type` are numbers, value by value: 5.0 is an
/// integer, and 2^60 is a double; 0.5 is no integer, and neither is NaN. Integers are
/// never rounded.
arrow::Result<FittedNumbers> FitNumbers(const arrow::Array& array,
                                        const arrow::DataType& type, Rounding rounding,
                                        arrow::MemoryPool* pool);

/// `array` as the least values of `type` that are not smaller, which are greater than a
/// value of `type` exactly where the numbers themselves are. NaN is null where `type` is
/// one of integers. The misfits are those that are greater than all values of `type`.
arrow::Result<FittedNumbers> RoundUpNumbers(const arrow::Array& array,
                                            const arrow::DataType& type,
                                            arrow::MemoryPool* pool);

}  // namespace planish
