// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/extension/uuid.h"
#include "arrow/type.h"

namespace planish {

/// Every type of fixed width.
inline arrow::DataTypeVector FixedWidthTypes() {
  return {arrow::null(),
          arrow::boolean(),
          arrow::int8(),
          arrow::uint8(),
          arrow::int16(),
          arrow::uint16(),
          arrow::int32(),
          arrow::uint32(),
          arrow::int64(),
          arrow::uint64(),
          arrow::float16(),
          arrow::float32(),
          arrow::float64(),
          arrow::smallest_decimal(5, 2),
          arrow::smallest_decimal(15, 2),
          arrow::decimal128(30, 4),
          arrow::decimal256(60, 4),
          arrow::date32(),
          arrow::date64(),
          arrow::time32(arrow::TimeUnit::MILLI),
          arrow::time64(arrow::TimeUnit::NANO),
          arrow::timestamp(arrow::TimeUnit::NANO, "UTC"),
          arrow::duration(arrow::TimeUnit::MICRO),
          arrow::month_interval(),
          arrow::day_time_interval(),
          arrow::month_day_nano_interval(),
          arrow::fixed_size_binary(0),
          arrow::fixed_size_binary(1),
          arrow::fixed_size_binary(7),
          arrow::fixed_size_binary(15),
          arrow::fixed_size_binary(37),
          arrow::fixed_size_binary(131),
          arrow::extension::uuid(),
          arrow::dictionary(arrow::int32(), arrow::float64()),
          arrow::run_end_encoded(arrow::int32(), arrow::int64())};
}

/// Every string and binary type, wrapped ones too.
inline arrow::DataTypeVector BinaryTypes() {
  return {arrow::utf8(),
          arrow::binary(),
          arrow::large_utf8(),
          arrow::large_binary(),
          arrow::utf8_view(),
          arrow::binary_view(),
          arrow::dictionary(arrow::int32(), arrow::utf8()),
          arrow::dictionary(arrow::int32(), arrow::utf8_view()),
          arrow::run_end_encoded(arrow::int32(), arrow::binary())};
}

/// Every way of nesting, and nests in nests.
inline arrow::DataTypeVector NestedTypes() {
  const auto pair = arrow::struct_(
      {arrow::field("x", arrow::float32()), arrow::field("y", arrow::utf8())});
  return {arrow::list(arrow::int16()),
          arrow::list(arrow::null()),
          arrow::large_list(arrow::utf8()),
          arrow::list_view(arrow::float64()),
          arrow::large_list_view(arrow::boolean()),
          arrow::fixed_size_list(arrow::float16(), 2),
          arrow::fixed_size_list(arrow::utf8(), 0),
          pair,
          arrow::struct_(arrow::FieldVector{}),
          arrow::map(arrow::utf8(), arrow::int32()),
          arrow::list(pair),
          arrow::list(arrow::list(arrow::utf8_view())),
          arrow::struct_(
              {arrow::field("a", arrow::list(arrow::int8())), arrow::field("b", pair)}),
          arrow::list(arrow::dictionary(arrow::int32(), arrow::utf8())),
          arrow::struct_(
              {arrow::field("r", arrow::run_end_encoded(arrow::int32(), arrow::utf8()))}),
          arrow::dictionary(arrow::int32(), pair),
          arrow::dictionary(arrow::int32(), arrow::list(arrow::binary_view())),
          arrow::map(arrow::extension::uuid(), arrow::list(arrow::decimal128(5, 1)))};
}

}  // namespace planish
