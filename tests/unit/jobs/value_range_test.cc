// SPDX-License-Identifier: Apache-2.0
#include "jobs/value_range.h"

#include <gtest/gtest.h>

#include "arrow/type.h"
#include "arrow/util/decimal.h"
#include "arrow/util/float16.h"

namespace planish {
namespace {

using arrow::MakeScalar;
using Texts = std::vector<std::optional<std::string>>;

Texts RangeOf(const std::vector<std::shared_ptr<arrow::Scalar>>& values) {
  ValueRange range;
  for (const auto& value : values) range.Add(value, value);
  return {range.min_text(), range.max_text()};
}

TEST(ValueRangeTest, SaysNothingOfNoValues) {
  EXPECT_EQ(RangeOf({}), (Texts{std::nullopt, std::nullopt}));
}

TEST(ValueRangeTest, OrdersNumbersByValue) {
  EXPECT_EQ(
      RangeOf({MakeScalar(int64_t{9}), MakeScalar(int64_t{-10}), MakeScalar(int64_t{3})}),
      (Texts{"-10", "9"}));
  EXPECT_EQ(RangeOf({MakeScalar(uint64_t{1}), MakeScalar(~uint64_t{0})}),
            (Texts{"1", "18446744073709551615"}));
}

TEST(ValueRangeTest, OrdersHalfFloatsByValueAndNotByBits) {
  const auto half = [](float value) {
    return std::make_shared<arrow::HalfFloatScalar>(
        arrow::util::Float16::FromFloat(value).bits());
  };
  EXPECT_EQ(RangeOf({half(1), half(-2), half(0.5)}), (Texts{"-2", "1"}));
}

TEST(ValueRangeTest, OrdersDecimalsByValue) {
  const auto decimal = [](const char* text) {
    return MakeScalar(arrow::decimal128(10, 2), arrow::Decimal128(std::string(text)))
        .ValueOrDie();
  };
  EXPECT_EQ(RangeOf({decimal("900"), decimal("-1000"), decimal("20")}),
            (Texts{"-10.00", "9.00"}));
}

TEST(ValueRangeTest, OrdersTextByItsBytes) {
  EXPECT_EQ(RangeOf({MakeScalar("b"), MakeScalar("ä"), MakeScalar("B"), MakeScalar("")}),
            (Texts{"", "ä"}));
}

TEST(ValueRangeTest, ShowsBinaryValuesInHexadecimal) {
  const auto binary = [](const char* bytes) {
    return std::make_shared<arrow::BinaryScalar>(std::string(bytes));
  };
  EXPECT_EQ(RangeOf({binary("\x80"), binary("\x7f"
                                            "a")}),
            (Texts{"0x7F61", "0x80"}));
}

TEST(ValueRangeTest, ComparesTypesThatPromoteToEachOther) {
  EXPECT_EQ(RangeOf({MakeScalar(int32_t{5}), MakeScalar(int64_t{1} << 40),
                     MakeScalar(int32_t{-5})}),
            (Texts{"-5", "1099511627776"}));
}

TEST(ValueRangeTest, IsUnknownForGoodOnceValuesCannotBeCompared) {
  EXPECT_EQ(RangeOf({MakeScalar(int64_t{5}), MakeScalar("five"), MakeScalar(int64_t{1})}),
            (Texts{std::nullopt, std::nullopt}));
  ValueRange range;
  range.SetUnknown();
  range.Add(MakeScalar(1), MakeScalar(2));
  EXPECT_EQ(range.min_text(), std::nullopt);
}

}  // namespace
}  // namespace planish
