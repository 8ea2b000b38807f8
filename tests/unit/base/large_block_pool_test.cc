// SPDX-License-Identifier: Apache-2.0
#include "base/large_block_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/resident_memory.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

constexpr int64_t kSmall = 1000;
constexpr int64_t kLarge = LargeBlockPool::kLargeBlock;

class LargeBlockPoolTest : public testing::Test {
 protected:
  static void Fill(uint8_t* block, int64_t size) {
    for (int64_t i = 0; i < size; ++i) block[i] = static_cast<uint8_t>(i % 251);
  }
  static bool IsFilled(const uint8_t* block, int64_t size) {
    for (int64_t i = 0; i < size; ++i) {
      if (block[i] != static_cast<uint8_t>(i % 251)) return false;
    }
    return true;
  }

  LargeBlockPool pool_{arrow::default_memory_pool()};
};

TEST_F(LargeBlockPoolTest, BlocksKeepTheirBytesWhenTheyChangeSize) {
  const int64_t sizes[] = {0, 1, kSmall, kLarge - 1, kLarge, kLarge + 1, 3 * kLarge};
  for (const int64_t from : sizes) {
    for (const int64_t to : sizes) {
      SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
      uint8_t* block = nullptr;
      ASSERT_OK(pool_.Allocate(from, &block));
      Fill(block, from);
      ASSERT_OK(pool_.Reallocate(from, to, &block));
      EXPECT_TRUE(IsFilled(block, std::min(from, to)));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % arrow::kDefaultBufferAlignment, 0U);
      Fill(block, to);
      pool_.Free(block, to);
    }
  }
}

TEST_F(LargeBlockPoolTest, CountsBlocksOfBothKinds) {
  const int64_t before = pool_.bytes_allocated();
  uint8_t* small = nullptr;
  uint8_t* large = nullptr;
  ASSERT_OK(pool_.Allocate(kSmall, &small));
  ASSERT_OK(pool_.Allocate(kLarge, &large));
  EXPECT_EQ(pool_.bytes_allocated() - before, kSmall + kLarge);
  ASSERT_OK(pool_.Reallocate(kLarge, 2 * kLarge, &large));
  EXPECT_EQ(pool_.bytes_allocated() - before, kSmall + 2 * kLarge);
  pool_.Free(small, kSmall);
  pool_.Free(large, 2 * kLarge);
  EXPECT_EQ(pool_.bytes_allocated(), before);
}

// Under sanitizers it is not known what is resident.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(LargeBlockPoolTest, WhatIsFreedIsGoneFromTheProcessAtOnce) {
  constexpr int64_t kSize = 100 * kLarge;
  const int64_t before = ResidentBytes();
  ASSERT_GT(before, 0);
  uint8_t* block = nullptr;
  ASSERT_OK(pool_.Allocate(kSize, &block));
  Fill(block, kSize);
  EXPECT_GT(ResidentBytes(), before + kSize / 2);
  pool_.Free(block, kSize);
  EXPECT_LT(ResidentBytes(), before + kSize / 2);
}
#endif

TEST_F(LargeBlockPoolTest, WhatTheSystemRefusesIsAnErrorAndNotLost) {
  uint8_t* block = nullptr;
  EXPECT_TRUE(pool_.Allocate(int64_t{1} << 60, &block).IsOutOfMemory());
  ASSERT_OK(pool_.Allocate(kLarge, &block));
  Fill(block, kLarge);
  EXPECT_TRUE(pool_.Reallocate(kLarge, int64_t{1} << 60, &block).IsOutOfMemory());
  EXPECT_TRUE(IsFilled(block, kLarge));
  pool_.Free(block, kLarge);
}

}  // namespace
}  // namespace planish
