// SPDX-License-Identifier: Apache-2.0
#include "scan/column_conversion.h"

#include <gtest/gtest.h>

#include "arrow/json/from_string.h"
#include "arrow/util/key_value_metadata.h"
#include "base/arrow_casts.h"
#include "dataset/schema_agreement.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;
using arrow::TimeUnit;

std::shared_ptr<arrow::Array> ArrayOf(const TypePtr& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

arrow::Result<std::shared_ptr<arrow::Array>> Convert(
    const std::shared_ptr<arrow::Array>& array, const TypePtr& type) {
  ARROW_RETURN_NOT_OK(RegisterCasts());
  ARROW_ASSIGN_OR_RAISE(auto converted, ConvertColumn(array, *arrow::field("x", type),
                                                      arrow::default_memory_pool()));
  ARROW_RETURN_NOT_OK(converted->ValidateFull());
  return converted;
}

/// `json` reads as the same values in both types.
void ExpectSameValues(const TypePtr& from, const TypePtr& to, const std::string& json) {
  ASSERT_OK_AND_ASSIGN(auto converted, Convert(ArrayOf(from, json), to));
  const auto expected = ArrayOf(to, json);
  EXPECT_TRUE(converted->Equals(*expected))
      << from->ToString() << " to " << to->ToString() << " gave "
      << converted->ToString();
}

TEST(ColumnConversionTest, KeepsValuesOfEveryPromotion) {
  ExpectSameValues(arrow::int8(), arrow::int64(), "[1, null, -128]");
  ExpectSameValues(arrow::uint32(), arrow::int64(), "[4294967295, null]");
  ExpectSameValues(arrow::int16(), arrow::float32(), "[-32768, null]");
  ExpectSameValues(arrow::uint32(), arrow::float64(), "[4294967295]");
  ExpectSameValues(arrow::float32(), arrow::float64(), "[0.5, null]");
  ExpectSameValues(arrow::float16(), arrow::float64(), "[0.5, null]");
  ExpectSameValues(arrow::utf8(), arrow::large_utf8(), R"(["a", null, ""])");
  ExpectSameValues(arrow::utf8_view(), arrow::large_utf8(), R"(["a", null, ""])");
  ExpectSameValues(arrow::binary_view(), arrow::large_binary(), R"(["a", null, ""])");
  ExpectSameValues(arrow::fixed_size_binary(2), arrow::large_binary(), R"(["ab", null])");
  ExpectSameValues(arrow::date32(), arrow::date64(), "[null]");
  ExpectSameValues(arrow::null(), arrow::decimal128(5, 2), "[null, null]");
  ExpectSameValues(arrow::null(), arrow::list(arrow::int8()), "[null, null]");
  ExpectSameValues(arrow::dictionary(arrow::int8(), arrow::utf8()), arrow::large_utf8(),
                   R"(["a", null, "a"])");
}

TEST(ColumnConversionTest, ScalesDecimalsAndIntegersThatMeetThem) {
  ExpectSameValues(arrow::decimal128(5, 2), arrow::decimal256(60, 2),
                   R"(["1.25", null])");
  ASSERT_OK_AND_ASSIGN(
      auto scaled,
      Convert(ArrayOf(arrow::decimal128(3, 1), R"(["1.5"])"), arrow::decimal128(6, 3)));
  EXPECT_TRUE(scaled->Equals(ArrayOf(arrow::decimal128(6, 3), R"(["1.500"])")));
  ASSERT_OK_AND_ASSIGN(auto integer,
                       Convert(ArrayOf(arrow::int32(), "[7]"), arrow::decimal128(12, 2)));
  EXPECT_TRUE(integer->Equals(ArrayOf(arrow::decimal128(12, 2), R"(["7.00"])")));
}

TEST(ColumnConversionTest, CountsTimesInFinerUnits) {
  ASSERT_OK_AND_ASSIGN(
      auto times,
      Convert(ArrayOf(arrow::timestamp(TimeUnit::MILLI, "Asia/Tokyo"), "[-5]"),
              arrow::timestamp(TimeUnit::NANO, "UTC")));
  EXPECT_TRUE(
      times->Equals(ArrayOf(arrow::timestamp(TimeUnit::NANO, "UTC"), "[-5000000]")));
  ASSERT_OK_AND_ASSIGN(auto clock,
                       Convert(ArrayOf(arrow::time32(TimeUnit::SECOND), "[5]"),
                               arrow::time64(TimeUnit::MICRO)));
  EXPECT_TRUE(clock->Equals(ArrayOf(arrow::time64(TimeUnit::MICRO), "[5000000]")));
}

TEST(ColumnConversionTest, FailsOnValuesThatDoNotFit) {
  const auto far = ArrayOf(arrow::timestamp(TimeUnit::MILLI), "[9000000000000000]");
  EXPECT_TRUE(Convert(far, arrow::timestamp(TimeUnit::NANO)).status().IsInvalid());
}

TEST(ColumnConversionTest, ConvertsElementsOfListsOfAllKinds) {
  const auto json = "[[1, null], null, [], [3, 4]]";
  const auto wide = arrow::field("element", arrow::int64());
  ExpectSameValues(arrow::list(arrow::int8()), arrow::list(wide), json);
  ExpectSameValues(arrow::list(arrow::int8()), arrow::large_list(wide), json);
  ExpectSameValues(arrow::list_view(arrow::int8()), arrow::list(wide), json);
  ExpectSameValues(arrow::large_list_view(arrow::int8()), arrow::large_list(wide), json);
  ExpectSameValues(arrow::fixed_size_list(arrow::int8(), 2),
                   arrow::fixed_size_list(wide, 2), "[[1, null], null, [3, 4]]");
  ExpectSameValues(arrow::fixed_size_list(arrow::int8(), 2), arrow::list(wide),
                   "[[1, null], null, [3, 4]]");
}

TEST(ColumnConversionTest, ConvertsChildrenOfStructsByName) {
  const auto a = arrow::field("a", arrow::int8());
  const auto b = arrow::field("b", arrow::utf8());
  ExpectSameValues(arrow::struct_({a, b}),
                   arrow::struct_({arrow::field("b", arrow::large_utf8()),
                                   arrow::field("a", arrow::int64())}),
                   R"([{"a": 1, "b": "x"}, null, {"a": null, "b": "y"}])");
}

TEST(ColumnConversionTest, ConvertsKeysAndItemsOfMaps) {
  ExpectSameValues(arrow::map(arrow::utf8(), arrow::int8()),
                   arrow::map(arrow::large_utf8(), arrow::int64()),
                   R"([[["x", 1], ["y", null]], null, []])");
}

TEST(ColumnConversionTest, ConvertsDeepNesting) {
  const auto nest = [](const TypePtr& type) {
    return arrow::list(arrow::struct_({arrow::field("l", arrow::list(type))}));
  };
  ExpectSameValues(nest(arrow::int8()), nest(arrow::int64()),
                   R"([[{"l": [1, 2]}, null], [{"l": null}]])");
}

TEST(ColumnConversionTest, ConvertsWhatASliceShows) {
  const auto list = ArrayOf(arrow::list(arrow::timestamp(TimeUnit::MILLI)),
                            "[[9000000000000000], [1], [2, 3], [9000000000000000]]");
  const auto type = arrow::list(arrow::timestamp(TimeUnit::NANO));
  ASSERT_OK_AND_ASSIGN(auto converted, Convert(list->Slice(1, 2), type));
  EXPECT_TRUE(converted->Equals(ArrayOf(type, "[[1000000], [2000000, 3000000]]")));
  EXPECT_FALSE(Convert(list, type).ok());
}

TEST(ColumnConversionTest, TimestampsBecomeInt96WithoutOverflow) {
  const auto mark = arrow::key_value_metadata({kInt96FieldKey}, {"nanoseconds"});
  const auto int96 = arrow::field("t", arrow::decimal128(38, 0), true, mark);
  const auto far =
      ArrayOf(arrow::timestamp(TimeUnit::SECOND), "[9223372036854775807, null, -1]");
  ASSERT_OK_AND_ASSIGN(auto converted,
                       ConvertColumn(far, *int96, arrow::default_memory_pool()));
  EXPECT_TRUE(converted->Equals(ArrayOf(
      int96->type(), R"(["9223372036854775807000000000", null, "-1000000000"])")));
}

}  // namespace
}  // namespace planish
