// SPDX-License-Identifier: Apache-2.0
#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

constexpr int64_t kLimit = 4'000'000;

class MemoryBudgetTest : public testing::Test {
 protected:
  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(kLimit).ValueOrDie();
  BudgetedPool pool_{budget_.get(), arrow::default_memory_pool()};
};

TEST_F(MemoryBudgetTest, RefusesALimitBelowTheMinimum) {
  EXPECT_ERROR_KIND(MemoryBudget::Make(MemoryBudget::kMinimumLimit - 1),
                    ErrorKind::kInvalidOption);
  EXPECT_OK(MemoryBudget::Make(MemoryBudget::kMinimumLimit));
}

TEST_F(MemoryBudgetTest, GivesUpToTheLimitAndNotAByteMore) {
  EXPECT_TRUE(budget_->TryReserve(kLimit - 1));
  EXPECT_FALSE(budget_->TryReserve(2));
  EXPECT_EQ(budget_->used(), kLimit - 1);
  EXPECT_TRUE(budget_->TryReserve(1));
  EXPECT_TRUE(budget_->TryReserve(0));
  EXPECT_EQ(budget_->available(), 0);
}

TEST_F(MemoryBudgetTest, RefusesWhatWouldOverflow) {
  EXPECT_TRUE(budget_->TryReserve(1));
  EXPECT_FALSE(budget_->TryReserve(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(budget_->used(), 1);
}

TEST_F(MemoryBudgetTest, RemembersThePeakAfterARelease) {
  EXPECT_TRUE(budget_->TryReserve(3000));
  budget_->Release(2000);
  EXPECT_TRUE(budget_->TryReserve(500));
  EXPECT_EQ(budget_->used(), 1500);
  EXPECT_EQ(budget_->peak(), 3000);
}

TEST_F(MemoryBudgetTest, NeverExceedsTheLimitWhenThreadsCompete) {
  std::atomic<int64_t> held{0};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20'000; ++i) {
        const int64_t bytes = kLimit / 3 + t;
        if (!budget_->TryReserve(bytes)) continue;
        if (held.fetch_add(bytes) + bytes > kLimit) exceeded = true;
        held -= bytes;
        budget_->Release(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(budget_->used(), 0);
  EXPECT_GE(budget_->peak(), kLimit / 3);
  EXPECT_LE(budget_->peak(), kLimit);
}

TEST_F(MemoryBudgetTest, ReservationGivesEverythingBackWhenItGoes) {
  {
    MemoryReservation reservation(budget_.get());
    ASSERT_OK(reservation.Grow(100, "key records"));
    ASSERT_OK(reservation.Grow(50, "key records"));
    EXPECT_EQ(reservation.bytes(), 150);
    EXPECT_EQ(budget_->used(), 150);
  }
  EXPECT_EQ(budget_->used(), 0);
}

TEST_F(MemoryBudgetTest, MovedReservationIsGivenBackOnce) {
  MemoryReservation first(budget_.get());
  ASSERT_TRUE(first.TryGrow(100));
  MemoryReservation second(budget_.get());
  ASSERT_TRUE(second.TryGrow(7));
  second = std::move(first);
  EXPECT_EQ(budget_->used(), 100);
  MemoryReservation third(std::move(second));
  EXPECT_EQ(third.bytes(), 100);
  third.Reset();
  EXPECT_EQ(budget_->used(), 0);
}

TEST_F(MemoryBudgetTest, RefusedReservationSaysWhatForAndHowMuch) {
  MemoryReservation reservation(budget_.get());
  ASSERT_TRUE(reservation.TryGrow(3'500'000));
  const arrow::Status status = reservation.Grow(1'000'000, "key records");
  EXPECT_ERROR_KIND(status, ErrorKind::kMemoryLimit);
  EXPECT_TRUE(status.IsOutOfMemory());
  EXPECT_EQ(reservation.bytes(), 3'500'000);
  EXPECT_EQ(FormatError(status),
            "memory limit reached: key records\n"
            "  asked for: 1.00 MB\n"
            "  in use:    3.50 MB\n"
            "  limit:     4.00 MB\n"
            "\n"
            "hint: raise `memory_limit` to 5.00 MB or more, or use fewer threads");
}

TEST_F(MemoryBudgetTest, PoolChargesTheBudget) {
  uint8_t* bytes = nullptr;
  ASSERT_OK(pool_.Allocate(1000, &bytes));
  EXPECT_EQ(budget_->used(), 1000);
  EXPECT_EQ(pool_.bytes_allocated(), 1000);
  ASSERT_OK(pool_.Reallocate(1000, 400, &bytes));
  EXPECT_EQ(budget_->used(), 400);
  pool_.Free(bytes, 400);
  EXPECT_EQ(budget_->used(), 0);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
  EXPECT_EQ(pool_.max_memory(), 1000);
}

TEST_F(MemoryBudgetTest, PoolRefusesWhatTheBudgetHasNot) {
  uint8_t* bytes = nullptr;
  const arrow::Status status = pool_.Allocate(kLimit + 1, &bytes);
  EXPECT_ERROR_KIND(status, ErrorKind::kMemoryLimit);
  EXPECT_TRUE(status.IsOutOfMemory());
  EXPECT_EQ(budget_->used(), 0);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
}

TEST_F(MemoryBudgetTest, GrowingABlockCountsTheOldOneUntilItIsCopied) {
  uint8_t* bytes = nullptr;
  ASSERT_OK(pool_.Allocate(400'000, &bytes));
  ASSERT_OK(pool_.Reallocate(400'000, 900'000, &bytes));
  EXPECT_EQ(budget_->used(), 900'000);
  EXPECT_EQ(budget_->peak(), 1'300'000);
  pool_.Free(bytes, 900'000);
}

TEST_F(MemoryBudgetTest, RefusedGrowthLeavesTheBlockAsItWas) {
  uint8_t* bytes = nullptr;
  ASSERT_OK(pool_.Allocate(600'000, &bytes));
  std::memset(bytes, 42, 600'000);
  MemoryReservation others(budget_.get());
  ASSERT_TRUE(others.TryGrow(budget_->limit() - 1'000'000));
  EXPECT_ERROR_KIND(pool_.Reallocate(600'000, 900'000, &bytes), ErrorKind::kMemoryLimit);
  EXPECT_EQ(bytes[599'999], 42);
  others.Reset();
  EXPECT_EQ(budget_->used(), 600'000);
  pool_.Free(bytes, 600'000);
  EXPECT_EQ(budget_->used(), 0);
}

/// A budget that is large enough for blocks to be kept.
class KeptBlocksTest : public testing::Test {
 protected:
  static constexpr int64_t kSize = LargeBlockPool::kLargeBlock;

  uint8_t* Allocate(int64_t size) {
    uint8_t* block = nullptr;
    EXPECT_OK(pool_.Allocate(size, &block));
    return block;
  }

  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(64 * kSize).ValueOrDie();
  BudgetedPool pool_{budget_.get(), arrow::default_memory_pool()};
};

TEST_F(KeptBlocksTest, ABlockOfTheSizeComesBack) {
  if (LargeBlockPool::Footprint(kSize + 1) == kSize + 1) GTEST_SKIP() << "Linux only";
  uint8_t* const first = Allocate(kSize);
  pool_.Free(first, kSize);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
  EXPECT_EQ(budget_->used(), kSize) << "what is kept is resident, so it is reserved";
  uint8_t* const second = Allocate(kSize);
  EXPECT_EQ(second, first);
  EXPECT_EQ(budget_->used(), kSize);
  pool_.Free(second, kSize);
}

TEST_F(KeptBlocksTest, GrowingTakesOneToo) {
  uint8_t* const large = Allocate(2 * kSize);
  uint8_t* block = Allocate(kSize);
  std::memset(block, 42, kSize);
  pool_.Free(large, 2 * kSize);
  const int64_t used = budget_->used();
  ASSERT_OK(pool_.Reallocate(kSize, 2 * kSize, &block));
  EXPECT_LE(budget_->used(), used);
  EXPECT_EQ(block[kSize - 1], 42);
  EXPECT_EQ(pool_.bytes_allocated(), 2 * kSize);
  pool_.Free(block, 2 * kSize);
}

TEST_F(KeptBlocksTest, NoMoreThanASmallPartOfTheLimitIsKept) {
  std::vector<uint8_t*> blocks;
  for (int i = 0; i < 8; ++i) blocks.push_back(Allocate(kSize));
  for (uint8_t* const block : blocks) pool_.Free(block, kSize);
  EXPECT_LE(budget_->used(), budget_->limit() / 32);
}

TEST_F(KeptBlocksTest, WhoeverNeedsTheBudgetGetsIt) {
  pool_.Free(Allocate(kSize), kSize);
  MemoryReservation all(budget_.get());
  EXPECT_TRUE(all.TryGrow(budget_->limit()));
}

}  // namespace
}  // namespace planish
