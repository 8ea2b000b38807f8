// SPDX-License-Identifier: Apache-2.0
#include "jobs/comparable_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "arrow/scalar.h"
#include "jobs/key_ranges.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

std::vector<std::string> Comparables(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& ascending) {
  const auto array = arrow::json::ArrayFromJSONString(type, ascending).ValueOrDie();
  ComparableValues found;
  AppendComparables(*array, &found);
  std::vector<std::string> values;
  size_t begin = 0;
  for (const size_t size : found.sizes) {
    values.push_back(found.bytes.substr(begin, size));
    begin += size;
  }
  return values;
}

struct Case {
  std::shared_ptr<arrow::DataType> type;
  std::string ascending;
};

TEST(ComparableValuesTest, BytesCompareAsValuesDo) {
  const std::vector<Case> cases = {
      {arrow::int8(), "[-128, -1, 0, 1, 127]"},
      {arrow::int64(), "[-9223372036854775808, -256, -1, 0, 255, 9223372036854775807]"},
      {arrow::uint64(), "[0, 1, 9223372036854775808, 18446744073709551615]"},
      {arrow::uint16(), "[0, 255, 256, 65535]"},
      {arrow::float64(), "[-Inf, -2.5, -1e-300, 0, 1e-300, 2.5, Inf]"},
      {arrow::float32(), "[-2.5, 0, 0.5, 3]"},
      {arrow::timestamp(arrow::TimeUnit::MICRO), "[-5, 0, 5]"},
      {arrow::date32(), "[-5, 0, 5]"},
      {arrow::utf8(), R"(["", "a", "aa", "b"])"},
      {arrow::fixed_size_binary(2), R"(["aa", "ab", "ba"])"},
  };
  for (const Case& one : cases) {
    ASSERT_TRUE(HasComparables(*one.type));
    const auto values = Comparables(one.type, one.ascending);
    ASSERT_GT(values.size(), 2U);
    for (size_t i = 1; i < values.size(); ++i) {
      EXPECT_LT(values[i - 1], values[i]) << one.type->ToString() << " " << i;
    }
  }
}

TEST(ComparableValuesTest, TheyAreTheBytesThatStatisticsGive) {
  for (const auto& type :
       {arrow::int32(), arrow::uint8(), arrow::date32(), arrow::date64(),
        arrow::time32(arrow::TimeUnit::MILLI), arrow::timestamp(arrow::TimeUnit::NANO)}) {
    const auto array = arrow::json::ArrayFromJSONString(type, "[5]").ValueOrDie();
    std::string of_scalar;
    ASSERT_TRUE(ToComparable(**array->GetScalar(0), &of_scalar)) << type->ToString();
    EXPECT_EQ(Comparables(type, "[5]")[0], of_scalar) << type->ToString();
  }
}

TEST(ComparableValuesTest, ValuesComeBack) {
  EXPECT_EQ(FromComparable(*arrow::int16(), Comparables(arrow::int16(), "[-3]")[0]),
            FilterValue(int64_t{-3}));
  EXPECT_EQ(FromComparable(*arrow::uint64(),
                           Comparables(arrow::uint64(), "[18446744073709551615]")[0]),
            FilterValue(~uint64_t{0}));
  for (const double value : {-2.5, 0.0, 1e300}) {
    const auto text = "[" + std::to_string(value) + "]";
    EXPECT_EQ(FromComparable(*arrow::float64(), Comparables(arrow::float64(), text)[0]),
              FilterValue(value));
  }
  EXPECT_EQ(FromComparable(*arrow::utf8(), "text"),
            FilterValue(std::string_view("text")));
}

TEST(ComparableValuesTest, NullsAndNaNAreNoted) {
  const auto array =
      arrow::json::ArrayFromJSONString(arrow::float64(), "[null, NaN, -0.0, 0.0]")
          .ValueOrDie();
  ComparableValues found;
  AppendComparables(*array, &found);
  EXPECT_TRUE(found.has_null);
  EXPECT_TRUE(found.has_nan);
  ASSERT_EQ(found.sizes.size(), 2U);
  EXPECT_EQ(found.bytes.substr(0, 8), found.bytes.substr(8));
}

TEST(ComparableValuesTest, TypesWithoutThemAreNotTaken) {
  EXPECT_FALSE(HasComparables(*arrow::decimal128(10, 2)));
  EXPECT_FALSE(HasComparables(*arrow::list(arrow::int32())));
  EXPECT_FALSE(HasComparables(*arrow::boolean()));
}

}  // namespace
}  // namespace planish
