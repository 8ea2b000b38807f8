// SPDX-License-Identifier: Apache-2.0
#include "jobs/seen_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "base/hashing.h"
#include "base/memory_budget.h"
#include "support/arrow_assertions.h"
#include "support/random_source.h"

namespace planish {
namespace {

constexpr int64_t kPlenty = int64_t{64} << 20;

/// Keys by text, of up to 16 bytes for inline ones.
KeyBatch BatchOf(KeyForm form, const std::vector<std::string>& keys) {
  KeyBatch batch;
  batch.num_rows = static_cast<int64_t>(keys.size());
  batch.has_payload = form != KeyForm::kInline;
  batch.payload_offsets.push_back(0);
  for (const std::string& key : keys) {
    KeyBatch::Words words;
    if (form == KeyForm::kInline) {
      std::memcpy(&words, key.data(), key.size());
    } else {
      const Digest digest = HashBytes(key.data(), key.size());
      words = {digest.low, digest.high};
      batch.payload.insert(batch.payload.end(), key.begin(), key.end());
      batch.payload_offsets.push_back(batch.payload.size());
      batch.key_lengths.push_back(static_cast<uint32_t>(key.size()));
    }
    batch.words.push_back(words);
  }
  return batch;
}

std::vector<std::string> KeysOf(KeyForm form, int key_bytes, const KeyBatch& batch) {
  std::vector<std::string> keys;
  for (int64_t row = 0; row < batch.num_rows; ++row) {
    const auto i = static_cast<size_t>(row);
    if (form == KeyForm::kInline) {
      keys.emplace_back(reinterpret_cast<const char*>(&batch.words[i]),
                        static_cast<size_t>(key_bytes));
    } else {
      keys.emplace_back(
          reinterpret_cast<const char*>(batch.payload.data()) + batch.payload_offsets[i],
          batch.key_lengths[i]);
    }
  }
  return keys;
}

struct Layout {
  KeyForm form;
  int key_bytes;
};

class SeenKeysTest : public testing::TestWithParam<Layout> {
 protected:
  /// One of `count` keys.
  std::string Key(int index) const {
    std::string key(static_cast<size_t>(GetParam().key_bytes), '\0');
    std::memcpy(key.data(), &index, std::min(key.size(), sizeof(index)));
    if (key.size() > 8) std::memcpy(key.data() + key.size() - 2, &index, 2);
    if (GetParam().form == KeyForm::kBytes) key.resize(static_cast<size_t>(index % 40));
    if (GetParam().form == KeyForm::kBytes) key += std::to_string(index);
    return key;
  }
  std::set<std::string> Visited(const SeenKeys& seen) const {
    std::set<std::string> keys;
    EXPECT_OK(seen.Visit([&](const KeyBatch& batch) {
      for (std::string& key : KeysOf(GetParam().form, GetParam().key_bytes, batch)) {
        EXPECT_TRUE(keys.insert(std::move(key)).second) << "visited twice";
      }
      return arrow::Status::OK();
    }));
    return keys;
  }
};

TEST_P(SeenKeysTest, KnowsExactlyTheKeysThatItTook) {
  RandomSource random(7);
  SeenKeys seen(GetParam().form, kPlenty, arrow::default_memory_pool());
  std::set<std::string> expected;
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> keys;
    for (int i = 0; i < 500; ++i) keys.push_back(Key(random.Below(12'000)));
    std::vector<uint8_t> fresh(keys.size(), 9);
    ASSERT_EQ(seen.Insert(BatchOf(GetParam().form, keys), fresh.data()), 500);
    for (size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(fresh[i] != 0, expected.insert(keys[i]).second) << "row " << i;
    }
  }
  EXPECT_EQ(seen.num_keys(), static_cast<int64_t>(expected.size()));
  EXPECT_EQ(Visited(seen), expected);
}

TEST_P(SeenKeysTest, TakesNoMoreThanItMayAndIsWholeThen) {
  constexpr int64_t kMost = 32 * 1024;
  constexpr int64_t kPadding = 64;
  SeenKeys seen(GetParam().form, kMost, arrow::default_memory_pool());
  std::set<std::string> expected;
  int next = 0;
  while (true) {
    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(Key(next++));
    std::vector<uint8_t> fresh(keys.size());
    const int64_t taken = seen.Insert(BatchOf(GetParam().form, keys), fresh.data());
    expected.insert(keys.begin(), keys.begin() + taken);
    ASSERT_LE(seen.bytes(), kMost + kPadding);
    if (taken < 100) break;
    ASSERT_LT(next, 100'000);
  }
  EXPECT_GT(expected.size(), 300u);
  EXPECT_EQ(Visited(seen), expected);
  uint8_t fresh = 0;
  EXPECT_EQ(seen.Insert(BatchOf(GetParam().form, {Key(0)}), &fresh), 0);
}

TEST_P(SeenKeysTest, AsksThePoolAndGivesBack) {
  ASSERT_OK_AND_ASSIGN(auto budget, MemoryBudget::Make(MemoryBudget::kMinimumLimit));
  BudgetedPool pool(budget.get(), arrow::default_memory_pool());
  {
    SeenKeys seen(GetParam().form, budget->limit(), &pool);
    int64_t taken = 100;
    for (int next = 0; taken == 100; next += 100) {
      std::vector<std::string> keys;
      for (int i = 0; i < 100; ++i) keys.push_back(Key(next + i));
      std::vector<uint8_t> fresh(keys.size());
      taken = seen.Insert(BatchOf(GetParam().form, keys), fresh.data());
      ASSERT_EQ(pool.bytes_allocated(), seen.bytes());
    }
    EXPECT_GT(seen.bytes(), budget->limit() / 2);
    EXPECT_LE(budget->peak(), budget->limit());
  }
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST_P(SeenKeysTest, TakesNoRowThatMatchesNone) {
  SeenKeys seen(GetParam().form, kPlenty, arrow::default_memory_pool());
  KeyBatch batch = BatchOf(GetParam().form, {Key(1), Key(1), Key(2), Key(2)});
  batch.unmatchable = {1, 1, 0, 0};
  std::vector<uint8_t> fresh(4);
  ASSERT_EQ(seen.Insert(batch, fresh.data()), 4);
  EXPECT_EQ(fresh, (std::vector<uint8_t>{1, 1, 1, 0}));
  EXPECT_EQ(Visited(seen), (std::set<std::string>{Key(2)}));
}

TEST_P(SeenKeysTest, GivesUpOnHashesThatDoNotSpread) {
  NarrowHashesForTesting(0);
  SeenKeys seen(GetParam().form, kPlenty, arrow::default_memory_pool());
  std::set<std::string> expected;
  int64_t taken = 100;
  for (int next = 1; taken == 100; next += 100) {
    ASSERT_LT(next, 100'000);
    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(Key(next + i));
    std::vector<uint8_t> fresh(keys.size());
    taken = seen.Insert(BatchOf(GetParam().form, keys), fresh.data());
    expected.insert(keys.begin(), keys.begin() + taken);
  }
  EXPECT_EQ(Visited(seen), expected);
  NarrowHashesForTesting(64);
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, SeenKeysTest,
    testing::Values(Layout{KeyForm::kInline, 4}, Layout{KeyForm::kInline, 8},
                    Layout{KeyForm::kInline, 9}, Layout{KeyForm::kInline, 16},
                    Layout{KeyForm::kBytes, 0}),
    [](const auto& parameter) {
      return parameter.param.form == KeyForm::kBytes
                 ? std::string("Bytes")
                 : "Inline" + std::to_string(parameter.param.key_bytes);
    });

TEST(SeenKeysBytesTest, TellsApartKeysOfAnyLength) {
  SeenKeys seen(KeyForm::kBytes, kPlenty, arrow::default_memory_pool());
  std::vector<std::string> keys;
  for (const size_t length : {0, 1, 7, 8, 1023, 1 << 20, (1 << 20) + 1, 5 << 20}) {
    keys.emplace_back(length, 'a');
    if (length > 0) keys.push_back(std::string(length - 1, 'a') + "b");
  }
  keys.emplace_back("\0", 1);
  const KeyBatch batch = BatchOf(KeyForm::kBytes, keys);
  std::vector<uint8_t> fresh(keys.size());
  ASSERT_EQ(seen.Insert(batch, fresh.data()), batch.num_rows);
  EXPECT_EQ(fresh, std::vector<uint8_t>(keys.size(), 1));
  ASSERT_EQ(seen.Insert(batch, fresh.data()), batch.num_rows);
  EXPECT_EQ(fresh, std::vector<uint8_t>(keys.size(), 0));
}

TEST(SeenKeysBytesTest, EmptySetVisitsNothing) {
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    const SeenKeys seen(form, kPlenty, arrow::default_memory_pool());
    int visits = 0;
    ASSERT_OK(seen.Visit([&](const KeyBatch&) {
      ++visits;
      return arrow::Status::OK();
    }));
    EXPECT_EQ(visits, 0);
  }
}

}  // namespace
}  // namespace planish
