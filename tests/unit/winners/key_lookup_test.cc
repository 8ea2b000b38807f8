// SPDX-License-Identifier: Apache-2.0
#include "winners/key_lookup.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hashing.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

/// A batch of keys as the encoder makes them: in full, behind their digests.
KeyBatch Batch(const std::vector<std::string>& keys) {
  KeyBatch batch;
  batch.num_rows = static_cast<int64_t>(keys.size());
  batch.has_payload = true;
  batch.payload_offsets.push_back(0);
  for (const std::string& key : keys) {
    const Digest digest = HashBytes(key.data(), key.size());
    batch.words.push_back({digest.low, digest.high});
    batch.payload.insert(batch.payload.end(), key.begin(), key.end());
    batch.payload_offsets.push_back(batch.payload.size());
    batch.key_lengths.push_back(static_cast<uint32_t>(key.size()));
  }
  return batch;
}

std::vector<std::string> Numbers(int begin, int end) {
  std::vector<std::string> keys;
  for (int i = begin; i < end; ++i) keys.push_back("key " + std::to_string(i));
  return keys;
}

std::vector<int64_t> Find(const KeyLookup& lookup, const std::vector<std::string>& keys) {
  std::vector<int64_t> rows(keys.size(), -2);
  lookup.Find(Batch(keys), rows.data());
  return rows;
}

class KeyLookupTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(budget_, MemoryBudget::Make(int64_t{64} << 20));
  }
  void TearDown() override { NarrowHashesForTesting(64); }

  std::unique_ptr<MemoryBudget> budget_;
  const RowBitmap none_{100'000};
};

TEST_F(KeyLookupTest, FindsTheRowsOfKeysAndNoOthers) {
  KeyLookup lookup(KeyForm::kBytes, int64_t{32} << 20, budget_.get());
  ASSERT_TRUE(lookup.Add(Batch(Numbers(0, 10'000)), 500, none_, {}));
  ASSERT_TRUE(lookup.Add(Batch({""}), 20'000, none_, {}));
  EXPECT_EQ(lookup.num_rows(), 10'001);
  EXPECT_EQ(Find(lookup, {"key 7", "key 9999", "key 10000", "", "key"}),
            (std::vector<int64_t>{507, 10'499, -1, 20'000, -1}));
}

TEST_F(KeyLookupTest, FindsNothingInNothing) {
  const KeyLookup lookup(KeyForm::kBytes, int64_t{1} << 20, budget_.get());
  EXPECT_EQ(Find(lookup, {"a", ""}), (std::vector<int64_t>{-1, -1}));
}

TEST_F(KeyLookupTest, KeysDecideWhereHashesAgree) {
  NarrowHashesForTesting(2);
  KeyLookup lookup(KeyForm::kBytes, int64_t{32} << 20, budget_.get());
  ASSERT_TRUE(lookup.Add(Batch(Numbers(0, 500)), 0, none_, {}));
  EXPECT_EQ(lookup.num_rows(), 500);
  EXPECT_EQ(Find(lookup, {"key 499", "key 500", "key 0"}),
            (std::vector<int64_t>{499, -1, 0}));
}

TEST_F(KeyLookupTest, AFilterHidesNoKey) {
  for (const int bits : {64, 3}) {
    NarrowHashesForTesting(bits);
    const int num_keys = bits == 64 ? 20'000 : 200;
    KeyLookup lookup(KeyForm::kBytes, int64_t{32} << 20, budget_.get());
    ASSERT_TRUE(lookup.Add(Batch(Numbers(0, num_keys)), 0, none_, {}));
    lookup.BuildFilter();
    const std::vector<int64_t> found = Find(lookup, Numbers(0, 2 * num_keys));
    for (int i = 0; i < 2 * num_keys; ++i) {
      ASSERT_EQ(found[static_cast<size_t>(i)], i < num_keys ? i : -1) << bits;
    }
  }
  KeyLookup nothing(KeyForm::kBytes, int64_t{1} << 20, budget_.get());
  nothing.BuildFilter();
  EXPECT_EQ(Find(nothing, {"a"}), (std::vector<int64_t>{-1}));
}

TEST_F(KeyLookupTest, LeavesOutRowsAndOtherSlices) {
  RowBitmap except(100);
  except.Add(3);
  size_t found = 0;
  for (uint32_t index = 0; index < 4; ++index) {
    KeyLookup lookup(KeyForm::kBytes, int64_t{1} << 20, budget_.get());
    ASSERT_TRUE(lookup.Add(Batch(Numbers(0, 100)), 0, except, {4, index}));
    EXPECT_LT(lookup.num_rows(), 99);
    for (const int64_t row : Find(lookup, Numbers(0, 100))) {
      EXPECT_NE(row, 3);
      if (row >= 0) ++found;
    }
  }
  EXPECT_EQ(found, 99U);
}

TEST_F(KeyLookupTest, SaysWhenTheKeysDoNotFit) {
  const int64_t before = budget_->used();
  {
    KeyLookup lookup(KeyForm::kBytes, int64_t{1} << 20, budget_.get());
    EXPECT_FALSE(lookup.Add(Batch(Numbers(0, 50'000)), 0, none_, {}));
  }
  EXPECT_EQ(budget_->used(), before);
}

}  // namespace
}  // namespace planish
