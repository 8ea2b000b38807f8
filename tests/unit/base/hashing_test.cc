// SPDX-License-Identifier: Apache-2.0
#include "base/hashing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <unordered_set>

namespace planish {
namespace {

/// Whole hashes, whatever the run asked for; afterwards what it asked for again.
class HashingTest : public testing::Test {
 protected:
  HashingTest() { NarrowHashesForTesting(64); }
  ~HashingTest() override { internal::hash_mask = run_mask_; }

 private:
  const uint64_t run_mask_ = internal::hash_mask;
};

Digest HashText(const std::string& text) {
  return HashBytes(text.data(), text.size());
}

TEST_F(HashingTest, DigestIsXxh3With128Bits) {
  // The published test vector of XXH3_128bits for no input and seed 0.
  EXPECT_EQ(HashBytes(nullptr, 0), (Digest{0x6001C324468D497F, 0x99AA06D3014798D8}));
}

TEST_F(HashingTest, DigestsOfDifferentLengthsDiffer) {
  std::unordered_set<uint64_t> low, high;
  const std::string zeros(600, '\0');
  for (size_t size = 0; size <= zeros.size(); ++size) {
    const Digest digest = HashBytes(zeros.data(), size);
    low.insert(digest.low);
    high.insert(digest.high);
  }
  EXPECT_EQ(low.size(), zeros.size() + 1);
  EXPECT_EQ(high.size(), zeros.size() + 1);
}

TEST_F(HashingTest, WordsDoNotCollideWhereOneOfThemIsEqual) {
  std::unordered_set<uint64_t> first, second;
  for (uint64_t i = 0; i < 100'000; ++i) {
    first.insert(HashWords(i, 0));
    second.insert(HashWords(42, i << 40));
  }
  EXPECT_EQ(first.size(), 100'000U);
  EXPECT_EQ(second.size(), 100'000U);
}

TEST_F(HashingTest, WordsAreNotInterchangeable) {
  EXPECT_NE(HashWords(1, 2), HashWords(2, 1));
}

TEST_F(HashingTest, EveryBitOfAWordFlipsAboutHalfOfTheHash) {
  std::mt19937_64 random(11);
  constexpr int kTrials = 2000;
  for (int bit = 0; bit < 128; ++bit) {
    std::array<int, 64> flips = {};
    for (int i = 0; i < kTrials; ++i) {
      const uint64_t a = random(), b = random();
      const uint64_t flip = uint64_t{1} << (bit % 64);
      const uint64_t other = bit < 64 ? HashWords(a ^ flip, b) : HashWords(a, b ^ flip);
      const uint64_t changed = HashWords(a, b) ^ other;
      for (int k = 0; k < 64; ++k) flips[k] += static_cast<int>(changed >> k & 1);
    }
    const auto [least, most] = std::minmax_element(flips.begin(), flips.end());
    EXPECT_GT(*least, kTrials * 2 / 5) << "bit " << bit;
    EXPECT_LT(*most, kTrials * 3 / 5) << "bit " << bit;
  }
}

TEST_F(HashingTest, SmallKeysSpreadEvenlyOverPartitions) {
  // Both ends of the hash are used to choose partitions and slots.
  std::array<int, 64> by_low = {}, by_high = {};
  for (uint64_t key = 0; key < 64'000; ++key) {
    const uint64_t hash = HashWords(key, 0);
    ++by_low[hash & 63];
    ++by_high[hash >> 58];
  }
  for (int count : by_low) EXPECT_NEAR(count, 1000, 200);
  for (int count : by_high) EXPECT_NEAR(count, 1000, 200);
}

TEST_F(HashingTest, NarrowedHashesKeepOnlyTheirLowestBits) {
  const uint64_t whole = HashWords(123, 456);
  const Digest digest = HashText("planish");
  for (int bits : {1, 4, 63}) {
    NarrowHashesForTesting(bits);
    const uint64_t mask = (uint64_t{1} << bits) - 1;
    EXPECT_EQ(HashWords(123, 456), whole & mask);
    EXPECT_EQ(HashText("planish"), (Digest{digest.low & mask, 0}));
  }
}

TEST_F(HashingTest, NarrowedToNothingEveryHashIsZero) {
  NarrowHashesForTesting(0);
  EXPECT_EQ(HashWords(123, 456), 0U);
  EXPECT_EQ(HashText("planish"), Digest{});
}

TEST_F(HashingTest, NarrowingCanBeUndone) {
  const Digest whole = HashText("planish");
  NarrowHashesForTesting(4);
  NarrowHashesForTesting(64);
  EXPECT_EQ(HashText("planish"), whole);
  EXPECT_NE(whole.high, 0U);
}

}  // namespace
}  // namespace planish
