// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "arrow/array/data.h"
#include "arrow/type.h"

namespace planish {

/// Values of one fixed-width column as bytes: key bytes, equal where the values are
/// equal, or order bytes, which memcmp compares as the values compare.
///
/// A value is written in passes of 1, 2, 4 or 8 bytes, each pass over all rows of a
/// block. Long values whose bytes stay as they are take one pass, of any size.
class FixedWidthColumn {
 public:
  /// Nothing if values of the (decoded) type vary in width.
  static std::optional<FixedWidthColumn> ForKey(const arrow::DataType& type);
  /// Nothing if they do, or have no order. NaN rows are written as zeros.
  static std::optional<FixedWidthColumn> ForOrder(const arrow::DataType& type,
                                                  bool descending);

  /// Bytes of each value.
  int64_t width() const { return width_; }
  bool is_floating() const { return is_floating_; }

  /// The array whose rows are meant from now on; it must stay alive.
  void Bind(const arrow::ArrayData& data) { data_ = &data; }

  /// Writes rows [begin, begin + count), count at most kBlockRows, the first to `out` and
  /// each next one `stride` bytes on. Rows whose flag in `valid` is 0 become zeros; null:
  /// all valid.
  void Write(int64_t begin, int64_t count, const uint8_t* valid, uint8_t* out,
             size_t stride) const;

  /// Sets nan[i] to 1 where row begin + i is valid and NaN. Only for floating columns.
  void MarkNaN(int64_t begin, int64_t count, const uint8_t* valid, uint8_t* nan) const;

  enum class Treatment {
    kCopy,            ///< as it is
    kCanonicalFloat,  ///< one zero, one NaN
    kOrderBytes,      ///< as it is, or inverted
    kOrderUnsigned,   ///< big endian
    kOrderSigned,     ///< big endian, sign bit flipped
    kOrderFloat,      ///< big endian, negative values inverted; NaN is zero
  };
  /// Longer values of kCopy and kOrderBytes are not split into words.
  static constexpr int64_t kMaxSplitBytes = 64;
  struct Pass {
    int64_t from = 0;  ///< offset in the value
    int64_t to = 0;    ///< offset in the bytes
    int64_t size = 0;  ///< 1, 2, 4, 8, or more than kMaxSplitBytes
    Treatment treatment = Treatment::kCopy;
  };

 private:
  static std::optional<FixedWidthColumn> OfType(const arrow::DataType& type);
  void AddPasses(int64_t begin, int64_t end, Treatment treatment);

  bool is_bool_ = false;
  bool is_floating_ = false;
  bool inverted_ = false;
  int64_t width_ = 0;
  std::vector<Pass> passes_;
  const arrow::ArrayData* data_ = nullptr;
};

}  // namespace planish
