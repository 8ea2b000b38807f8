// SPDX-License-Identifier: Apache-2.0
#include "dataset/schema_agreement.h"

#include <gtest/gtest.h>

#include <string>

#include "arrow/extension/json.h"
#include "arrow/extension/uuid.h"
#include "arrow/util/key_value_metadata.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;
using arrow::TimeUnit;

/// Checks both orders.
void ExpectPromotion(const TypePtr& a, const TypePtr& b, const TypePtr& expected) {
  for (const auto& [left, right] : {std::pair(a, b), std::pair(b, a)}) {
    auto promoted = PromoteWithoutLoss(left, right);
    ASSERT_OK(promoted);
    EXPECT_TRUE((*promoted)->Equals(*expected))
        << left->ToString() << " with " << right->ToString() << " gave "
        << (*promoted)->ToString() << ", expected " << expected->ToString();
  }
}

void ExpectNoPromotion(const TypePtr& a, const TypePtr& b) {
  for (const auto& [left, right] : {std::pair(a, b), std::pair(b, a)}) {
    auto promoted = PromoteWithoutLoss(left, right);
    EXPECT_TRUE(promoted.status().IsTypeError())
        << left->ToString() << " with " << right->ToString();
  }
}

TEST(SchemaAgreementTest, EqualTypesStay) {
  for (const TypePtr& type :
       {arrow::int32(), arrow::boolean(), arrow::utf8(), arrow::binary_view(),
        arrow::float16(), arrow::decimal128(5, 2), arrow::list(arrow::utf8()),
        arrow::fixed_size_binary(3), arrow::map(arrow::utf8(), arrow::int8()),
        arrow::month_day_nano_interval(), arrow::list_view(arrow::int8())}) {
    ExpectPromotion(type, type, type);
  }
}

TEST(SchemaAgreementTest, IntegersGetTheSmallestTypeThatHoldsBoth) {
  ExpectPromotion(arrow::int32(), arrow::int64(), arrow::int64());
  ExpectPromotion(arrow::uint8(), arrow::uint32(), arrow::uint32());
  ExpectPromotion(arrow::uint8(), arrow::int8(), arrow::int16());
  ExpectPromotion(arrow::uint8(), arrow::int64(), arrow::int64());
  ExpectPromotion(arrow::uint16(), arrow::int8(), arrow::int32());
  ExpectPromotion(arrow::uint32(), arrow::int64(), arrow::int64());
  ExpectNoPromotion(arrow::uint64(), arrow::int8());
}

TEST(SchemaAgreementTest, FloatsHoldIntegersThatFitTheirSignificand) {
  ExpectPromotion(arrow::float16(), arrow::float32(), arrow::float32());
  ExpectPromotion(arrow::float32(), arrow::float64(), arrow::float64());
  ExpectPromotion(arrow::float16(), arrow::int8(), arrow::float32());
  ExpectPromotion(arrow::float32(), arrow::uint16(), arrow::float32());
  ExpectPromotion(arrow::float32(), arrow::int32(), arrow::float64());
  ExpectPromotion(arrow::float64(), arrow::uint32(), arrow::float64());
  ExpectNoPromotion(arrow::float64(), arrow::int64());
  ExpectNoPromotion(arrow::float64(), arrow::uint64());
}

TEST(SchemaAgreementTest, DecimalsKeepDigitsOnBothSidesOfThePoint) {
  ExpectPromotion(arrow::decimal128(5, 2), arrow::decimal128(7, 0),
                  arrow::decimal128(9, 2));
  ExpectPromotion(arrow::decimal128(38, 0), arrow::decimal128(3, 3),
                  arrow::decimal256(41, 3));
  ExpectPromotion(arrow::decimal128(5, 2), arrow::decimal256(5, 2),
                  arrow::decimal256(5, 2));
  ExpectPromotion(arrow::decimal32(5, 2), arrow::decimal32(9, 0),
                  arrow::decimal64(11, 2));
  ExpectNoPromotion(arrow::decimal256(76, 0), arrow::decimal256(10, 5));
}

TEST(SchemaAgreementTest, DecimalsHoldIntegers) {
  ExpectPromotion(arrow::decimal128(5, 2), arrow::int32(), arrow::decimal128(12, 2));
  ExpectPromotion(arrow::decimal128(38, 0), arrow::int64(), arrow::decimal128(38, 0));
  ExpectPromotion(arrow::decimal128(20, 20), arrow::uint64(), arrow::decimal256(40, 20));
  ExpectNoPromotion(arrow::decimal128(5, 2), arrow::float64());
}

TEST(SchemaAgreementTest, StringsAndBinariesGrowButNeverMeet) {
  ExpectPromotion(arrow::utf8(), arrow::large_utf8(), arrow::large_utf8());
  ExpectPromotion(arrow::utf8(), arrow::utf8_view(), arrow::large_utf8());
  ExpectPromotion(arrow::binary(), arrow::binary_view(), arrow::large_binary());
  ExpectPromotion(arrow::fixed_size_binary(2), arrow::fixed_size_binary(3),
                  arrow::large_binary());
  ExpectPromotion(arrow::fixed_size_binary(2), arrow::binary(), arrow::large_binary());
  ExpectNoPromotion(arrow::utf8(), arrow::binary());
  ExpectNoPromotion(arrow::utf8(), arrow::fixed_size_binary(2));
  ExpectNoPromotion(arrow::utf8(), arrow::int32());
  ExpectNoPromotion(arrow::boolean(), arrow::int8());
}

TEST(SchemaAgreementTest, TimestampsGetTheFinerUnit) {
  ExpectPromotion(arrow::timestamp(TimeUnit::MILLI), arrow::timestamp(TimeUnit::MICRO),
                  arrow::timestamp(TimeUnit::MICRO));
  ExpectPromotion(arrow::timestamp(TimeUnit::NANO, "UTC"),
                  arrow::timestamp(TimeUnit::MILLI, "UTC"),
                  arrow::timestamp(TimeUnit::NANO, "UTC"));
}

TEST(SchemaAgreementTest, InstantsAgreeWhateverTheirZone) {
  ExpectPromotion(arrow::timestamp(TimeUnit::MICRO, "Europe/Paris"),
                  arrow::timestamp(TimeUnit::MICRO, "Asia/Tokyo"),
                  arrow::timestamp(TimeUnit::MICRO, "UTC"));
  ExpectNoPromotion(arrow::timestamp(TimeUnit::MICRO),
                    arrow::timestamp(TimeUnit::MICRO, "UTC"));
}

TEST(SchemaAgreementTest, OtherTimesGetTheFinerUnit) {
  ExpectPromotion(arrow::date32(), arrow::date64(), arrow::date64());
  ExpectPromotion(arrow::time32(TimeUnit::SECOND), arrow::time32(TimeUnit::MILLI),
                  arrow::time32(TimeUnit::MILLI));
  ExpectPromotion(arrow::time32(TimeUnit::MILLI), arrow::time64(TimeUnit::NANO),
                  arrow::time64(TimeUnit::NANO));
  ExpectPromotion(arrow::duration(TimeUnit::SECOND), arrow::duration(TimeUnit::NANO),
                  arrow::duration(TimeUnit::NANO));
  ExpectNoPromotion(arrow::date32(), arrow::timestamp(TimeUnit::SECOND));
  ExpectNoPromotion(arrow::time64(TimeUnit::MICRO), arrow::duration(TimeUnit::MICRO));
  ExpectNoPromotion(arrow::time64(TimeUnit::MICRO), arrow::int64());
}

TEST(SchemaAgreementTest, NullAgreesWithAnything) {
  ExpectPromotion(arrow::null(), arrow::null(), arrow::null());
  ExpectPromotion(arrow::null(), arrow::utf8(), arrow::utf8());
  ExpectPromotion(arrow::list(arrow::null()), arrow::list(arrow::int8()),
                  arrow::list(arrow::int8()));
}

TEST(SchemaAgreementTest, DictionariesStandForTheirValues) {
  const TypePtr dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  ExpectPromotion(dictionary, dictionary, arrow::utf8());
  ExpectPromotion(dictionary, arrow::large_utf8(), arrow::large_utf8());
  ExpectNoPromotion(dictionary, arrow::int8());
}

TEST(SchemaAgreementTest, ListsAgreeByTheirElements) {
  ExpectPromotion(arrow::list(arrow::int8()), arrow::list(arrow::int16()),
                  arrow::list(arrow::int16()));
  ExpectPromotion(arrow::list(arrow::int8()), arrow::large_list(arrow::int8()),
                  arrow::large_list(arrow::int8()));
  ExpectPromotion(arrow::fixed_size_list(arrow::int8(), 2),
                  arrow::fixed_size_list(arrow::int16(), 2),
                  arrow::fixed_size_list(arrow::int16(), 2));
  ExpectPromotion(arrow::fixed_size_list(arrow::int8(), 2),
                  arrow::fixed_size_list(arrow::int8(), 3), arrow::list(arrow::int8()));
  ExpectPromotion(arrow::list_view(arrow::int8()), arrow::list(arrow::int8()),
                  arrow::list(arrow::int8()));
  ExpectNoPromotion(arrow::list(arrow::int8()), arrow::list(arrow::utf8()));
  ExpectNoPromotion(arrow::list(arrow::int8()), arrow::int8());
}

TEST(SchemaAgreementTest, StructsAgreeByTheNamesOfTheirChildren) {
  const auto a = arrow::field("a", arrow::int8());
  const auto b = arrow::field("b", arrow::utf8());
  const auto wide_a = arrow::field("a", arrow::int64(), /*nullable=*/false);
  auto promoted = PromoteWithoutLoss(arrow::struct_({a, b}), arrow::struct_({b, wide_a}));
  ASSERT_OK(promoted);
  EXPECT_TRUE(
      (*promoted)->Equals(arrow::struct_({arrow::field("a", arrow::int64()), b})));
  ExpectNoPromotion(arrow::struct_({a}), arrow::struct_({a, b}));
  ExpectNoPromotion(arrow::struct_({a}), arrow::struct_({b}));
  ExpectNoPromotion(arrow::struct_({a, a}), arrow::struct_({wide_a, a}));
}

TEST(SchemaAgreementTest, MapsAgreeByKeyAndItem) {
  ExpectPromotion(arrow::map(arrow::utf8(), arrow::int8()),
                  arrow::map(arrow::large_utf8(), arrow::int32()),
                  arrow::map(arrow::large_utf8(), arrow::int32()));
  ExpectNoPromotion(arrow::map(arrow::utf8(), arrow::int8()),
                    arrow::map(arrow::int8(), arrow::int8()));
  ExpectNoPromotion(arrow::map(arrow::utf8(), arrow::int8()), arrow::list(arrow::int8()));
}

TEST(SchemaAgreementTest, ExtensionTypesStandForTheirStorage) {
  const TypePtr uuid = arrow::extension::uuid();
  ExpectPromotion(uuid, uuid, uuid);
  ExpectPromotion(uuid, arrow::fixed_size_binary(16), arrow::fixed_size_binary(16));
  const TypePtr json = arrow::extension::json(arrow::utf8());
  ExpectPromotion(json, arrow::extension::json(arrow::large_utf8()), arrow::large_utf8());
  ExpectNoPromotion(uuid, json);
}

TEST(SchemaAgreementTest, Int96AgreesWithTimestampsOnly) {
  const auto mark = arrow::key_value_metadata({kInt96FieldKey}, {"nanoseconds"});
  const auto int96 = arrow::field("t", arrow::decimal128(38, 0), false, mark);
  for (const TypePtr& type :
       {arrow::timestamp(TimeUnit::MICRO), arrow::timestamp(TimeUnit::MILLI, "UTC")}) {
    for (bool first : {true, false}) {
      const auto field = arrow::field("t", type);
      auto promoted = first ? PromoteFields(int96, field) : PromoteFields(field, int96);
      ASSERT_OK(promoted);
      EXPECT_TRUE(IsInt96(**promoted));
      EXPECT_TRUE((*promoted)->nullable());
    }
  }
  ASSERT_OK_AND_ASSIGN(auto same, PromoteFields(int96, int96));
  EXPECT_TRUE(IsInt96(*same));
  EXPECT_FALSE(same->nullable());
  EXPECT_FALSE(PromoteFields(int96, arrow::field("t", arrow::decimal128(38, 0))).ok());
  EXPECT_FALSE(PromoteFields(arrow::field("t", arrow::int64()), int96).ok());
}

}  // namespace
}  // namespace planish
