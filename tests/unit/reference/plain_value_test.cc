// SPDX-License-Identifier: Apache-2.0
#include "reference/plain_value.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "arrow/array.h"
#include "arrow/json/from_string.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

PlainValue FromScalar(const arrow::Scalar& scalar) {
  auto value = MakePlainValue(scalar);
  EXPECT_OK(value);
  return value.ValueOr(PlainValue{PlainValue::Null{}});
}

PlainValue FromJson(const std::shared_ptr<arrow::DataType>& type,
                    const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, "[" + json + "]");
  EXPECT_OK(array);
  return FromScalar(*array.ValueOrDie()->GetScalar(0).ValueOrDie());
}

const auto kIntegers = arrow::list(arrow::int32());
const auto kPair =
    arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::utf8())});

TEST(PlainValueTest, NullEqualsNullAndNothingElse) {
  EXPECT_EQ(FromJson(arrow::int32(), "null"), FromJson(arrow::int32(), "null"));
  EXPECT_FALSE(FromJson(arrow::int32(), "null") == FromJson(arrow::int32(), "0"));
  EXPECT_FALSE(FromJson(arrow::utf8(), "null") == FromJson(arrow::utf8(), "\"\""));
  EXPECT_FALSE(FromJson(kIntegers, "null") == FromJson(kIntegers, "[]"));
  EXPECT_FALSE(FromJson(kIntegers, "[null]") == FromJson(kIntegers, "[]"));
  EXPECT_FALSE(FromJson(kPair, "null") == FromJson(kPair, R"({"a": null, "b": null})"));
}

TEST(PlainValueTest, NaNsOfAnyPayloadAreEqual) {
  const arrow::DoubleScalar quiet(std::numeric_limits<double>::quiet_NaN());
  const arrow::DoubleScalar other(-std::nan("0x123"));
  EXPECT_EQ(FromScalar(quiet), FromScalar(other));
  const arrow::HalfFloatScalar half(uint16_t{0x7e01}), other_half(uint16_t{0xfe02});
  EXPECT_EQ(FromScalar(half), FromScalar(other_half));
  EXPECT_TRUE(FromScalar(half).IsNaN());
}

TEST(PlainValueTest, FindsNaNInsideNestedValues) {
  const auto type = arrow::list(arrow::struct_(
      {arrow::field("x", arrow::float64()), arrow::field("y", arrow::int8())}));
  EXPECT_TRUE(FromJson(type, "[[1.0, 1], [NaN, 2]]").ContainsNaN());
  EXPECT_FALSE(FromJson(type, "[[1.0, 1], [null, 2]]").ContainsNaN());
}

TEST(PlainValueTest, NegativeZeroEqualsZero) {
  EXPECT_EQ(FromScalar(arrow::DoubleScalar(-0.0)), FromScalar(arrow::DoubleScalar(0.0)));
  EXPECT_EQ(FromScalar(arrow::FloatScalar(-0.0F)), FromScalar(arrow::FloatScalar(0.0F)));
  EXPECT_EQ(FromScalar(arrow::HalfFloatScalar(uint16_t{0x8000})),
            FromScalar(arrow::HalfFloatScalar(uint16_t{0})));
}

TEST(PlainValueTest, ComparesStringsByteForByte) {
  EXPECT_FALSE(FromJson(arrow::utf8(), "\"a\"") == FromJson(arrow::utf8(), "\"A\""));
  EXPECT_FALSE(FromJson(arrow::utf8(), "\"a\"") == FromJson(arrow::utf8(), "\"a \""));
  // One character written in two normal forms.
  EXPECT_FALSE(FromJson(arrow::utf8(), "\"\\u00e9\"") ==
               FromJson(arrow::utf8(), "\"e\\u0301\""));
  // Bytes above 0x7f come after those below.
  EXPECT_LT(FromJson(arrow::utf8(), "\"z\""), FromJson(arrow::utf8(), "\"\\u00e9\""));
}

TEST(PlainValueTest, TakesStringsOfEveryLayoutForTheSame) {
  const auto plain = FromJson(arrow::utf8(), "\"value longer than twelve bytes\"");
  for (const auto& type : {arrow::large_utf8(), arrow::utf8_view(), arrow::binary(),
                           arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_EQ(plain, FromJson(type, "\"value longer than twelve bytes\"")) << *type;
  }
}

TEST(PlainValueTest, KeepsUnsignedNumbersAboveTheSignedRangeApart) {
  const auto large = FromJson(arrow::uint64(), "18446744073709551615");
  const auto small = FromJson(arrow::uint64(), "1");
  EXPECT_FALSE(large == small);
  EXPECT_LT(small, large);
}

TEST(PlainValueTest, OrdersDecimalsByValue) {
  for (const auto& type : {arrow::decimal128(38, 2), arrow::decimal256(76, 2)}) {
    EXPECT_LT(FromJson(type, "\"-2.50\""), FromJson(type, "\"-1.00\"")) << *type;
    EXPECT_LT(FromJson(type, "\"-1.00\""), FromJson(type, "\"10.00\"")) << *type;
    EXPECT_EQ(FromJson(type, "\"10.00\""), FromJson(type, "\"10.00\"")) << *type;
  }
}

TEST(PlainValueTest, DecodesDictionaryValues) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  const auto values =
      arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["b", "a", "b", null])")
          .ValueOrDie();
  const auto codes =
      arrow::json::ArrayFromJSONString(arrow::int8(), "[0, 1, 2, 3, null]").ValueOrDie();
  const arrow::DictionaryArray array(type, codes, values);
  auto at = [&](int64_t row) { return FromScalar(*array.GetScalar(row).ValueOrDie()); };
  EXPECT_EQ(at(0), at(2));
  EXPECT_FALSE(at(0) == at(1));
  EXPECT_TRUE(at(3).IsNull());
  EXPECT_EQ(at(3), at(4));
}

TEST(PlainValueTest, KeepsNestedComponentsApart) {
  EXPECT_FALSE(FromJson(kPair, R"(["ab", "c"])") == FromJson(kPair, R"(["a", "bc"])"));
  EXPECT_FALSE(FromJson(kPair, R"(["a", null])") == FromJson(kPair, R"([null, "a"])"));
  const auto lists = arrow::list(arrow::list(arrow::int8()));
  EXPECT_FALSE(FromJson(lists, "[[1], [2]]") == FromJson(lists, "[[1, 2]]"));
  EXPECT_FALSE(FromJson(lists, "[[1], []]") == FromJson(lists, "[[1]]"));
  EXPECT_EQ(FromJson(lists, "[[1], null]"), FromJson(lists, "[[1], null]"));
}

TEST(PlainValueTest, ComparesMapsEntryByEntryInOrder) {
  const auto type = arrow::map(arrow::utf8(), arrow::int32());
  const auto value = FromJson(type, R"([["a", 1], ["b", 2]])");
  EXPECT_EQ(value, FromJson(type, R"([["a", 1], ["b", 2]])"));
  EXPECT_FALSE(value == FromJson(type, R"([["b", 2], ["a", 1]])"));
  EXPECT_FALSE(value == FromJson(type, R"([["a", 1], ["b", null]])"));
}

TEST(PlainValueTest, PutsNumbersBeforeNaNBeforeNull) {
  const auto infinity =
      FromScalar(arrow::DoubleScalar(std::numeric_limits<double>::infinity()));
  const auto nan =
      FromScalar(arrow::DoubleScalar(std::numeric_limits<double>::quiet_NaN()));
  const auto null = FromJson(arrow::float64(), "null");
  EXPECT_LT(infinity, nan);
  EXPECT_LT(nan, null);
  EXPECT_LT(infinity, null);
}

TEST(PlainValueTest, RefusesUnions) {
  const auto type = arrow::sparse_union({arrow::field("a", arrow::int32())}, {0});
  const auto child = arrow::MakeScalar(int32_t{1});
  const arrow::SparseUnionScalar scalar({child}, 0, type);
  EXPECT_ERROR_KIND(MakePlainValue(scalar), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace planish
