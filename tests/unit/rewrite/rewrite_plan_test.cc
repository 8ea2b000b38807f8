// SPDX-License-Identifier: Apache-2.0
#include "rewrite/rewrite_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace planish {
namespace {

/// Files with the given row groups, numbered through.
std::vector<DataFile> Files(const std::vector<std::vector<int64_t>>& row_groups) {
  std::vector<DataFile> files;
  int64_t first_row = 0;
  for (const auto& groups : row_groups) {
    DataFile file;
    file.first_row = first_row;
    file.row_group_rows = groups;
    for (const int64_t rows : groups) {
      file.num_rows += rows;
      file.row_group_bytes.push_back(rows * 10);
    }
    first_row += file.num_rows;
    files.push_back(file);
  }
  return files;
}

RowBitmap Losers(int64_t num_rows, const std::vector<int64_t>& rows) {
  RowBitmap losers(num_rows);
  for (const int64_t row : rows) losers.Add(row);
  return losers;
}

TEST(RewritePlanTest, CopiesFilesWithoutLosersAsFiles) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{3, 3}, {2}}), Losers(8, {7}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[1].fate, Fate::kTranscode);
}

TEST(RewritePlanTest, CopiesDropsAndTranscodesRowGroupsByWhatIsLeftOfThem) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{3, 3, 3}}), Losers(9, {3, 4, 5, 8}), true, true);
  ASSERT_EQ(plan.files[0].row_groups.size(), 3U);
  EXPECT_EQ(plan.files[0].row_groups[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[0].row_groups[1].fate, Fate::kDrop);
  EXPECT_EQ(plan.files[0].row_groups[2].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[2].rows_kept, 2);
  EXPECT_EQ(plan.files[0].rows_kept, 5);
  EXPECT_EQ(plan.rows_dropped, 4);
}

TEST(RewritePlanTest, DropsAFileThatIsLeftWithoutRows) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{2}, {1, 1}}), Losers(4, {2, 3}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[1].fate, Fate::kDrop);
}

TEST(RewritePlanTest, KeepsOneFileWithoutRowsWhereNoRowIsLeftAtAll) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{2}, {1}}), Losers(3, {0, 1, 2}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[0].fate, Fate::kDrop);
  EXPECT_EQ(plan.files[1].fate, Fate::kDrop);
}

TEST(RewritePlanTest, KeepsFilesAndRowGroupsThatHadNoRows) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{}, {0, 2}}), Losers(2, {0}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[1].row_groups[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[1].row_groups[1].fate, Fate::kTranscode);
}

TEST(RewritePlanTest, SplicesFilesWithoutLosersIfFilesAreNotToBeCopied) {
  const RewritePlan plan = MakeRewritePlan(Files({{3}}), Losers(3, {}), false, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[0].fate, Fate::kCopy);
}

TEST(RewritePlanTest, TranscodesEverythingIfRowGroupsAreNotToBeCopied) {
  const RewritePlan plan =
      MakeRewritePlan(Files({{3, 2}}), Losers(5, {3, 4}), true, false);
  EXPECT_EQ(plan.files[0].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[0].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[1].fate, Fate::kDrop);
}

TEST(RewritePlanTest, CountsRowsByGlobalOrdinal) {
  const RewritePlan plan = MakeRewritePlan(Files({{100}, {100, 100}}),
                                           Losers(300, {99, 100, 199, 200}), true, true);
  EXPECT_EQ(plan.files[0].rows_dropped, 1);
  EXPECT_EQ(plan.files[1].row_groups[0].rows_kept, 98);
  EXPECT_EQ(plan.files[1].row_groups[1].rows_kept, 99);
}

TEST(RewritePlanTest, LeavesSkippedRowGroupsOutOfEveryCount) {
  auto files = Files({{3, 3}, {2}});
  files[0].skipped_row_groups = {1};
  const RewritePlan plan = MakeRewritePlan(files, Losers(8, {7}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[0].row_groups[0].fate, Fate::kCopy);
  EXPECT_EQ(plan.files[0].row_groups[1].fate, Fate::kSkip);
  EXPECT_EQ(plan.files[0].rows_kept, 3);
  EXPECT_EQ(plan.files[0].rows_dropped, 0);
  EXPECT_EQ(plan.rows_kept, 4);
  EXPECT_EQ(plan.rows_dropped, 1);
}

TEST(RewritePlanTest, WritesNoFileOfWhichEverythingIsSkipped) {
  auto files = Files({{3, 3}, {2}});
  files[0].skipped_row_groups = {0, 1};
  const RewritePlan plan = MakeRewritePlan(files, Losers(8, {6, 7}), true, true);
  EXPECT_EQ(plan.files[0].fate, Fate::kSkip);
  EXPECT_FALSE(plan.files[0].WritesFile());
  // The one that stays for its schema is the first that can be read.
  EXPECT_EQ(plan.files[1].fate, Fate::kTranscode);
  EXPECT_EQ(plan.files[1].rows_kept, 0);
}

}  // namespace
}  // namespace planish
