// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "unit/jobs/merge_cases.h"

// Columns that target and source do not share, or do not share the type of.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Wide() {
  return arrow::schema({field("id", arrow::int64()), field("a", arrow::int32()),
                        field("b", arrow::utf8())});
}

class MergeColumns : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(room_.Target(Wide(), R"([[1, 10, "x"], [2, 20, "y"]])"));
  }
  MergeOptions Upsert() { return room_.Options(MergeStrategy::kUpsert, {"id"}); }
  void Expect(const MergeOptions& options, const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(Wide(), rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  MergeRoom room_;
};

TEST_F(MergeColumns, AMissingColumnIsAnErrorUnlessSaidOtherwise) {
  const auto narrow =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int32())});
  ASSERT_OK(room_.Source(narrow, "[[1, 11], [3, 30]]"));
  EXPECT_ERROR_KIND(room_.Run(Upsert()), ErrorKind::kMissingColumn);
  MergeOptions keep = Upsert();
  keep.missing_columns = MissingSourceColumns::kKeep;
  Expect(keep, R"([[1, 11, "x"], [2, 20, "y"], [3, 30, null]])");
  EXPECT_EQ(room_.report().engine.decoded_column_chunks, 1);
  MergeOptions null = Upsert();
  null.missing_columns = MissingSourceColumns::kNull;
  null.output = room_ / "null";
  ASSERT_OK(Merge(null, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(null.output));
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(Wide(), R"([[1, 11, null], [2, 20, "y"], [3, 30, null]])"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

TEST_F(MergeColumns, AnExtraColumnIsAnErrorOrLeftOut) {
  const auto extra =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int32()),
                     field("b", arrow::utf8()), field("c", arrow::int64())});
  ASSERT_OK(room_.Source(extra, R"([[1, 11, "X", 5]])"));
  EXPECT_ERROR_KIND(room_.Run(Upsert()), ErrorKind::kMissingColumn);
  MergeOptions ignore = Upsert();
  ignore.extra_columns = ExtraSourceColumns::kIgnore;
  Expect(ignore, R"([[1, 11, "X"], [2, 20, "y"]])");
}

TEST_F(MergeColumns, WiderValuesComeInWhereTheyFit) {
  const auto wider =
      arrow::schema({field("id", arrow::int32()), field("a", arrow::int64()),
                     field("b", arrow::large_utf8())});
  ASSERT_OK(room_.Source(wider, R"([[1, 2147483647, "X"], [3, -1, "n"]])"));
  Expect(Upsert(), R"([[1, 2147483647, "X"], [2, 20, "y"], [3, -1, "n"]])");
}

TEST_F(MergeColumns, AValueThatDoesNotFitChangesNothing) {
  const auto wider =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int64()),
                     field("b", arrow::utf8())});
  ASSERT_OK(room_.Source(wider, R"([[1, 2147483648, "X"]])"));
  const auto result = room_.Run(Upsert());
  ASSERT_ERROR_KIND(result, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(result.status())->column, "a");
  EXPECT_FALSE(std::filesystem::exists(room_.result()));
}

TEST_F(MergeColumns, ARequiredColumnTakesNoNull) {
  MergeRoom room;
  const auto required =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int32(), false)});
  const auto nullable =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int32())});
  ASSERT_OK(room.Target(required, "[[1, 10]]"));
  ASSERT_OK(room.Source(nullable, "[[1, null]]"));
  EXPECT_ERROR_KIND(room.Run(room.Options(MergeStrategy::kUpsert, {"id"})),
                    ErrorKind::kSchemaMismatch);
  ASSERT_OK(room.Source(nullable, "[[2, null]]"));
  EXPECT_ERROR_KIND(room.Run(room.Options(MergeStrategy::kInsert, {"id"})),
                    ErrorKind::kSchemaMismatch);
}

TEST(MergeNulls, MayBeOfStructsWithRequiredFields) {
  const auto point = arrow::struct_({field("x", arrow::int64(), false)});
  const auto wide = arrow::schema(
      {field("id", arrow::int64()), field("a", arrow::int32()), field("p", point)});
  const auto narrow =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::int32())});
  MergeRoom room;
  ASSERT_OK(room.Target(wide, "[[1, 10, [5]], [2, 20, [6]]]"));
  ASSERT_OK(room.Source(narrow, "[[1, 11], [3, 30]]"));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  options.missing_columns = MissingSourceColumns::kNull;
  ASSERT_OK_AND_ASSIGN(const auto result, room.Run(options));
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(wide, "[[1, 11, null], [2, 20, [6]], [3, 30, null]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

}  // namespace
}  // namespace planish
