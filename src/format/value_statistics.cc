// SPDX-License-Identifier: Apache-2.0
#include "format/value_statistics.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "arrow/util/endian.h"
#include "format/physical_type.h"

namespace planish {
namespace {

parquet::ByteArray Clip(const parquet::ByteArray& value) {
  return {std::min(value.len, kMaxBoundBytes + 1), value.ptr};
}

bool IsLess(const parquet::ByteArray& left, const parquet::ByteArray& right) {
  return std::string_view(Clip(left)) < std::string_view(Clip(right));
}

/// A number that is less where the first bytes are; equal ones leave it open.
uint64_t FirstBytes(const parquet::ByteArray& value) {
  uint64_t bytes = 0;
  if (value.len >= sizeof(bytes)) {
    std::memcpy(&bytes, value.ptr, sizeof(bytes));
  } else if (value.len > 0) {
    std::memcpy(&bytes, value.ptr, value.len);
  }
  return arrow::bit_util::ToBigEndian(bytes);
}

}  // namespace

ByteOrderBounds ByteOrderBounds::Of(const parquet::ByteArray* values, int64_t count) {
  const parquet::ByteArray* lowest = values;
  const parquet::ByteArray* highest = values;
  uint64_t least = FirstBytes(*values);
  uint64_t greatest = least;
  for (const auto* value = values + 1; value < values + count; ++value) {
    const uint64_t first_bytes = FirstBytes(*value);
    if (first_bytes < least || (first_bytes == least && IsLess(*value, *lowest))) {
      least = first_bytes;
      lowest = value;
    }
    if (first_bytes > greatest || (first_bytes == greatest && IsLess(*highest, *value))) {
      greatest = first_bytes;
      highest = value;
    }
  }
  return {Clip(*lowest), Clip(*highest)};
}

std::unique_ptr<ValueStatistics> ValueStatistics::Make(
    const parquet::ColumnDescriptor* column, StatisticsWanted wanted,
    arrow::MemoryPool* pool) {
  if (column->sort_order() == parquet::SortOrder::UNKNOWN) {
    wanted.chunk_min_max = wanted.page_min_max = false;
  }
  wanted.unencoded_bytes &= column->physical_type() == parquet::Type::BYTE_ARRAY;
  return VisitPhysicalType(
      column->physical_type(), [&](auto type) -> std::unique_ptr<ValueStatistics> {
        return std::make_unique<TypedValueStatistics<decltype(type)>>(column, wanted,
                                                                      pool);
      });
}

}  // namespace planish
