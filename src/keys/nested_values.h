// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/array/data.h"
#include "arrow/type.h"

namespace planish {

/// The values of an array of any (decoded) type as self-delimiting key bytes: a null
/// flag, then
///   fixed width  the value's bytes (zeros for a null)
///   binary       length (32 bits) and bytes
///   lists, maps  number of elements (32 bits) and elements; a map's are structs of key
///   and value structs      every child
/// and nothing more for a null. What lies under a null, or outside of what a list refers
/// to, does not count. Rows are those of the array, slices included.
class NestedValues {
 public:
  /// Null if a type in it has no rule for equality.
  static std::unique_ptr<NestedValues> Make(const arrow::DataType& type);
  virtual ~NestedValues() = default;

  /// The array whose rows are meant from now on; it must stay alive.
  virtual void Bind(const arrow::ArrayData& data) = 0;
  /// Bytes that rows [begin, begin + count) take, one behind the other.
  virtual uint64_t Length(int64_t begin, int64_t count) const = 0;
  /// Writes them and returns their end. Sets `*saw_nan` on a NaN, unless that is null.
  virtual uint8_t* Write(int64_t begin, int64_t count, uint8_t* out,
                         bool* saw_nan) const = 0;
  /// Whether there are floats in it.
  virtual bool MayHoldNaN() const = 0;
};

}  // namespace planish
