// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "parquet/exception.h"
#include "parquet/types.h"

namespace planish {

/// Calls `visit` with an object of the physical type, for example parquet::Int32Type{}.
template <typename Visit>
auto VisitPhysicalType(parquet::Type::type type, Visit&& visit) {
  switch (type) {
    case parquet::Type::BOOLEAN:
      return visit(parquet::BooleanType{});
    case parquet::Type::INT32:
      return visit(parquet::Int32Type{});
    case parquet::Type::INT64:
      return visit(parquet::Int64Type{});
    case parquet::Type::INT96:
      return visit(parquet::Int96Type{});
    case parquet::Type::FLOAT:
      return visit(parquet::FloatType{});
    case parquet::Type::DOUBLE:
      return visit(parquet::DoubleType{});
    case parquet::Type::BYTE_ARRAY:
      return visit(parquet::ByteArrayType{});
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return visit(parquet::FLBAType{});
    default:
      throw parquet::ParquetException("physical type is not known");
  }
}

/// The bytes of a value: those that PLAIN has, without the length of a BYTE_ARRAY; a
/// BOOLEAN is a byte of 0 or 1. They lie where the value does, or points to.
template <typename DType>
std::string_view BytesOf(const typename DType::c_type& value, int type_length) {
  if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
    return std::string_view(value);
  } else if constexpr (std::is_same_v<DType, parquet::FLBAType>) {
    return {reinterpret_cast<const char*>(value.ptr), static_cast<size_t>(type_length)};
  } else {
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
  }
}

/// The value whose bytes, as BytesOf has them, are `bytes`, which must outlive it.
template <typename DType>
typename DType::c_type ToPhysical(std::string_view bytes) {
  if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
    return parquet::ByteArray(bytes);
  } else if constexpr (std::is_same_v<DType, parquet::FLBAType>) {
    return parquet::FixedLenByteArray(reinterpret_cast<const uint8_t*>(bytes.data()));
  } else {
    typename DType::c_type value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }
}

/// Whether two values are the same: any NaN is the same as any other, and -0.0 as 0.0.
template <typename DType>
bool AreSame(const typename DType::c_type& left, const typename DType::c_type& right,
             int type_length) {
  if constexpr (std::is_floating_point_v<typename DType::c_type>) {
    return left == right || (left != left && right != right);
  } else {
    return BytesOf<DType>(left, type_length) == BytesOf<DType>(right, type_length);
  }
}

}  // namespace planish
