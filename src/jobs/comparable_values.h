// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/array.h"
#include "arrow/type.h"
#include "format/stored_form.h"

namespace planish {

/// Values of an array as bytes that compare as the values do (see ToComparable).
struct ComparableValues {
  std::string bytes;          ///< of all values, one after the other
  std::vector<size_t> sizes;  ///< of each; nulls and NaN are none
  bool has_null = false;
  bool has_nan = false;
};

/// Whether values of the type can be had as such bytes.
bool HasComparables(const arrow::DataType& type);

/// Appends the values of `array`, of a type that has comparables.
void AppendComparables(const arrow::Array& array, ComparableValues* out);

/// The value of `type` that `comparable` stands for; binary ones are views into it.
FilterValue FromComparable(const arrow::DataType& type, std::string_view comparable);

}  // namespace planish
