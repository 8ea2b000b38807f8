// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "arrow/buffer_builder.h"
#include "arrow/status.h"

/// \file
/// Parquet's hybrid of run lengths and bit packing, in which levels and dictionary
/// indices are written.

namespace planish {

/// Bits that `value` needs; 0 for 0.
constexpr int BitWidth(uint32_t value) {
  return value == 0 ? 0 : 32 - __builtin_clz(value);
}

/// Reads the numbers of one hybrid sequence, piece by piece.
class RleHybridReader {
 public:
  RleHybridReader() = default;
  /// `bit_width` from 0 to 32. The bytes must stay until the last Read.
  RleHybridReader(const uint8_t* bytes, int64_t size, int bit_width)
      : next_(bytes), end_(bytes + size), bit_width_(bit_width) {}

  /// Reads exactly `count` numbers; an error if there are fewer.
  arrow::Status Read(int64_t count, uint32_t* out);

 private:
  arrow::Status NextRun();
  void Unpack(int64_t count, uint32_t* out);

  const uint8_t* next_ = nullptr;
  const uint8_t* end_ = nullptr;
  int bit_width_ = 0;
  /// What is left of the current run: either repetitions of `repeated_`, or numbers
  /// packed from bit `bit_offset_` of `packed_` on.
  int64_t repeats_left_ = 0;
  uint32_t repeated_ = 0;
  int64_t packed_left_ = 0;
  const uint8_t* packed_ = nullptr;
  int64_t bit_offset_ = 0;
};

/// Appends `count` numbers, each of at most `bit_width` bits, as one hybrid sequence.
template <typename Number>
arrow::Status AppendRleHybrid(const Number* numbers, int64_t count, int bit_width,
                              arrow::BufferBuilder* out);

/// Appends `count` times the number, as one run.
arrow::Status AppendRleRun(uint32_t number, int64_t count, int bit_width,
                           arrow::BufferBuilder* out);

extern template arrow::Status AppendRleHybrid(const uint32_t*, int64_t, int,
                                              arrow::BufferBuilder*);
extern template arrow::Status AppendRleHybrid(const int16_t*, int64_t, int,
                                              arrow::BufferBuilder*);

}  // namespace planish
