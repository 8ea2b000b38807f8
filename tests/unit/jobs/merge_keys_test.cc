// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "arrow/builder.h"
#include "unit/jobs/merge_cases.h"

// Which rows of target and source have one key.

namespace planish {
namespace {

using arrow::field;
using arrow::TimeUnit;

std::shared_ptr<arrow::Schema> KeyAndValue(std::shared_ptr<arrow::DataType> key) {
  return arrow::schema({field("k", std::move(key)), field("v", arrow::int64())});
}

/// Upserts the row [key, 2] into a target with [key, 1] and another row.
void ExpectMatch(const std::shared_ptr<arrow::DataType>& target_type,
                 const std::string& target_key, const std::string& other_key,
                 const std::shared_ptr<arrow::DataType>& source_type,
                 const std::string& source_key) {
  MergeRoom room;
  ASSERT_OK(room.Target(KeyAndValue(target_type),
                        "[[" + target_key + ", 1], [" + other_key + ", 7]]"));
  ASSERT_OK(room.Source(KeyAndValue(source_type), "[[" + source_key + ", 2]]"));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       room.Run(room.Options(MergeStrategy::kUpsert, {"k"})));
  EXPECT_EQ(room.counts().updated, 1);
  EXPECT_EQ(room.counts().inserted, 0);
  ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(KeyAndValue(target_type),
                                                          "[[" + target_key + ", 2], [" +
                                                              other_key + ", 7]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

TEST(MergeKeys, IntegersOfDifferentWidthsAreEqualByValue) {
  ExpectMatch(arrow::int32(), "5", "-5", arrow::int64(), "5");
  ExpectMatch(arrow::int64(), "5", "4294967301", arrow::int32(), "5");
  ExpectMatch(arrow::uint32(), "4294967295", "1", arrow::int64(), "4294967295");
}

TEST(MergeKeys, TimestampsOfDifferentUnitsAreEqualByInstant) {
  ExpectMatch(arrow::timestamp(TimeUnit::MILLI), "1500", "1501",
              arrow::timestamp(TimeUnit::MICRO), "1500000");
  ExpectMatch(arrow::timestamp(TimeUnit::NANO), "1500000000", "1500000001",
              arrow::timestamp(TimeUnit::MILLI), "1500");
}

TEST(MergeKeys, NanosecondsCount) {
  ExpectMatch(arrow::timestamp(TimeUnit::NANO), "1700000000000000001",
              "1700000000000000002", arrow::timestamp(TimeUnit::NANO),
              "1700000000000000001");
  ExpectMatch(arrow::time64(TimeUnit::NANO), "86399999999999", "86399999999998",
              arrow::time64(TimeUnit::NANO), "86399999999999");
}

TEST(MergeKeys, NullIsAKeyOfItsOwn) {
  ExpectMatch(arrow::utf8(), "null", "\"\"", arrow::utf8(), "null");
  ExpectMatch(arrow::int64(), "null", "0", arrow::int32(), "null");
}

TEST(MergeKeys, NaNEqualsNaNAndZeroEqualsMinusZero) {
  arrow::DoubleBuilder keys, source_keys;
  ASSERT_OK(keys.AppendValues({std::nan("1"), 0.0, 1.0}));
  ASSERT_OK(source_keys.AppendValues({-std::nan("2"), -0.0}));
  ASSERT_OK_AND_ASSIGN(const auto key, keys.Finish());
  ASSERT_OK_AND_ASSIGN(const auto source_key, source_keys.Finish());
  MergeRoom room;
  const auto schema = arrow::schema({field("k", arrow::float64())});
  ASSERT_OK(WriteParquet(*arrow::Table::Make(schema, {key}), room / "target/a.parquet"));
  ASSERT_OK(
      WriteParquet(*arrow::Table::Make(schema, {source_key}), room / "source/s.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       room.Run(room.Options(MergeStrategy::kDelete, {"k"})));
  EXPECT_EQ(room.counts().deleted, 2);
  EXPECT_EQ(result->num_rows(), 1);
}

TEST(MergeKeys, PartsOfAKeyDoNotRunIntoEachOther) {
  const auto schema = arrow::schema(
      {field("a", arrow::utf8()), field("b", arrow::utf8()), field("v", arrow::int64())});
  MergeRoom room;
  ASSERT_OK(room.Target(schema,
                        R"([["x", "yz", 1], ["xy", "z", 1], ["x\u0000", "y", 1],
                            ["x", "\u0000y", 1], ["", "xyz", 1], ["x|y", "z", 1]])"));
  ASSERT_OK(room.Source(schema, R"([["xy", "z", 2], ["x", "\u0000y", 2],
                                    ["x", "y|z", 2]])"));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       room.Run(room.Options(MergeStrategy::kUpsert, {"a", "b"})));
  EXPECT_EQ(room.counts().updated, 2);
  EXPECT_EQ(room.counts().inserted, 1);
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(schema, R"([["x", "yz", 1], ["xy", "z", 2], ["x\u0000", "y", 1],
                                ["x", "\u0000y", 2], ["", "xyz", 1], ["x|y", "z", 1],
                                ["x", "y|z", 2]])"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

TEST(MergeKeys, TypesThatDoNotAgreeAreAnErrorThatNamesTheColumn) {
  MergeRoom room;
  ASSERT_OK(room.Target(KeyAndValue(arrow::int64()), "[[1, 1]]"));
  ASSERT_OK(room.Source(KeyAndValue(arrow::utf8()), R"([["1", 2]])"));
  const auto result = room.Run(room.Options(MergeStrategy::kUpsert, {"k"}));
  ASSERT_ERROR_KIND(result, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(result.status())->column, "k");
}

TEST(MergeKeys, SeveralTargetRowsWithTheKeyAllChange) {
  MergeRoom room;
  const auto schema = KeyAndValue(arrow::int64());
  ASSERT_OK(room.Target(schema, "[[1, 1], [2, 1], [1, 3]]"));
  ASSERT_OK(room.Source(schema, "[[1, 9]]"));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       room.Run(room.Options(MergeStrategy::kUpdate, {"k"})));
  EXPECT_EQ(room.counts().updated, 2);
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(schema, "[[1, 9], [2, 1], [1, 9]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

}  // namespace
}  // namespace planish
