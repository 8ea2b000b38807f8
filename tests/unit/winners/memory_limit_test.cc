// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "unit/winners/key_rows.h"
#include "winners/block_memory.h"
#include "winners/record_partition.h"

namespace planish {
namespace {

using testing::HasSubstr;

std::unique_ptr<MemoryBudget> Budget(int64_t bytes) {
  return MemoryBudget::Make(bytes).ValueOrDie();
}

Setting LargeBatches(int threads, int partitions) {
  Setting setting;
  setting.batch_rows = 5000;
  setting.threads = threads;
  setting.partitions = partitions;
  return setting;
}

TEST(WinnersMemoryLimitTest, RecordsBeyondTheBudgetAreAnErrorThatLeaksNothing) {
  const auto rows = RandomRows(200'000, 200'000, false, KeyForm::kInline, 41);
  for (const int threads : {1, 2}) {
    for (const int partitions : {1, 16, 64}) {
      auto budget = Budget(1 << 20);
      const auto losers =
          FindLosers(rows, LargeBatches(threads, partitions), budget.get());
      EXPECT_ERROR_KIND(losers, ErrorKind::kMemoryLimit);
      EXPECT_EQ(budget->used(), 0);
      EXPECT_LE(budget->peak(), 1 << 20);
    }
  }
}

TEST(WinnersMemoryLimitTest, TheErrorNamesTheStageAndWhatWouldSuffice) {
  const auto rows = RandomRows(200'000, 200'000, false, KeyForm::kInline, 41);
  auto budget = Budget(1 << 20);
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(4, false, budget.get(), 200'000));
  const arrow::Status status = AppendRows(rows, LargeBatches(1, 4), store.get());
  EXPECT_ERROR_KIND(status, ErrorKind::kMemoryLimit);
  EXPECT_THAT(FormatError(status), HasSubstr("winners"));
  // 200,000 records of 24 bytes, a table, and half-filled blocks.
  EXPECT_THAT(FormatError(status),
              testing::ContainsRegex("memory_limit` to about [67]\\."));
}

TEST(WinnersMemoryLimitTest, WhatTheErrorAsksForSuffices) {
  const auto rows = RandomRows(200'000, 200'000, false, KeyForm::kInline, 41);
  auto budget = Budget(7'000'000);
  ASSERT_OK_AND_ASSIGN(const auto losers,
                       FindLosers(rows, LargeBatches(1, 4), budget.get()));
  EXPECT_EQ(losers, LosersPlainly(rows, LargeBatches(1, 4)));
  EXPECT_EQ(budget->used(), 0);
}

TEST(WinnersMemoryLimitTest, ATinyBudgetHoldsTheRecordsOfSeveralAppenders) {
  const auto rows = RandomRows(8'000, 6'000, true, KeyForm::kInline, 43);
  for (const bool has_order : {false, true}) {
    auto budget = Budget(1 << 20);
    Setting setting = LargeBatches(4, 64);
    setting.has_order = has_order;
    ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget.get()));
    EXPECT_EQ(losers, LosersPlainly(rows, setting));
    EXPECT_EQ(budget->used(), 0);
  }
}

/// Takes all but `left` bytes of a budget.
class Squeeze {
 public:
  Squeeze(MemoryBudget* budget, int64_t left) : reservation_(budget) {
    EXPECT_TRUE(reservation_.TryGrow(budget->available() - left));
  }

 private:
  MemoryReservation reservation_;
};

TEST(WinnersMemoryLimitTest, AResultDoesNotDependOnWhetherTheTableFits) {
  constexpr int64_t kRows = 20'000;
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    const auto rows = RandomRows(kRows, 15'000, true, form, 47);
    Setting setting = LargeBatches(1, 1);
    setting.form = form;
    setting.has_order = true;
    for (const KeepPolicy keep :
         {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
      setting.keep = keep;
      // A table takes 256 KiB and more, sorting 80 kB.
      for (const int64_t left : {81'000, 4'000'000}) {
        auto budget = Budget(8 << 20);
        ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(1, true, budget.get()));
        ASSERT_OK(AppendRows(rows, setting, store.get()));
        Squeeze squeeze(budget.get(), left);
        RowBitmap losers(kRows);
        WinnerFinder finder(store.get(), form, keep, budget.get());
        ASSERT_OK(finder.Decide(0, &losers));
        EXPECT_EQ(RowsOf(losers), LosersPlainly(rows, setting));
      }
    }
  }
}

TEST(WinnersMemoryLimitTest, GroupsDoNotDependOnWhetherTheTableFits) {
  const auto rows = RandomRows(20'000, 15'000, false, KeyForm::kInline, 53);
  std::vector<std::vector<int64_t>> found;
  // Nothing but sorting fits; counting fits but its table does not; everything fits.
  for (const int64_t left : {81'000, 200'000, 4'000'000}) {
    auto budget = Budget(8 << 20);
    ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(1, false, budget.get()));
    ASSERT_OK(AppendRows(rows, LargeBatches(1, 1), store.get()));
    Squeeze squeeze(budget.get(), left);
    WinnerFinder finder(store.get(), KeyForm::kInline, KeepPolicy::kFirst, budget.get());
    std::vector<KeyGroup> groups;
    ASSERT_OK(finder.CollectGroups(0, &groups));
    std::sort(groups.begin(), groups.end(), [](const KeyGroup& a, const KeyGroup& b) {
      return a.first_row < b.first_row;
    });
    found.emplace_back();
    for (const KeyGroup& group : groups) {
      found.back().push_back(group.first_row);
      found.back().push_back(group.rows);
    }
  }
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

TEST(WinnersMemoryLimitTest, APartitionThatCannotEvenBeSortedIsAnErrorAndStays) {
  const auto rows = RandomRows(20'000, 15'000, false, KeyForm::kInline, 59);
  auto budget = Budget(8 << 20);
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(1, false, budget.get()));
  ASSERT_OK(AppendRows(rows, LargeBatches(1, 1), store.get()));
  RowBitmap losers(20'000);
  WinnerFinder finder(store.get(), KeyForm::kInline, KeepPolicy::kFirst, budget.get());
  {
    Squeeze squeeze(budget.get(), 10'000);
    const arrow::Status status = finder.Decide(0, &losers);
    EXPECT_ERROR_KIND(status, ErrorKind::kMemoryLimit);
    EXPECT_THAT(FormatError(status), HasSubstr("winners"));
  }
  ASSERT_OK(finder.Decide(0, &losers));
  EXPECT_EQ(RowsOf(losers), LosersPlainly(rows, LargeBatches(1, 1)));
}

TEST(BlockAllocatorTest, GivesBackADroppedBlocksPagesWhileItsNeighboursLive) {
  auto budget = Budget(64 << 20);
  const size_t slab = BlockAllocator::SlabBytesFor(budget->limit());
  // Pages stay with their slab while less than half of the budget is used.
  MemoryReservation others(budget.get());
  ASSERT_OK(others.Grow(budget->limit() / 2, "others"));
  {
    BlockAllocator allocator(slab, budget.get());
    BlockMemory first = allocator.Allocate(slab / 2);
    BlockMemory second = allocator.Allocate(slab / 2);
    std::fill_n(second.data(), second.bytes(), uint8_t{7});
    EXPECT_EQ(budget->used() - others.bytes(), static_cast<int64_t>(slab));
    { const BlockMemory dropped = std::move(first); }
    EXPECT_EQ(budget->used() - others.bytes(), static_cast<int64_t>(slab / 2));
    EXPECT_EQ(std::count(second.data(), second.data() + second.bytes(), 7),
              static_cast<int64_t>(second.bytes()));
  }
  EXPECT_EQ(budget->used(), others.bytes());
}

TEST(BlockAllocatorTest, TakesSlabsInProportionToTheBudget) {
  EXPECT_EQ(BlockAllocator::SlabBytesFor(1 << 20), size_t{16} << 10);
  EXPECT_EQ(BlockAllocator::SlabBytesFor(64 << 20), size_t{256} << 10);
  EXPECT_EQ(BlockAllocator::SlabBytesFor(int64_t{1} << 40), size_t{2} << 20);
}

TEST(BlockAllocatorTest, ABlockLargerThanASlabGetsItsOwnMemory) {
  auto budget = Budget(64 << 20);
  BlockAllocator allocator(size_t{1} << 16, budget.get());
  BlockMemory small = allocator.Allocate(1024);
  BlockMemory large = allocator.Allocate(1'000'000);
  ASSERT_GE(large.bytes(), 1'000'000u);
  std::fill_n(large.data(), large.bytes(), uint8_t{1});
  EXPECT_EQ(allocator.Allocate(1024).data(), small.data() + 1024);
}

}  // namespace
}  // namespace planish
