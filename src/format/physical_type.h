// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
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

}  // namespace planish
