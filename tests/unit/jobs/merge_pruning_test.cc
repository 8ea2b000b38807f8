// SPDX-License-Identifier: Apache-2.0
// Which row groups of a target a merge does not look at.
#include <gtest/gtest.h>

#include <string>

#include "planish/merge.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

class MergePruningTest : public testing::Test {
 protected:
  static std::shared_ptr<arrow::Schema> Schema(
      const std::shared_ptr<arrow::DataType>& type = arrow::int64()) {
    return arrow::schema({arrow::field("k", type), arrow::field("v", arrow::int64())});
  }

  /// Row groups of four rows in pages of two.
  static WriteSpec Pages() {
    WriteSpec spec;
    spec.row_group_rows = 4;
    spec.page_index = true;
    spec.dictionary = false;
    spec.data_page_bytes = 1;
    spec.write_batch_rows = 2;
    return spec;
  }

  static WriteSpec Filters() {
    WriteSpec spec;
    spec.row_group_rows = 4;
    spec.bloom_filter_columns = {"k"};
    return spec;
  }

  /// Merges with pruning and without, which must come to the same.
  void Merge(MergeStrategy strategy = MergeStrategy::kUpsert) {
    MergeOptions options = room_.Options(strategy, {"k"});
    options.prune = false;
    options.output = room_ / "unpruned";
    ASSERT_OK_AND_ASSIGN(const Report all, planish::Merge(options, MergeRoom::Context()));
    EXPECT_EQ(all.merge->pruned_row_groups, 0);
    options.prune = true;
    options.output = room_.result();
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, ReadDataset(room_ / "unpruned"));
    const auto nan_equal = arrow::EqualOptions::Defaults().nans_equal(true);
    EXPECT_TRUE(result->Equals(*expected, nan_equal)) << result->ToString();
    EXPECT_EQ(room_.counts().inserted, all.merge->inserted);
    EXPECT_EQ(room_.counts().updated, all.merge->updated);
    const PrunedRowGroups& pruned = room_.counts().pruned;
    EXPECT_EQ(
        room_.counts().pruned_row_groups,
        pruned.partition + pruned.statistics + pruned.page_index + pruned.bloom_filter);
  }
  const PrunedRowGroups& pruned() const { return room_.counts().pruned; }

  MergeRoom room_;
};

TEST_F(MergePruningTest, PartitionsWithoutAKeyAreNotLookedAt) {
  const auto schema = arrow::schema({arrow::field("v", arrow::int64())});
  ASSERT_OK(room_.Target(schema, "[[1]]", "k=1/a.parquet"));
  ASSERT_OK(room_.Target(schema, "[[2]]", "k=2/a.parquet"));
  ASSERT_OK(room_.Target(schema, "[[3]]", "k=__HIVE_DEFAULT_PARTITION__/a.parquet"));
  ASSERT_OK(room_.Source(Schema(), "[[2, 20], [7, 70]]"));
  Merge();
  EXPECT_EQ(pruned().partition, 2);
}

TEST_F(MergePruningTest, StatisticsRuleOutWhatLiesBetweenKeys) {
  WriteSpec spec;
  spec.row_group_rows = 2;
  ASSERT_OK(room_.Target(Schema(), "[[1, 0], [2, 0], [5, 0], [6, 0], [8, 0], [9, 0]]",
                         "a.parquet", spec));
  ASSERT_OK(room_.Source(Schema(arrow::int32()), "[[2, 1], [9, 1]]"));
  Merge();
  EXPECT_EQ(pruned().statistics, 1);
}

TEST_F(MergePruningTest, PageIndexesRuleOutKeysBetweenPages) {
  ASSERT_OK(room_.Target(Schema(), R"([[1, 0], [2, 0], [90, 0], [91, 0],
                                       [1, 0], [50, 0], [51, 0], [99, 0]])",
                         "a.parquet", Pages()));
  ASSERT_OK(room_.Source(Schema(), "[[50, 1], [60, 1]]"));
  Merge();
  EXPECT_EQ(pruned().page_index, 1);
  EXPECT_EQ(pruned().statistics, 0);
  EXPECT_EQ(room_.counts().updated, 1);
}

TEST_F(MergePruningTest, PagesWithNullsAreLookedAtForNullKeys) {
  ASSERT_OK(room_.Target(Schema(), R"([[1, 0], [2, 0], [null, 0], [null, 0],
                                       [1, 0], [2, 0], [90, 0], [91, 0]])",
                         "a.parquet", Pages()));
  ASSERT_OK(room_.Source(Schema(), "[[null, 1], [50, 1]]"));
  Merge();
  EXPECT_EQ(pruned().statistics + pruned().page_index, 1);
  EXPECT_EQ(room_.counts().updated, 2);
}

TEST_F(MergePruningTest, BloomFiltersRuleOutKeysWithinTheRange) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "needs Arrow 25";
  ASSERT_OK(room_.Target(Schema(arrow::int32()),
                         R"([[1, 0], [40, 0], [7, 0], [99, 0],
                             [1, 0], [50, 0], [8, 0], [99, 0]])",
                         "a.parquet", Filters()));
  ASSERT_OK(room_.Source(Schema(), "[[50, 1], [4000000000, 1]]"));
  Merge(MergeStrategy::kUpdate);
  EXPECT_EQ(pruned().bloom_filter, 1);
  EXPECT_EQ(room_.counts().updated, 1);
}

TEST_F(MergePruningTest, ANullKeyIsNoMatterForBloomFilters) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "needs Arrow 25";
  ASSERT_OK(room_.Target(Schema(), "[[1, 0], [null, 0], [7, 0], [99, 0]]", "a.parquet",
                         Filters()));
  ASSERT_OK(room_.Source(Schema(), "[[null, 1]]"));
  Merge(MergeStrategy::kUpdate);
  EXPECT_EQ(pruned().bloom_filter, 0);
  EXPECT_EQ(room_.counts().updated, 1);
}

TEST_F(MergePruningTest, NaNMayBeInAnyFilter) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "needs Arrow 25";
  const auto schema = Schema(arrow::float64());
  ASSERT_OK(
      room_.Target(schema, "[[1.5, 0], [NaN, 0], [-0.0, 0]]", "a.parquet", Filters()));
  ASSERT_OK(room_.Source(schema, "[[NaN, 1]]"));
  Merge(MergeStrategy::kUpdate);
  EXPECT_EQ(room_.counts().updated, 1);
}

TEST_F(MergePruningTest, ReadingKeysCostsMoreThanAskingFilters) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "needs Arrow 25";
  std::string rows;
  for (int64_t i = 0; i < 100'000; ++i) {
    rows += (i == 0 ? "[[" : ", [") + std::to_string(i * 7919 % 1'000'003 * 2) + ", 0]";
  }
  WriteSpec spec = Filters();
  spec.row_group_rows = 25'000;
  spec.dictionary = false;
  ASSERT_OK(room_.Target(Schema(), rows + "]", "a.parquet", spec));
  ASSERT_OK(room_.Source(Schema(), "[[200001, 1]]"));
  MergeOptions options = room_.Options(MergeStrategy::kUpdate, {"k"});
  options.dry_run = true;
  options.output.clear();
  ASSERT_OK_AND_ASSIGN(const Report pruned,
                       planish::Merge(options, MergeRoom::Context()));
  options.prune = false;
  ASSERT_OK_AND_ASSIGN(const Report all, planish::Merge(options, MergeRoom::Context()));
  EXPECT_GE(pruned.merge->pruned.bloom_filter, 3);
  EXPECT_LT(pruned.bytes_read, all.bytes_read / 2);
}

}  // namespace
}  // namespace planish
