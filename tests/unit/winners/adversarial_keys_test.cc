// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "unit/winners/key_rows.h"

namespace planish {
namespace {

constexpr int64_t kManyRows = 100'000;

class AdversarialKeysTest : public testing::Test {
 protected:
  ~AdversarialKeysTest() override { EXPECT_EQ(budget_->used(), 0); }

  void ExpectPlainResult(const std::vector<KeyRow>& rows, Setting setting) {
    setting.batch_rows = 60'000;
    for (const KeepPolicy keep :
         {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
      setting.keep = keep;
      ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
      ASSERT_EQ(losers, LosersPlainly(rows, setting));
    }
    ASSERT_OK_AND_ASSIGN(const auto groups, FindGroups(rows, setting, budget_.get()));
    size_t expected_groups = 0;
    int64_t expected_rows = 0;
    for (const auto& group : GroupPlainly(rows, setting)) {
      if (group.size() < 2) continue;
      ++expected_groups;
      expected_rows += static_cast<int64_t>(group.size());
    }
    EXPECT_EQ(groups.size(), expected_groups);
    EXPECT_EQ(std::accumulate(
                  groups.begin(), groups.end(), int64_t{0},
                  [](int64_t sum, const KeyGroup& group) { return sum + group.rows; }),
              expected_rows);
  }

  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(128 << 20).ValueOrDie();
};

std::vector<KeyRow> RowsWithKeys(int64_t num_rows, uint64_t (*key)(int64_t row)) {
  std::vector<KeyRow> rows(static_cast<size_t>(num_rows));
  for (int64_t i = 0; i < num_rows; ++i) {
    rows[static_cast<size_t>(i)].ordinal = i;
    rows[static_cast<size_t>(i)].words = {key(i), ~key(i)};
  }
  return rows;
}

TEST_F(AdversarialKeysTest, AllRowsMayHaveOneKey) {
  const auto rows = RowsWithKeys(kManyRows, [](int64_t) { return uint64_t{42}; });
  ExpectPlainResult(rows, {});
}

TEST_F(AdversarialKeysTest, AllKeysMayDiffer) {
  const auto rows = RowsWithKeys(kManyRows, [](int64_t i) { return uint64_t(i); });
  ExpectPlainResult(rows, {});
}

TEST_F(AdversarialKeysTest, OneKeyMayHaveMostRows) {
  const auto rows = RowsWithKeys(
      kManyRows, [](int64_t i) { return i % 10 == 0 ? uint64_t(i) / 20 : uint64_t{1}; });
  ExpectPlainResult(rows, {});
}

TEST_F(AdversarialKeysTest, ATableThatOutgrowsItsFirstSizeLosesNoKey) {
  Setting setting;
  setting.partitions = 1;
  const auto rows =
      RowsWithKeys(180'000, [](int64_t i) { return uint64_t(i) * 7919 % 170'003; });
  ExpectPlainResult(rows, setting);
}

class NarrowHashTest : public AdversarialKeysTest,
                       public testing::WithParamInterface<int> {};

TEST_P(NarrowHashTest, InlineKeysAreDecidedByTheirWords) {
  NarrowHashes narrow(GetParam());
  const auto rows =
      RowsWithKeys(kManyRows, [](int64_t i) { return uint64_t(i) * 31 % 90'000; });
  Setting setting;
  setting.partitions = 16;
  ExpectPlainResult(rows, setting);
}

TEST_P(NarrowHashTest, KeysInPayloadsAreDecidedByTheirBytes) {
  NarrowHashes narrow(GetParam());
  Setting setting;
  setting.form = KeyForm::kBytes;
  setting.has_order = true;
  setting.partitions = 16;
  ExpectPlainResult(RandomRows(20'000, 9'000, true, KeyForm::kBytes, 17), setting);
}

TEST_P(NarrowHashTest, SmallPartitionsAreDecidedRightToo) {
  NarrowHashes narrow(GetParam());
  for (const int64_t num_rows : {2, 17, 100, 1000}) {
    for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
      Setting setting;
      setting.form = form;
      setting.has_order = true;
      ExpectPlainResult(RandomRows(num_rows, 50, true, form, 23), setting);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bits, NarrowHashTest, testing::Values(0, 1, 4, 12));

TEST_F(AdversarialKeysTest, EqualDigestsOfDifferentKeysProveNothing) {
  Setting setting;
  setting.form = KeyForm::kBytes;
  // Same length, other bytes; a prefix; the same bytes with the border elsewhere.
  std::vector<KeyRow> rows(6);
  const char* keys[] = {"aa", "ab", "a", "", "aa", "aab"};
  const char* orders[] = {"b", "a", "ab", "aab", "z", ""};
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].words = {1, 2};
    rows[i].key = keys[i];
    rows[i].order = orders[i];
    rows[i].ordinal = static_cast<int64_t>(i);
  }
  for (const bool has_order : {false, true}) {
    setting.has_order = has_order;
    ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
    EXPECT_EQ(losers, std::vector<int64_t>{4});
  }
}

TEST_F(AdversarialKeysTest, ManyDifferentKeysMayShareOneDigest) {
  Setting setting;
  setting.form = KeyForm::kBytes;
  std::vector<KeyRow> rows = RandomRows(20'000, 9'000, false, KeyForm::kBytes, 29);
  for (KeyRow& row : rows) row.words = {3, 4};
  ExpectPlainResult(rows, setting);
}

TEST_F(AdversarialKeysTest, EqualDigestsAreCandidatesWhateverTheKey) {
  Setting setting;
  setting.form = KeyForm::kDigest;
  setting.keep = KeepPolicy::kNone;
  std::vector<KeyRow> rows =
      RowsWithKeys(4, [](int64_t i) { return uint64_t(i) / 2 * 2; });
  rows[3].words = {77, 78};
  ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
  EXPECT_EQ(losers, (std::vector<int64_t>{0, 1}));
}

}  // namespace
}  // namespace planish
