// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "unit/jobs/merge_cases.h"

// What each strategy and option does to rows.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Rows() {
  return arrow::schema({field("id", arrow::int64()), field("name", arrow::utf8()),
                        field("seq", arrow::int64())});
}

class MergeStrategies : public testing::Test {
 protected:
  void SetUp() override {
    WriteSpec spec;
    spec.row_group_rows = 2;
    ASSERT_OK(room_.Target(Rows(),
                           R"([[1, "a", 5], [2, "b", 5], [3, "c", 5], [4, "d", 5]])",
                           "a.parquet", spec));
    ASSERT_OK(room_.Source(Rows(), R"([[2, "B", 6], [9, "n", 1], [3, "c", 5]])"));
  }

  void Expect(const MergeOptions& options, const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(Rows(), rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
    EXPECT_EQ(room_.counts().target_rows_after, expected->num_rows());
  }

  MergeOptions Options(MergeStrategy strategy) { return room_.Options(strategy, {"id"}); }

  MergeRoom room_;
};

TEST_F(MergeStrategies, InsertBringsInNewKeysAndLeavesTheOthers) {
  Expect(Options(MergeStrategy::kInsert),
         R"([[1, "a", 5], [2, "b", 5], [3, "c", 5], [4, "d", 5], [9, "n", 1]])");
  EXPECT_EQ(room_.counts().inserted, 1);
  EXPECT_EQ(room_.counts().ignored, 2);
}

TEST_F(MergeStrategies, UpdateChangesKnownKeysAtTheirPlace) {
  Expect(Options(MergeStrategy::kUpdate),
         R"([[1, "a", 5], [2, "B", 6], [3, "c", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.counts().updated, 1);
  EXPECT_EQ(room_.counts().unchanged, 1);
  EXPECT_EQ(room_.counts().ignored, 1);
}

TEST_F(MergeStrategies, UpsertDoesBoth) {
  Expect(Options(MergeStrategy::kUpsert),
         R"([[1, "a", 5], [2, "B", 6], [3, "c", 5], [4, "d", 5], [9, "n", 1]])");
}

TEST_F(MergeStrategies, DeleteDropsKnownKeys) {
  Expect(Options(MergeStrategy::kDelete), R"([[1, "a", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.counts().deleted, 2);
}

TEST_F(MergeStrategies, SyncLeavesTheKeysOfTheSourceAlone) {
  Expect(Options(MergeStrategy::kSync), R"([[2, "B", 6], [3, "c", 5], [9, "n", 1]])");
  EXPECT_EQ(room_.counts().deleted, 2);
}

TEST_F(MergeStrategies, SyncWithNothingIsRefusedUnlessMeant) {
  ASSERT_OK(room_.Source(Rows(), "[]"));
  MergeOptions options = Options(MergeStrategy::kSync);
  EXPECT_ERROR_KIND(room_.Run(options), ErrorKind::kInvalidOption);
  options.allow_empty_source = true;
  Expect(options, "[]");
}

TEST_F(MergeStrategies, RowsThatDoNotChangeAreNotRewritten) {
  ASSERT_OK(room_.Source(Rows(), R"([[2, "b", 5], [3, "c", 5]])"));
  Expect(Options(MergeStrategy::kUpsert),
         R"([[1, "a", 5], [2, "b", 5], [3, "c", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.counts().unchanged, 2);
  EXPECT_EQ(room_.report().engine.decoded_column_chunks, 0);
  ASSERT_OK_AND_ASSIGN(const std::string before,
                       ReadFileBytes(room_.target() + "/a.parquet"));
  ASSERT_OK_AND_ASSIGN(const std::string after,
                       ReadFileBytes(room_.result() + "/a.parquet"));
  EXPECT_TRUE(before == after);
}

TEST_F(MergeStrategies, OnlyColumnsThatChangeAreTranscoded) {
  ASSERT_OK(room_.Source(Rows(), R"([[2, "new", 5]])"));
  Expect(Options(MergeStrategy::kUpsert),
         R"([[1, "a", 5], [2, "new", 5], [3, "c", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.report().engine.decoded_column_chunks, 1);
  EXPECT_EQ(room_.report().engine.copied_column_chunks, 5);
}

TEST_F(MergeStrategies, OlderRowsAreStale) {
  ASSERT_OK(
      room_.Source(Rows(), R"([[1, "A", 5], [2, "B", 6], [3, "C", 4], [4, "D", null]])"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.newer_by = "seq";
  Expect(options, R"([[1, "a", 5], [2, "B", 6], [3, "c", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.counts().stale, 3);
}

TEST_F(MergeStrategies, ALaterRowOfTheSourceWinsUnlessAskedOtherwise) {
  const std::string rows = R"([[1, "x", 9], [1, "y", 8]])";
  ASSERT_OK(room_.Source(Rows(), rows));
  MergeOptions options = Options(MergeStrategy::kUpdate);
  Expect(options, R"([[1, "y", 8], [2, "b", 5], [3, "c", 5], [4, "d", 5]])");
  EXPECT_EQ(room_.counts().source_duplicates, 1);
  options.output = room_ / "by_seq";
  options.source_order_by = {"seq"};
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto by_seq, ReadDataset(options.output));
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(Rows(), R"([[1, "x", 9], [2, "b", 5], [3, "c", 5], [4, "d", 5]])"));
  EXPECT_TRUE(TablesEqual(*expected, *by_seq));
  options.source_order_by.clear();
  options.output = room_ / "none";
  options.source_duplicates = SourceDuplicates::kError;
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kInvalidOption);
  EXPECT_FALSE(std::filesystem::exists(options.output));
}

TEST_F(MergeStrategies, AChangeStreamDeletesAndInserts) {
  const auto schema =
      arrow::schema({field("id", arrow::int64()), field("name", arrow::utf8()),
                     field("seq", arrow::int64()), field("gone", arrow::boolean())});
  ASSERT_OK(room_.Source(schema, R"([[1, null, 6, true], [2, "B", 6, false],
                                     [7, "g", 1, true], [8, "h", 1, null]])"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.delete_when = "gone";
  Expect(options, R"([[2, "B", 6], [3, "c", 5], [4, "d", 5], [8, "h", 1]])");
  EXPECT_EQ(room_.counts().deleted, 1);
  EXPECT_EQ(room_.counts().ignored, 1);
}

TEST_F(MergeStrategies, AMissingTargetIsCreatedByUpsertIfThatIsAskedFor) {
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.target = room_ / "absent";
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kMissingPath);
  options.create = true;
  Expect(options, R"([[2, "B", 6], [9, "n", 1], [3, "c", 5]])");
  const FateCounts& files = room_.report().files;
  EXPECT_EQ(files.untouched + files.copied + files.transcoded + files.dropped, 0);
  const FateCounts& groups = room_.report().row_groups;
  EXPECT_EQ(groups.untouched + groups.copied + groups.transcoded + groups.dropped, 0);
  options.strategy = MergeStrategy::kUpdate;
  options.output = room_ / "other";
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kInvalidOption);
  options.create = false;
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kMissingPath);
}

TEST_F(MergeStrategies, AMissingTargetIsCreatedOfWhatCanBeRead) {
  std::ofstream(room_ / "source/z.parquet") << "no Parquet";
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.target = room_ / "absent";
  options.create = true;
  options.on_error = OnError::kSkip;
  Expect(options, R"([[2, "B", 6], [9, "n", 1], [3, "c", 5]])");
  EXPECT_EQ(room_.report().files.skipped, 1);
  EXPECT_EQ(room_.report().files.untouched + room_.report().files.copied, 0);
}

}  // namespace
}  // namespace planish
