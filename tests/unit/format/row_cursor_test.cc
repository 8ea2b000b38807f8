// SPDX-License-Identifier: Apache-2.0
#include "format/row_cursor.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

/// Kept positions of a batch.
std::vector<int> Positions(const std::vector<KeptRun>& runs) {
  std::vector<int> positions;
  for (const KeptRun& run : runs) {
    EXPECT_GT(run.length, 0);
    for (int i = 0; i < run.length; ++i) positions.push_back(run.begin + i);
  }
  return positions;
}

class RowCursorTest : public testing::Test {
 protected:
  /// Rows 0 to 9 of a slice that begins in the middle of a bitmap.
  RowBitmapSlice Drop(const std::vector<int>& rows) {
    bitmap_ = RowBitmap(100);
    for (const int row : rows) bitmap_.Add(61 + row);
    return {&bitmap_, 61, 10};
  }

  RowBitmap bitmap_;
  std::vector<KeptRun> runs_;
};

TEST_F(RowCursorTest, CountsAPositionARowInFlatColumns) {
  RowCursor cursor(Drop({0, 3, 4, 9}));
  ASSERT_OK(cursor.TakeFlat(4, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{1, 2}));
  ASSERT_OK(cursor.TakeFlat(6, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(cursor.rows_seen(), 10);
  EXPECT_EQ(cursor.rows_kept(), 6);
  EXPECT_OK(cursor.CheckComplete());
}

TEST_F(RowCursorTest, BeginsARowAtEachRepetitionLevelOfZero) {
  RowCursor cursor(Drop({1}));
  const std::vector<int16_t> levels = {0, 1, 1, 0, 2, 0, 0};
  ASSERT_OK(cursor.TakeRepeated(levels.data(), 7, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{0, 1, 2, 5, 6}));
  EXPECT_EQ(cursor.rows_seen(), 4);
}

TEST_F(RowCursorTest, CarriesARowOverFromOneBatchIntoTheNext) {
  RowCursor cursor(Drop({1}));
  const std::vector<int16_t> first = {0, 1, 0}, second = {1, 1, 0, 1}, third = {1};
  ASSERT_OK(cursor.TakeRepeated(first.data(), 3, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{0, 1}));
  ASSERT_OK(cursor.TakeRepeated(second.data(), 4, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{2, 3}));
  ASSERT_OK(cursor.TakeRepeated(third.data(), 1, &runs_));
  EXPECT_EQ(Positions(runs_), (std::vector<int>{0}));
}

TEST_F(RowCursorTest, RefusesMoreRowsThanThereAre) {
  RowCursor flat(Drop({}));
  EXPECT_FALSE(flat.TakeFlat(11, &runs_).ok());
  RowCursor repeated(Drop({}));
  const std::vector<int16_t> levels(11, 0);
  EXPECT_FALSE(repeated.TakeRepeated(levels.data(), 11, &runs_).ok());
}

TEST_F(RowCursorTest, RefusesToEndEarly) {
  RowCursor cursor(Drop({}));
  ASSERT_OK(cursor.TakeFlat(9, &runs_));
  EXPECT_FALSE(cursor.CheckComplete().ok());
}

TEST_F(RowCursorTest, RefusesToBeginInsideARow) {
  RowCursor cursor(Drop({}));
  const std::vector<int16_t> levels = {1};
  EXPECT_FALSE(cursor.TakeRepeated(levels.data(), 1, &runs_).ok());
}

}  // namespace
}  // namespace planish
