// SPDX-License-Identifier: Apache-2.0
// What a merge does about what cannot be read, if it is to skip it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "arrow/array/array_primitive.h"
#include "support/damage.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

using Rows = std::vector<std::pair<int64_t, int64_t>>;

class MergeSkipTest : public testing::Test {
 protected:
  static std::shared_ptr<arrow::Schema> Schema() {
    return arrow::schema(
        {arrow::field("k", arrow::int64()), arrow::field("v", arrow::int64())});
  }

  /// Row groups of two rows, whose damage is noticed.
  static WriteSpec Checked(bool statistics = true) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    spec.page_checksums = true;
    spec.dictionary = false;
    spec.statistics = statistics;
    return spec;
  }
  arrow::Status Target(const std::string& rows, const std::string& path = "a.parquet",
                       bool statistics = true) {
    return room_.Target(Schema(), rows, path, Checked(statistics));
  }
  arrow::Status Damage(const std::string& path, int row_group, int leaf) {
    return DamageColumnChunk(room_ / path, row_group, leaf);
  }

  MergeOptions Options(MergeStrategy strategy) const {
    MergeOptions options = room_.Options(strategy, {"k"});
    options.on_error = OnError::kSkip;
    options.prune = false;
    return options;
  }

  arrow::Result<Rows> Run(const MergeOptions& options) {
    ARROW_ASSIGN_OR_RAISE(const auto table, room_.Run(options));
    ARROW_ASSIGN_OR_RAISE(const auto batch, table->CombineChunksToBatch());
    const auto& keys =
        static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("k"));
    const auto& values =
        static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("v"));
    Rows rows;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      rows.emplace_back(keys.Value(i), values.Value(i));
    }
    return rows;
  }
  const MergeReport& counts() const { return room_.counts(); }
  /// "file:row group" of everything skipped.
  std::vector<std::string> Skipped() const {
    std::vector<std::string> places;
    for (const SkippedChunk& chunk : room_.report().skipped) {
      places.push_back(std::filesystem::path(chunk.file).filename().string() + ":" +
                       std::to_string(chunk.row_group));
    }
    return places;
  }

  MergeRoom room_;
};

using Places = std::vector<std::string>;

TEST_F(MergeSkipTest, KeysThatMayBeInAnUnreadRowGroupAreWithheld) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0], [20, 0], [30, 0], [40, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1], [15, 1], [25, 1], [40, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 1, 0));
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    MergeOptions options = Options(MergeStrategy::kUpsert);
    options.engine = engine;
    options.output = room_ / (engine == Engine::kAuto ? "auto" : "reference");
    ASSERT_OK_AND_ASSIGN(const Rows rows, Run(options));
    EXPECT_EQ(rows, (Rows{{1, 0}, {2, 1}, {30, 0}, {40, 1}, {25, 1}}));
    EXPECT_EQ(Skipped(), Places{"a.parquet:1"});
    EXPECT_EQ(room_.report().skipped[0].rows, 2);
    EXPECT_EQ(room_.report().skipped[0].column, "k");
    EXPECT_EQ(counts().updated, 2);
    EXPECT_EQ(counts().inserted, 1);
    EXPECT_EQ(counts().withheld, 1);
    EXPECT_EQ(counts().target_rows_before, 6);
    EXPECT_EQ(counts().target_rows_after, 5);
    EXPECT_EQ(room_.report().row_groups.skipped, 1);
  }
}

TEST_F(MergeSkipTest, WithoutStatisticsAnyKeyMayBeThere) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0], [20, 0]]", "a.parquet", false));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1], [15, 1], [25, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 1, 0));
  ASSERT_OK_AND_ASSIGN(const Rows rows, Run(Options(MergeStrategy::kUpsert)));
  EXPECT_EQ(rows, (Rows{{1, 0}, {2, 1}}));
  EXPECT_EQ(counts().withheld, 2);
}

TEST_F(MergeSkipTest, InPlaceAFileThatCannotBeReadStaysAsAWhole) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0], [20, 0]]"));
  ASSERT_OK(Target("[[30, 0], [40, 0]]", "b.parquet"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1], [5, 1], [15, 1], [30, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 1, 0));
  ASSERT_OK_AND_ASSIGN(const std::string before,
                       ReadFileBytes(room_ / "target/a.parquet"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.output.clear();
  options.in_place = true;
  ASSERT_OK(room_.Run(options));
  ASSERT_OK_AND_ASSIGN(const std::string after,
                       ReadFileBytes(room_ / "target/a.parquet"));
  EXPECT_EQ(before, after);
  // 2 and 15 may be in one of its row groups, though one of these could be read.
  EXPECT_EQ(counts().withheld, 2);
  EXPECT_EQ(counts().inserted, 1);
  EXPECT_EQ(counts().updated, 1);
  EXPECT_EQ(counts().target_rows_after, 7);
  EXPECT_EQ(room_.report().files.skipped, 1);
  EXPECT_EQ(room_.report().row_groups.skipped, 2);
}

TEST_F(MergeSkipTest, WhatTurnsOutUnreadableLateIsDecidedAnew) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0], [20, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1], [10, 1], [15, 1], [25, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 1, 1));
  ASSERT_OK_AND_ASSIGN(const Rows rows, Run(Options(MergeStrategy::kUpsert)));
  EXPECT_EQ(rows, (Rows{{1, 0}, {2, 1}, {25, 1}}));
  EXPECT_EQ(counts().withheld, 2) << "10 and 15";
  EXPECT_EQ(counts().updated, 1);
  EXPECT_EQ(Skipped(), Places{"a.parquet:1"});
}

TEST_F(MergeSkipTest, WhatIsNotDecodedIsCopiedAsItIs) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0], [20, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 1, 1));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  EXPECT_TRUE(Skipped().empty());
  EXPECT_EQ(counts().target_rows_after, 4);
}

TEST_F(MergeSkipTest, SyncDropsOnlyRowsThatWereRead) {
  ASSERT_OK(Target("[[1, 0], [2, 0]]"));
  ASSERT_OK(Target("[[10, 0], [20, 0]]", "b.parquet"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 0]]"));
  ASSERT_OK(Damage("target/b.parquet", 0, 0));
  MergeOptions options = Options(MergeStrategy::kSync);
  options.output.clear();
  options.in_place = true;
  ASSERT_OK(room_.Run(options));
  EXPECT_EQ(counts().deleted, 1);
  EXPECT_EQ(counts().target_rows_after, 3);
}

TEST_F(MergeSkipTest, ChangesOfASourceChunkThatCannotBeReadAreNotMade) {
  ASSERT_OK(Target("[[1, 0], [2, 0], [10, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[1, 1], [5, 1]]"));
  ASSERT_OK_AND_ASSIGN(const auto more, TableFromJson(Schema(), "[[2, 1], [7, 1]]"));
  ASSERT_OK(WriteParquet(more, room_ / "source/t.parquet", Checked()));
  for (const int leaf : {0, 1}) {
    ASSERT_OK(Damage("source/t.parquet", 0, leaf));
    MergeOptions options = Options(MergeStrategy::kUpsert);
    options.output = room_ / std::to_string(leaf);
    ASSERT_OK(room_.Run(options));
    EXPECT_EQ(Skipped(), Places{"t.parquet:0"});
    EXPECT_EQ(counts().updated, 1);
    EXPECT_EQ(counts().inserted, 1);
    EXPECT_EQ(counts().withheld, 0);
    ASSERT_OK(Damage("source/t.parquet", 0, leaf));
  }
}

TEST_F(MergeSkipTest, ASyncNeedsAllOfItsSource) {
  ASSERT_OK(Target("[[1, 0], [2, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[1, 1]]"));
  ASSERT_OK_AND_ASSIGN(const auto more, TableFromJson(Schema(), "[[2, 1], [7, 1]]"));
  ASSERT_OK(WriteParquet(more, room_ / "source/t.parquet", Checked()));
  ASSERT_OK(Damage("source/t.parquet", 0, 0));
  EXPECT_ERROR_KIND(room_.Run(Options(MergeStrategy::kSync)), ErrorKind::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(room_.result()));
}

TEST_F(MergeSkipTest, AFileWithoutAFooterMayHaveAnyKeyOfItsPartition) {
  const auto values = arrow::schema({arrow::field("v", arrow::int64())});
  ASSERT_OK(room_.Target(values, "[[0]]", "k=1/a.parquet"));
  ASSERT_OK(room_.Target(values, "[[0]]", "k=2/a.parquet"));
  ASSERT_OK(WriteFileBytes(room_ / "target/k=2/b.parquet", "no Parquet at all"));
  ASSERT_OK(room_.Source(Schema(), "[[1, 1], [2, 1], [5, 1]]"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  ASSERT_OK_AND_ASSIGN(const Rows rows, Run(options));
  EXPECT_EQ(rows, (Rows{{1, 1}, {2, 1}, {5, 1}}));
  EXPECT_EQ(counts().withheld, 0) << "2 was found in a file that can be read";
  std::filesystem::remove(room_ / "target/k=2/a.parquet");
  options.output = room_ / "withheld";
  ASSERT_OK(room_.Run(options));
  EXPECT_EQ(counts().withheld, 1);
  EXPECT_EQ(counts().inserted, 1);
}

TEST_F(MergeSkipTest, NewFilesTakeNoNameOfAFileThatCannotBeRead) {
  const auto schema =
      arrow::schema({arrow::field("k", arrow::int64()), arrow::field("v", arrow::int64()),
                     arrow::field("p", arrow::int64())});
  ASSERT_OK(Target("[[1, 0]]", "p=2/a.parquet"));
  const std::string unread = room_ / "target/p=1/merge-000007-00000.parquet";
  std::filesystem::create_directories(room_ / "target/p=1");
  ASSERT_OK(WriteFileBytes(unread, "no Parquet at all"));
  ASSERT_OK(room_.Source(schema, "[[1, 1, 1], [5, 1, 2]]"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.key = {"k", "p"};
  options.output.clear();
  options.in_place = true;
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(options, MergeRoom::Context()));
  EXPECT_EQ(report.merge->withheld, 1);
  EXPECT_EQ(report.merge->inserted, 1);
  EXPECT_TRUE(std::filesystem::exists(room_ / "target/p=2/merge-000008-00000.parquet"));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(unread));
  EXPECT_EQ(bytes, "no Parquet at all");
}

TEST_F(MergeSkipTest, NothingIsSkippedUnlessAsked) {
  ASSERT_OK(Target("[[1, 0], [2, 0]]"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 1]]"));
  ASSERT_OK(Damage("target/a.parquet", 0, 0));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  EXPECT_ERROR_KIND(room_.Run(options), ErrorKind::kCorrupt) << "all of it";
  options.on_error = OnError::kFail;
  EXPECT_ERROR_KIND(room_.Run(options), ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace planish
