// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "arrow/array/data.h"
#include "arrow/type.h"

/// \file
/// Columns are encoded a block of rows at a time, one column after the other, so that
/// what they write to stays in the first-level cache.

namespace planish {

constexpr int kBlockRows = 1024;

/// One byte (0 or 1) for each row of a block.
using RowFlags = std::array<uint8_t, kBlockRows>;

/// Bits [offset, offset + count) as bytes 0 or 1.
inline void ExpandBits(const uint8_t* bits, int64_t offset, int64_t count, uint8_t* out) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t bit = offset + i;
    out[i] = static_cast<uint8_t>((bits[bit >> 3] >> (bit & 7)) & 1);
  }
}

/// Copies `bytes`, which may be empty and nowhere, and returns the end of the copy.
inline uint8_t* CopyBytes(std::string_view bytes, uint8_t* out) {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

/// Which rows of an array are not null. The array must outlive it, and must not be a
/// dictionary, a union or run-end encoded: those have nulls without a bitmap.
class Validity {
 public:
  Validity() = default;
  explicit Validity(const arrow::ArrayData& data)
      : all_null_(data.type->id() == arrow::Type::NA), offset_(data.offset) {
    if (!all_null_ && data.buffers[0] != nullptr && data.GetNullCount() > 0) {
      bits_ = data.buffers[0]->data();
    }
  }

  bool never_null() const { return bits_ == nullptr && !all_null_; }
  bool IsValid(int64_t row) const {
    if (bits_ == nullptr) return !all_null_;
    const int64_t bit = offset_ + row;
    return (bits_[bit >> 3] >> (bit & 7)) & 1;
  }

  /// The flags of rows [begin, begin + count), count at most kBlockRows, written to
  /// `scratch`; or null without any write if the array has no null.
  const uint8_t* Flags(int64_t begin, int64_t count, RowFlags* scratch) const {
    if (never_null()) return nullptr;
    if (all_null_) {
      std::fill_n(scratch->data(), count, uint8_t{0});
    } else {
      ExpandBits(bits_, offset_ + begin, count, scratch->data());
    }
    return scratch->data();
  }

 private:
  bool all_null_ = false;
  int64_t offset_ = 0;
  const uint8_t* bits_ = nullptr;
};

}  // namespace planish
