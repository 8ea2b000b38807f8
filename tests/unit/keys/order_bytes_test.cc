// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/error.h"
#include "unit/keys/encoded_keys.h"
#include "unit/keys/key_types.h"
#include "unit/keys/random_arrays.h"
#include "unit/keys/value_rules.h"

namespace planish {
namespace {

constexpr int64_t kRows = 60;

std::weak_ordering OrderedRow(const arrow::RecordBatch& batch, int64_t i, int64_t j,
                              const std::vector<OrderColumn>& columns) {
  for (const OrderColumn& column : columns) {
    const arrow::Array& values = *batch.column(column.column);
    // With nulls first it is the other direction backwards.
    const bool backwards = column.nulls_first;
    const std::weak_ordering order =
        Ordered(ValueAt(values, backwards ? j : i), ValueAt(values, backwards ? i : j),
                column.descending != backwards);
    if (order != 0) return order;
  }
  return std::weak_ordering::equivalent;
}

void ExpectBytesAgreeWithValues(const arrow::RecordBatch& batch,
                                const std::vector<OrderColumn>& columns) {
  KeySpec spec;
  spec.order_columns = columns;
  const KeyBatch keys = Encoded(batch, spec, KeyForm::kBytes).ValueOrDie();
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    for (int64_t j = 0; j < batch.num_rows(); ++j) {
      // string_view compares as memcmp does, a prefix first.
      const std::weak_ordering bytes =
          OrderBytesOf(keys, i).compare(OrderBytesOf(keys, j)) <=> 0;
      ASSERT_TRUE(bytes == OrderedRow(batch, i, j, columns)) << i << ", " << j;
    }
  }
}

arrow::DataTypeVector OrderedTypes() {
  arrow::DataTypeVector types;
  for (const arrow::DataTypeVector& all : {FixedWidthTypes(), BinaryTypes()}) {
    for (const auto& type : all) {
      if (type->id() != arrow::Type::INTERVAL_MONTH_DAY_NANO) types.push_back(type);
    }
  }
  return types;
}

TEST(OrderBytesTest, EveryTypeSortsByValueInBothDirections) {
  for (const auto& type : OrderedTypes()) {
    for (uint64_t seed = 0; seed < 3 && !testing::Test::HasFailure(); ++seed) {
      SCOPED_TRACE(type->ToString() + ", seed " + std::to_string(seed));
      RandomArrays arrays(seed);
      const auto batch = BatchOf({arrays.Draw(type, kRows)});
      ExpectBytesAgreeWithValues(*batch, {{0, false}});
      ExpectBytesAgreeWithValues(*batch, {{0, true}});
      ExpectBytesAgreeWithValues(*batch, {{0, false, true}});
      ExpectBytesAgreeWithValues(*batch, {{0, true, true}});
    }
  }
}

TEST(OrderBytesTest, LaterColumnsDecideOnlyTies) {
  const arrow::DataTypeVector types = OrderedTypes();
  for (uint64_t seed = 0; seed < 150 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomArrays arrays(seed);
    arrow::ArrayVector columns;
    std::vector<OrderColumn> order;
    for (int i = 0; i < 3; ++i) {
      const auto& type = types[arrays.Below(static_cast<int64_t>(types.size()))];
      columns.push_back(arrays.Draw(type, kRows, 40));
      order.push_back({i, arrays.Below(2) == 0});
    }
    ExpectBytesAgreeWithValues(*BatchOf(columns), order);
  }
}

TEST(OrderBytesTest, StringsOfSeveralColumnsNeverRunIntoEachOther) {
  for (const bool first_descends : {false, true}) {
    for (const bool second_descends : {false, true}) {
      RandomArrays arrays(11);
      ExpectBytesAgreeWithValues(*BatchOf({arrays.Draw(arrow::binary(), kRows, 10),
                                           arrays.Draw(arrow::binary(), kRows, 10)}),
                                 {{0, first_descends}, {1, second_descends}});
    }
  }
}

TEST(OrderBytesTest, FollowTheKeyBytesOfAPayload) {
  RandomArrays arrays(5);
  const auto batch =
      BatchOf({arrays.Draw(arrow::utf8(), kRows), arrays.Draw(arrow::int32(), kRows)});
  KeySpec key_only, both;
  key_only.key_columns = both.key_columns = {0};
  both.order_columns = {{1, true}};
  KeySpec order_only;
  order_only.order_columns = both.order_columns;
  const KeyBatch keys = Encoded(*batch, key_only, KeyForm::kBytes).ValueOrDie();
  const KeyBatch order = Encoded(*batch, order_only, KeyForm::kBytes).ValueOrDie();
  const KeyBatch payload = Encoded(*batch, both, KeyForm::kBytes).ValueOrDie();
  for (int64_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(KeyBytes(payload, i), Payload(keys, i));
    EXPECT_EQ(OrderBytesOf(payload, i), Payload(order, i));
    EXPECT_TRUE(SameWords(payload, i, keys, i));
  }
}

TEST(OrderBytesTest, AreTheWholePayloadOfInlineKeys) {
  RandomArrays arrays(6);
  const auto batch =
      BatchOf({arrays.Draw(arrow::int64(), kRows), arrays.Draw(arrow::utf8(), kRows)});
  KeySpec spec, order_only;
  spec.key_columns = {0};
  spec.order_columns = order_only.order_columns = {{1, false}};
  const KeyBatch keys = Encoded(*batch, spec, KeyForm::kInline).ValueOrDie();
  const KeyBatch order = Encoded(*batch, order_only, KeyForm::kBytes).ValueOrDie();
  ASSERT_TRUE(keys.has_payload);
  for (int64_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(keys.key_lengths[i], 0u);
    EXPECT_EQ(Payload(keys, i), Payload(order, i));
  }
}

TEST(OrderBytesTest, AreLeftOutOfDigests) {
  RandomArrays arrays(6);
  const auto batch = BatchOf({arrays.Draw(arrow::utf8(), kRows)});
  KeySpec spec = AllColumns(*batch);
  spec.order_columns = {{0, false}};
  const KeyBatch keys = Encoded(*batch, spec, KeyForm::kDigest).ValueOrDie();
  EXPECT_FALSE(keys.has_payload);
  EXPECT_TRUE(keys.payload.empty());
}

TEST(OrderBytesTest, TypesWithoutAnOrderAreNamed) {
  for (const auto& type :
       {arrow::month_day_nano_interval(), arrow::list(arrow::int32()),
        arrow::struct_({arrow::field("x", arrow::int32())}),
        arrow::dictionary(arrow::int8(), arrow::list(arrow::int32()))}) {
    SCOPED_TRACE(type->ToString());
    const auto schema =
        arrow::schema({arrow::field("id", arrow::int64()), arrow::field("when", type)});
    KeySpec spec;
    spec.key_columns = {0};
    spec.order_columns = {{1, false}};
    const arrow::Status status =
        KeyEncoder::Make(schema, spec, KeyForm::kInline, arrow::default_memory_pool())
            .status();
    const ErrorDetail* detail = GetErrorDetail(status);
    ASSERT_NE(detail, nullptr) << status.ToString();
    EXPECT_EQ(detail->kind, ErrorKind::kUnsupported);
    EXPECT_EQ(detail->column, "when");
  }
}

}  // namespace
}  // namespace planish
