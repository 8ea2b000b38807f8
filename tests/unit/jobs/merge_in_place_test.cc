// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "io/file_system.h"
#include "unit/jobs/merge_cases.h"

// Merges where the target lies.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Rows() {
  return arrow::schema({field("id", arrow::int64()), field("v", arrow::int64())});
}

class MergeInPlace : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(room_.Target(Rows(), "[[1, 1], [2, 1]]", "a.parquet"));
    ASSERT_OK(room_.Target(Rows(), "[[11, 1], [12, 1]]", "b.parquet"));
    ASSERT_OK(room_.Target(Rows(), "[[21, 1]]", "c.parquet"));
  }

  MergeOptions Options(MergeStrategy strategy) {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.output.clear();
    options.in_place = true;
    return options;
  }

  std::map<std::string, FileIdentity> Files() {
    std::map<std::string, FileIdentity> files;
    for (const auto& entry : std::filesystem::directory_iterator(room_.target())) {
      const std::string name = entry.path().filename().string();
      if (name.front() != '.') {
        files[name] = LocalFileSystem()->Stat(entry.path().string())->identity;
      }
    }
    return files;
  }

  MergeRoom room_;
};

TEST_F(MergeInPlace, TouchesTheFilesOfChangedRowsAlone) {
  ASSERT_OK(room_.Source(Rows(), "[[12, 2], [1, 1], [99, 9]]"));
  const auto before = Files();
  ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(Options(MergeStrategy::kUpsert)));
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(Rows(), "[[1, 1], [2, 1], [11, 1], [12, 2], [21, 1], [99, 9]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
  const auto after = Files();
  EXPECT_EQ(after.size(), 4U);
  EXPECT_EQ(before.at("a.parquet"), after.at("a.parquet"));
  EXPECT_EQ(before.at("c.parquet"), after.at("c.parquet"));
  EXPECT_FALSE(before.at("b.parquet") == after.at("b.parquet"));
  EXPECT_EQ(room_.counts().target_rows_after, 6);
  EXPECT_EQ(room_.report().publish.files_replaced, 1);
  EXPECT_EQ(room_.report().publish.files_added, 1);
  EXPECT_EQ(room_.report().files.untouched, 2);
  EXPECT_EQ(room_.report().files.transcoded, 1);
  EXPECT_EQ(room_.report().files.copied, 0);
  EXPECT_EQ(room_.report().row_groups.untouched, 2);
}

TEST_F(MergeInPlace, RemovesFilesWithoutRows) {
  ASSERT_OK(room_.Source(Rows(), "[[21, 0], [11, 0]]"));
  ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(Options(MergeStrategy::kDelete)));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(Rows(), "[[1, 1], [2, 1], [12, 1]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
  EXPECT_FALSE(Files().contains("c.parquet"));
}

TEST_F(MergeInPlace, NothingToDoTouchesNothing) {
  ASSERT_OK(room_.Source(Rows(), "[[2, 1], [21, 1]]"));
  const auto before = Files();
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  EXPECT_TRUE(before == Files());
  EXPECT_EQ(room_.counts().unchanged, 2);
  EXPECT_EQ(room_.report().files.untouched, 3);
  EXPECT_EQ(room_.report().row_groups.untouched, 3);
  EXPECT_EQ(room_.report().row_groups.copied, 0);
}

TEST_F(MergeInPlace, AnErrorLeavesTheTargetAsItWas) {
  ASSERT_OK(room_.Source(
      arrow::schema({field("id", arrow::int64()), field("v", arrow::float64())}),
      "[[2, 1.5]]"));
  const auto before = Files();
  EXPECT_ERROR_KIND(room_.Run(Options(MergeStrategy::kUpsert)),
                    ErrorKind::kSchemaMismatch);
  EXPECT_TRUE(before == Files());
}

TEST_F(MergeInPlace, EveryMergeHasNamesOfItsOwn) {
  ASSERT_OK(room_.Source(Rows(), "[[31, 1]]"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kInsert)));
  ASSERT_OK(room_.Source(Rows(), "[[32, 1]]"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kInsert)));
  EXPECT_TRUE(Files().contains("merge-000001-00000.parquet"));
  EXPECT_TRUE(Files().contains("merge-000002-00000.parquet"));
}

TEST_F(MergeInPlace, AMissingTargetIsMade) {
  ASSERT_OK(room_.Source(Rows(), "[[1, 1]]"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.target = room_ / "made";
  options.create = true;
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(options.target));
  EXPECT_EQ(result->num_rows(), 1);
}

}  // namespace
}  // namespace planish
