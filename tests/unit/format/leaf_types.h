// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "arrow/type.h"
#include "parquet/types.h"

namespace planish {

/// A type of values, and how they may be encoded.
struct LeafType {
  const char* name;
  std::shared_ptr<arrow::DataType> type;
  std::vector<parquet::Encoding::type> encodings;  ///< besides dictionary
  bool int96 = false;
};

/// Every physical type, with every encoding it may have.
inline std::vector<LeafType> LeafTypes() {
  using parquet::Encoding;
  const std::vector<Encoding::type> numbers = {
      Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT};
  const std::vector<Encoding::type> floats = {Encoding::PLAIN,
                                              Encoding::BYTE_STREAM_SPLIT};
  return {
      {"boolean", arrow::boolean(), {Encoding::PLAIN, Encoding::RLE}},
      {"int8", arrow::int8(), numbers},
      {"int32", arrow::int32(), numbers},
      {"uint32", arrow::uint32(), numbers},
      {"int64", arrow::int64(), numbers},
      {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), numbers},
      {"int96", arrow::timestamp(arrow::TimeUnit::NANO), {Encoding::PLAIN}, true},
      {"float", arrow::float32(), floats},
      {"double", arrow::float64(), floats},
      {"string",
       arrow::utf8(),
       {Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY}},
      {"bytes5",
       arrow::fixed_size_binary(5),
       {Encoding::PLAIN, Encoding::DELTA_BYTE_ARRAY, Encoding::BYTE_STREAM_SPLIT}},
      {"decimal", arrow::decimal128(30, 3), {Encoding::PLAIN}},
  };
}

}  // namespace planish
