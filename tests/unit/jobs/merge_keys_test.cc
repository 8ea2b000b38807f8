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

/// Pairs whose bytes in a row are always the same: `text`, cut in every place.
arrow::Result<std::shared_ptr<arrow::Table>> EveryCut(const std::string& text,
                                                      int64_t value) {
  arrow::BinaryBuilder heads, tails;
  arrow::Int64Builder values;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ARROW_RETURN_NOT_OK(heads.Append(text.substr(0, cut)));
    ARROW_RETURN_NOT_OK(tails.Append(text.substr(cut)));
    ARROW_RETURN_NOT_OK(values.Append(value));
  }
  ARROW_ASSIGN_OR_RAISE(const auto head, heads.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto tail, tails.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto number, values.Finish());
  const auto schema =
      arrow::schema({field("a", arrow::binary()), field("b", arrow::binary()),
                     field("v", arrow::int64())});
  return arrow::Table::Make(schema, {head, tail, number});
}

TEST(MergeKeys, PartsOfAKeyMayHoldAnyByte) {
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text.append(2, static_cast<char>(byte));
  MergeRoom room;
  ASSERT_OK_AND_ASSIGN(const auto target, EveryCut(text, 1));
  ASSERT_OK(WriteParquet(target, room / "target/a.parquet"));
  // Every other one is in the source.
  ASSERT_OK_AND_ASSIGN(const auto all, EveryCut(text, 2));
  std::vector<std::shared_ptr<arrow::Table>> some;
  for (int64_t row = 0; row < all->num_rows(); row += 2) {
    some.push_back(all->Slice(row, 1));
  }
  ASSERT_OK_AND_ASSIGN(const auto source, arrow::ConcatenateTables(some));
  ASSERT_OK(WriteParquet(source, room / "source/s.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       room.Run(room.Options(MergeStrategy::kUpsert, {"a", "b"})));
  EXPECT_EQ(room.counts().updated, source->num_rows());
  EXPECT_EQ(room.counts().inserted, 0);
  for (int64_t row = 0; row < result->num_rows(); ++row) {
    ASSERT_OK_AND_ASSIGN(const auto value, result->column(2)->GetScalar(row));
    ASSERT_EQ(value->ToString(), row % 2 == 0 ? "2" : "1") << row;
  }
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
