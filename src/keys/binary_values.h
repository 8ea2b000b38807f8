// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "arrow/array/data.h"
#include "arrow/type.h"

namespace planish {

/// The bytes of strings and binaries, wherever their layout (32-bit offsets, 64-bit
/// offsets, views) keeps them. What a null row's bytes are is not defined.
class BinaryValues {
 public:
  static bool IsBinary(const arrow::DataType& type);

  BinaryValues() = default;
  /// `data` must stay alive.
  explicit BinaryValues(const arrow::ArrayData& data);

  std::string_view At(int64_t row) const;
  /// The values of rows [begin, begin + count). Those whose flag in `valid` is 0 become
  /// `null_value` without being looked at; null: all valid.
  void Get(int64_t begin, int64_t count, const uint8_t* valid,
           std::string_view null_value, std::string_view* out) const;

 private:
  enum class Layout { kOffsets32, kOffsets64, kViews };

  template <Layout layout>
  std::string_view ValueAt(int64_t row) const;
  template <Layout layout>
  void GetAll(int64_t begin, int64_t count, const uint8_t* valid,
              std::string_view null_value, std::string_view* out) const;

  Layout layout_ = Layout::kOffsets32;
  const void* entries_ = nullptr;  // offsets or views of row 0 and on
  const char* bytes_ = nullptr;
  const arrow::ArrayData* data_ = nullptr;
};

}  // namespace planish
