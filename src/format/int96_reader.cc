// SPDX-License-Identifier: Apache-2.0
#include "format/int96_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "arrow/array/builder_decimal.h"
#include "base/error_builder.h"
#include "format/schema_translation.h"
#include "parquet/column_reader.h"

namespace planish {
namespace {

constexpr int64_t kBatchValues = 1024;
constexpr int64_t kNanosecondsPerDay = int64_t{86'400} * 1'000'000'000;
constexpr int64_t kJulianDayOfUnixEpoch = 2'440'588;

}  // namespace

arrow::Decimal128 NanosecondsOfInt96(const parquet::Int96& value) {
  int64_t nanoseconds_of_day;
  int32_t julian_day;
  std::memcpy(&nanoseconds_of_day, &value.value[0], sizeof(nanoseconds_of_day));
  std::memcpy(&julian_day, &value.value[2], sizeof(julian_day));
  const arrow::Decimal128 days(julian_day - kJulianDayOfUnixEpoch);
  return days * arrow::Decimal128(kNanosecondsPerDay) +
         arrow::Decimal128(nanoseconds_of_day);
}

arrow::Result<parquet::Int96> Int96Of(const arrow::Decimal128& nanoseconds) {
  ARROW_ASSIGN_OR_RAISE(const auto divided,
                        nanoseconds.Divide(arrow::Decimal128(kNanosecondsPerDay)));
  arrow::Decimal128 day = divided.first, rest = divided.second;
  if (rest < arrow::Decimal128(0)) {
    day -= arrow::Decimal128(1);
    rest += arrow::Decimal128(kNanosecondsPerDay);
  }
  day += arrow::Decimal128(kJulianDayOfUnixEpoch);
  if (day < arrow::Decimal128(std::numeric_limits<int32_t>::min()) ||
      day > arrow::Decimal128(std::numeric_limits<int32_t>::max())) {
    return arrow::Status::Invalid(
        "INT96 does not reach this time, nanoseconds since 1970: ",
        nanoseconds.ToIntegerString());
  }
  const auto nanoseconds_of_day = static_cast<int64_t>(rest.low_bits());
  const auto julian_day = static_cast<int32_t>(static_cast<int64_t>(day.low_bits()));
  parquet::Int96 value;
  std::memcpy(&value.value[0], &nanoseconds_of_day, sizeof(nanoseconds_of_day));
  std::memcpy(&value.value[2], &julian_day, sizeof(julian_day));
  return value;
}

arrow::Result<std::shared_ptr<arrow::Array>> Int96Reader::Next(int64_t num_rows) {
  auto& column = static_cast<parquet::Int96Reader&>(*column_);
  const bool nullable = column.descr()->max_definition_level() > 0;
  std::array<parquet::Int96, kBatchValues> values;
  std::array<int16_t, kBatchValues> levels;
  arrow::Decimal128Builder builder(Int96ValueType(), pool_);
  while (builder.length() < num_rows && column.HasNext()) {
    const int64_t wanted = std::min(kBatchValues, num_rows - builder.length());
    int64_t num_values = 0;
    const int64_t num_levels = column.ReadBatch(
        wanted, nullable ? levels.data() : nullptr, nullptr, values.data(), &num_values);
    // ReadBatch counts values alone where there are no levels.
    const int64_t rows = nullable ? num_levels : num_values;
    if (rows == 0) break;
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    int64_t next = 0;
    for (int64_t row = 0; row < rows; ++row) {
      if (nullable && levels[row] < column.descr()->max_definition_level()) {
        builder.UnsafeAppendNull();
      } else if (next < num_values) {
        builder.UnsafeAppend(NanosecondsOfInt96(values[next++]));
      } else {
        return arrow::Status::Invalid("page holds fewer values than its levels say");
      }
    }
  }
  return builder.Finish();
}

arrow::Status CheckInt96FitsNanoseconds(parquet::RowGroupReader& row_group, int leaf) {
  auto reader = row_group.Column(leaf);
  auto& column = static_cast<parquet::Int96Reader&>(*reader);
  std::array<parquet::Int96, kBatchValues> values;
  std::vector<int16_t> definition(kBatchValues), repetition(kBatchValues);
  const arrow::Decimal128 lowest(std::numeric_limits<int64_t>::min());
  const arrow::Decimal128 highest(std::numeric_limits<int64_t>::max());
  while (column.HasNext()) {
    int64_t num_values = 0;
    const int64_t num_levels = column.ReadBatch(
        kBatchValues, definition.data(), repetition.data(), values.data(), &num_values);
    if (num_levels == 0 && num_values == 0) break;
    for (int64_t i = 0; i < num_values; ++i) {
      const arrow::Decimal128 instant = NanosecondsOfInt96(values[i]);
      if (instant < lowest || instant > highest) {
        return Error(
            ErrorKind::kUnsupported,
            "INT96 timestamp inside a list or struct is outside the years 1677 to "
            "2262, nanoseconds since 1970: " +
                instant.ToIntegerString());
      }
    }
  }
  return arrow::Status::OK();
}

}  // namespace planish
