// SPDX-License-Identifier: Apache-2.0
#include "jobs/key_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "arrow/scalar.h"

namespace planish {
namespace {

using Batches = std::vector<std::vector<size_t>>;

KeyRange Range(const std::string& min, const std::string& max,
               bool may_hold_null = false) {
  return {true, may_hold_null, true, min, max};
}

std::vector<RowGroupRef> GroupsOf(size_t count, int64_t rows) {
  std::vector<RowGroupRef> groups(count);
  for (size_t i = 0; i < count; ++i) {
    groups[i] = {0, static_cast<int>(i), static_cast<int64_t>(i) * rows, rows};
  }
  return groups;
}

TEST(SplitByRangeTest, RowGroupsThatShareNothingAreDecidedAlone) {
  const std::vector<KeyRange> ranges = {Range("a", "c"), Range("d", "f"),
                                        Range("g", "g")};
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(3, 10), 10), (Batches{{0}, {1}, {2}}));
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(3, 10), 20), (Batches{{0, 1}, {2}}));
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(3, 10), 100), (Batches{{0, 1, 2}}));
}

TEST(SplitByRangeTest, TouchingRangesBelongTogetherAlsoByWayOfOthers) {
  const std::vector<KeyRange> ranges = {Range("a", "c"), Range("x", "z"), Range("e", "g"),
                                        Range("c", "e")};
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(4, 10), 10), (Batches{{0, 2, 3}, {1}}));
}

TEST(SplitByRangeTest, NullsAreOneValue) {
  std::vector<KeyRange> ranges = {Range("a", "b", true), Range("c", "d"),
                                  Range("e", "f", true),
                                  KeyRange{true, true, false, "", ""}};
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(4, 10), 10), (Batches{{0, 2, 3}, {1}}));
}

TEST(SplitByRangeTest, AnUnknownRangeJoinsAll) {
  const std::vector<KeyRange> ranges = {Range("a", "b"), KeyRange{}, Range("c", "d")};
  EXPECT_EQ(SplitByRange(ranges, GroupsOf(3, 10), 10), (Batches{{0, 1, 2}}));
}

TEST(SplitByRangeTest, NoValueIsInTwoBatches) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<KeyRange> ranges;
    for (size_t i = 0; i < 1 + random() % 12; ++i) {
      const int low = static_cast<int>(random() % 60);
      const int high = low + static_cast<int>(random() % 6);
      ranges.push_back(Range(std::string(1, static_cast<char>('0' + low)),
                             std::string(1, static_cast<char>('0' + high)),
                             random() % 5 == 0));
      if (random() % 9 == 0) ranges.back() = {true, true, false, "", ""};
    }
    const auto batches = SplitByRange(ranges, GroupsOf(ranges.size(), 1), 1);
    std::map<int, size_t> batch_of_value;  // -1: null
    std::set<size_t> seen;
    for (size_t b = 0; b < batches.size(); ++b) {
      for (const size_t i : batches[b]) {
        EXPECT_TRUE(seen.insert(i).second);
        const KeyRange& range = ranges[i];
        if (range.may_hold_null) {
          EXPECT_EQ(batch_of_value.emplace(-1, b).first->second, b);
        }
        if (!range.has_values) continue;
        for (int value = range.min[0]; value <= range.max[0]; ++value) {
          EXPECT_EQ(batch_of_value.emplace(value, b).first->second, b);
        }
      }
    }
    EXPECT_EQ(seen.size(), ranges.size());
  }
}

TEST(ToComparableTest, BytesCompareAsValuesDo) {
  const std::vector<int64_t> values = {
      std::numeric_limits<int64_t>::min(), -256, -1, 0, 1, 255, 256,
      std::numeric_limits<int64_t>::max()};
  std::string last, next;
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(ToComparable(arrow::Int64Scalar(values[i]), &next));
    if (i > 0) {
      EXPECT_LT(last, next);
    }
    last = next;
  }
  ASSERT_TRUE(ToComparable(arrow::UInt64Scalar(1), &last));
  ASSERT_TRUE(ToComparable(arrow::UInt64Scalar(~uint64_t{0}), &next));
  EXPECT_LT(last, next);
  ASSERT_TRUE(ToComparable(arrow::Date32Scalar(-1), &last));
  ASSERT_TRUE(ToComparable(arrow::Date32Scalar(1), &next));
  EXPECT_LT(last, next);
  EXPECT_TRUE(ToComparable(arrow::StringScalar("text"), &next));
  EXPECT_EQ(next, "text");
  EXPECT_FALSE(ToComparable(arrow::DoubleScalar(1), &next));
}

}  // namespace
}  // namespace planish
