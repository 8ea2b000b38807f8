// SPDX-License-Identifier: Apache-2.0
#include "jobs/comparable_values.h"

#include <bit>
#include <cmath>

#include "arrow/array/array_binary.h"
#include "arrow/array/array_primitive.h"
#include "arrow/type_traits.h"

namespace planish {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr size_t kNumberBytes = sizeof(uint64_t);

void AppendNumber(uint64_t ordered, ComparableValues* out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->bytes.push_back(static_cast<char>((ordered >> shift) & 0xFF));
  }
  out->sizes.push_back(kNumberBytes);
}

uint64_t NumberOf(std::string_view comparable) {
  uint64_t ordered = 0;
  for (const char byte : comparable) {
    ordered = ordered << 8 | static_cast<unsigned char>(byte);
  }
  return ordered;
}

template <typename T>
void AppendIntegers(const arrow::Array& array, ComparableValues* out) {
  const T* values = array.data()->GetValues<T>(1);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const auto wide = static_cast<uint64_t>(values[i]);
    AppendNumber(std::is_signed_v<T> ? wide ^ kSign : wide, out);
  }
}

template <typename T>
void AppendFloating(const arrow::Array& array, ComparableValues* out) {
  const T* values = array.data()->GetValues<T>(1);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    if (std::isnan(values[i])) {
      out->has_nan = true;
      continue;
    }
    // Zero has one key, whatever its sign.
    const auto value = values[i] == 0 ? 0.0 : static_cast<double>(values[i]);
    const auto bits = std::bit_cast<uint64_t>(value);
    AppendNumber((bits & kSign) != 0 ? ~bits : bits ^ kSign, out);
  }
}

template <typename ArrayType>
void AppendBytes(const arrow::Array& array, ComparableValues* out) {
  const auto& values = static_cast<const ArrayType&>(array);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) continue;
    const std::string_view value = values.GetView(i);
    out->bytes.append(value);
    out->sizes.push_back(value.size());
  }
}

using Append = void (*)(const arrow::Array&, ComparableValues*);

Append AppendFor(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return AppendIntegers<int8_t>;
    case arrow::Type::INT16:
      return AppendIntegers<int16_t>;
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
      return AppendIntegers<int32_t>;
    case arrow::Type::INT64:
    case arrow::Type::DATE64:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return AppendIntegers<int64_t>;
    case arrow::Type::UINT8:
      return AppendIntegers<uint8_t>;
    case arrow::Type::UINT16:
      return AppendIntegers<uint16_t>;
    case arrow::Type::UINT32:
      return AppendIntegers<uint32_t>;
    case arrow::Type::UINT64:
      return AppendIntegers<uint64_t>;
    case arrow::Type::FLOAT:
      return AppendFloating<float>;
    case arrow::Type::DOUBLE:
      return AppendFloating<double>;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AppendBytes<arrow::BinaryArray>;
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return AppendBytes<arrow::LargeBinaryArray>;
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return AppendBytes<arrow::BinaryViewArray>;
    case arrow::Type::FIXED_SIZE_BINARY:
      return AppendBytes<arrow::FixedSizeBinaryArray>;
    default:
      return nullptr;
  }
}

}  // namespace

bool HasComparables(const arrow::DataType& type) {
  return AppendFor(type) != nullptr;
}

void AppendComparables(const arrow::Array& array, ComparableValues* out) {
  out->has_null |= array.null_count() > 0;
  AppendFor (*array.type())(array, out);
}

FilterValue FromComparable(const arrow::DataType& type, std::string_view comparable) {
  const arrow::Type::type id = type.id();
  if (arrow::is_unsigned_integer(id)) return NumberOf(comparable);
  if (arrow::is_floating(id)) {
    const uint64_t ordered = NumberOf(comparable);
    return std::bit_cast<double>((ordered & kSign) != 0 ? ordered ^ kSign : ~ordered);
  }
  if (arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
      id == arrow::Type::FIXED_SIZE_BINARY) {
    return comparable;
  }
  return static_cast<int64_t>(NumberOf(comparable) ^ kSign);
}

}  // namespace planish
