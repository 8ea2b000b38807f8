// SPDX-License-Identifier: Apache-2.0
#include "base/row_bitmap.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace planish {
namespace {

std::vector<int64_t> RowsOf(const RowBitmap& bitmap) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < bitmap.num_rows(); ++row) {
    if (bitmap.Contains(row)) rows.push_back(row);
  }
  return rows;
}

TEST(RowBitmapTest, StartsEmpty) {
  for (int64_t num_rows : {0, 1, 63, 64, 65, 1000}) {
    RowBitmap bitmap(num_rows);
    EXPECT_EQ(bitmap.num_rows(), num_rows);
    EXPECT_EQ(bitmap.Count(), 0);
    EXPECT_TRUE(RowsOf(bitmap).empty());
  }
  EXPECT_EQ(RowBitmap().Count(), 0);
}

TEST(RowBitmapTest, TakesWholeWords) {
  EXPECT_EQ(RowBitmap::BytesFor(0), 0);
  EXPECT_EQ(RowBitmap::BytesFor(1), 8);
  EXPECT_EQ(RowBitmap::BytesFor(64), 8);
  EXPECT_EQ(RowBitmap::BytesFor(65), 16);
}

TEST(RowBitmapTest, HoldsRowsAtTheEdgesOfWords) {
  const std::vector<int64_t> rows = {0, 1, 62, 63, 64, 65, 127, 128, 129};
  RowBitmap bitmap(130);
  for (int64_t row : rows) bitmap.Add(row);
  bitmap.Add(64);
  EXPECT_EQ(RowsOf(bitmap), rows);
  EXPECT_EQ(bitmap.Count(), static_cast<int64_t>(rows.size()));
}

TEST(RowBitmapTest, CopiesTheWordsOfAnyRange) {
  constexpr int64_t kRows = 300;
  std::mt19937 random(11);
  RowBitmap bitmap(kRows);
  for (int i = 0; i < 150; ++i) bitmap.Add(random() % kRows);
  std::vector<uint64_t> words = {1, 2, 3};
  for (int64_t begin = 0; begin <= kRows; ++begin) {
    for (int64_t end = begin; end <= kRows; ++end) {
      bitmap.CopyWords(begin, end, &words);
      ASSERT_EQ(words.empty(), begin == end);
      for (int64_t row = begin; row < end; ++row) {
        const int64_t bit = begin % 64 + row - begin;
        ASSERT_EQ((words[static_cast<size_t>(bit / 64)] >> (bit % 64)) & 1,
                  bitmap.Contains(row) ? 1U : 0U)
            << row << " of " << begin << " to " << end;
      }
    }
  }
}

// For the thread sanitizer: row groups share words.
TEST(RowBitmapTest, IsReadBesideThreadsThatAddOtherRows) {
  constexpr int64_t kEach = 1000 * 7 + 1;
  constexpr int64_t kThreads = 4;
  RowBitmap bitmap(kEach * kThreads);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&bitmap, t] {
      const int64_t begin = t * kEach, end = begin + kEach;
      std::vector<uint64_t> words;
      for (int64_t row = begin; row < end; ++row) {
        if (row % 64 == 0) {
          ASSERT_EQ(bitmap.Count(begin, end), row - begin);
        }
        ASSERT_FALSE(bitmap.Contains(row));
        bitmap.Add(row);
      }
      bitmap.CopyWords(begin, end, &words);
      ASSERT_TRUE(bitmap.Contains(end - 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bitmap.Count(), kEach * kThreads);
}

TEST(RowBitmapTest, AddsAndCountsEveryRangeRowForRow) {
  // Every pair of ends over three words covers ranges inside, up to and across each
  // boundary.
  constexpr int64_t kRows = 150;
  for (int64_t begin = 0; begin <= kRows; ++begin) {
    for (int64_t end = begin; end <= kRows; ++end) {
      RowBitmap bitmap(kRows);
      bitmap.AddRange(begin, end);
      ASSERT_EQ(bitmap.Count(), end - begin) << begin << " to " << end;
      ASSERT_EQ(bitmap.Count(begin, end), end - begin) << begin << " to " << end;
      ASSERT_EQ(bitmap.Count(0, begin) + bitmap.Count(end, kRows), 0)
          << begin << " to " << end;
    }
  }
}

TEST(RowBitmapTest, CountsLikeALoopOverItsRows) {
  std::mt19937 random(7);
  RowBitmap bitmap(500);
  for (int i = 0; i < 200; ++i) bitmap.Add(random() % 500);
  for (int i = 0; i < 2000; ++i) {
    const int64_t begin = random() % 501;
    const int64_t end = begin + random() % (501 - begin);
    int64_t expected = 0;
    for (int64_t row = begin; row < end; ++row) expected += bitmap.Contains(row) ? 1 : 0;
    ASSERT_EQ(bitmap.Count(begin, end), expected) << begin << " to " << end;
  }
}

TEST(RowBitmapTest, ARangeAddsToWhatWasThere) {
  RowBitmap bitmap(200);
  bitmap.Add(3);
  bitmap.Add(100);
  bitmap.AddRange(60, 70);
  bitmap.AddRange(65, 130);
  EXPECT_EQ(bitmap.Count(), 1 + 70);
  EXPECT_TRUE(bitmap.Contains(3));
  EXPECT_FALSE(bitmap.Contains(59));
  EXPECT_FALSE(bitmap.Contains(130));
}

TEST(RowBitmapTest, LosesNothingWhenThreadsAddToTheSameWords) {
  constexpr int64_t kRows = 64 * 100;
  RowBitmap bitmap(kRows);
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&bitmap, t] {
      for (int64_t row = t; row < kRows; row += 4) bitmap.Add(row);
    });
  }
  threads.emplace_back([&bitmap] { bitmap.AddRange(1000, 3000); });
  for (std::thread& thread : threads) thread.join();
  for (int64_t row = 0; row < kRows; ++row) {
    const bool expected = row % 4 != 3 || (row >= 1000 && row < 3000);
    ASSERT_EQ(bitmap.Contains(row), expected) << row;
  }
}

TEST(RowBitmapSliceTest, SeesItsRowsFromZero) {
  RowBitmap bitmap(200);
  bitmap.Add(59);
  bitmap.Add(60);
  bitmap.Add(127);
  bitmap.Add(128);
  bitmap.Add(160);
  const RowBitmapSlice slice{&bitmap, 60, 100};
  EXPECT_EQ(slice.Count(), 3);
  EXPECT_TRUE(slice.Contains(0));
  EXPECT_TRUE(slice.Contains(67));
  EXPECT_TRUE(slice.Contains(68));
  EXPECT_FALSE(slice.Contains(99));
  const RowBitmapSlice empty{&bitmap, 200, 0};
  EXPECT_EQ(empty.Count(), 0);
}

}  // namespace
}  // namespace planish
