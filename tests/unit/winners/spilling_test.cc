// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "io/scratch_directory.h"
#include "support/temp_dir.h"
#include "unit/winners/key_rows.h"

namespace planish {
namespace {

class SpillingTest : public testing::Test {
 protected:
  /// More partitions than one budget can hold blocks of would only slow the tests down.
  Setting SettingOf(KeyForm form, bool has_order, KeepPolicy keep) {
    Setting setting;
    setting.form = form;
    setting.has_order = has_order;
    setting.keep = keep;
    setting.batch_rows = 5000;
    setting.scratch = &scratch_;
    return setting;
  }

  std::vector<std::pair<int64_t, int64_t>> Groups(const std::vector<KeyRow>& rows,
                                                  const Setting& setting) {
    auto groups = FindGroups(rows, setting, budget_.get());
    EXPECT_OK(groups);
    std::vector<std::pair<int64_t, int64_t>> result;
    if (!groups.ok()) return result;
    for (const KeyGroup& group : *groups)
      result.emplace_back(group.first_row, group.rows);
    return result;
  }

  static std::vector<std::pair<int64_t, int64_t>> GroupsPlainly(
      const std::vector<KeyRow>& rows, const Setting& setting) {
    std::vector<std::pair<int64_t, int64_t>> result;
    for (const auto& group : GroupPlainly(rows, setting)) {
      if (group.size() < 2) continue;
      int64_t first = group.front()->ordinal;
      for (const KeyRow* row : group) first = std::min(first, row->ordinal);
      result.emplace_back(first, group.size());
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  TempDir directory_;
  ScratchDirectory scratch_{LocalFileSystem(), directory_.path(), 0};
  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(1 << 20).ValueOrDie();
};

TEST_F(SpillingTest, LosersAreThoseOfThePlainAlgorithm) {
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    for (const bool has_order : {false, true}) {
      const auto rows = RandomRows(100'000, 60'000, has_order, form, 3);
      for (const KeepPolicy keep :
           {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
        for (const int threads : {1, 2}) {
          Setting setting = SettingOf(form, has_order, keep);
          setting.threads = threads;
          setting.partitions = threads == 1 ? 1 : 16;
          const int64_t written = scratch_.written_bytes();
          ASSERT_OK_AND_ASSIGN(const auto losers,
                               FindLosers(rows, setting, budget_.get()));
          EXPECT_EQ(losers, LosersPlainly(rows, setting));
          EXPECT_GT(scratch_.written_bytes(), written);
          EXPECT_EQ(budget_->used(), 0);
          EXPECT_EQ(scratch_.used_bytes(), 0);
        }
      }
    }
  }
}

TEST_F(SpillingTest, GroupsAreThoseOfThePlainAlgorithm) {
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    const auto rows = RandomRows(100'000, 60'000, false, form, 5);
    for (const int partitions : {1, 16}) {
      Setting setting = SettingOf(form, false, KeepPolicy::kFirst);
      setting.partitions = partitions;
      EXPECT_EQ(Groups(rows, setting), GroupsPlainly(rows, setting));
      EXPECT_GT(scratch_.written_bytes(), 0);
    }
  }
}

/// Nine rows of ten have one key.
std::vector<KeyRow> RowsWithAHotKey(int64_t num_rows, KeyForm form) {
  std::vector<KeyRow> rows = RandomRows(num_rows, 5000, true, form, 7);
  for (int64_t i = 0; i < num_rows; ++i) {
    KeyRow& row = rows[static_cast<size_t>(i)];
    if (i % 10 == 3) continue;
    row.key = form == KeyForm::kBytes ? "hot" : "";
    row.words = {77, 78};
  }
  return rows;
}

TEST_F(SpillingTest, AHotKeyOfManyTimesTheBudgetCostsOneRecord) {
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    const auto rows = RowsWithAHotKey(300'000, form);
    for (const KeepPolicy keep :
         {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
      Setting setting = SettingOf(form, true, keep);
      ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
      EXPECT_EQ(losers, LosersPlainly(rows, setting));
    }
    Setting setting = SettingOf(form, true, KeepPolicy::kFirst);
    EXPECT_EQ(Groups(rows, setting), GroupsPlainly(rows, setting));
  }
  // 300,000 records of 32 bytes, at least.
  EXPECT_GT(scratch_.written_bytes(), 9 * budget_->limit());
}

TEST_F(SpillingTest, APartitionWithMoreKeysThanFitIsReadSliceBySlice) {
  const auto rows = RandomRows(200'000, 1'000'000'000, false, KeyForm::kInline, 11);
  Setting setting = SettingOf(KeyForm::kInline, false, KeepPolicy::kFirst);
  setting.partitions = 1;
  auto twice = rows;
  for (const KeyRow& row : rows) {
    twice.push_back(row);
    twice.back().ordinal += 200'000;
  }
  ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(twice, setting, budget_.get()));
  EXPECT_EQ(losers, LosersPlainly(twice, setting));
}

TEST_F(SpillingTest, HashesThatSpreadNothingChangeNoResult) {
  const NarrowHashes narrow(4);
  const auto rows = RandomRows(60'000, 8000, false, KeyForm::kBytes, 13);
  Setting setting = SettingOf(KeyForm::kBytes, false, KeepPolicy::kLast);
  ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
  EXPECT_EQ(losers, LosersPlainly(rows, setting));
  EXPECT_GT(scratch_.written_bytes(), 0);
}

TEST_F(SpillingTest, WhatNearlyFitsIsNearlyAllDecidedInMemory) {
  const auto rows = RandomRows(100'000, 100'000, false, KeyForm::kInline, 17);
  auto budget = MemoryBudget::Make(2'200'000).ValueOrDie();
  Setting setting = SettingOf(KeyForm::kInline, false, KeepPolicy::kFirst);
  setting.partitions = 16;
  ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget.get()));
  EXPECT_EQ(losers, LosersPlainly(rows, setting));
  EXPECT_GT(scratch_.written_bytes(), 0);
  // All of them would be 100,000 records of 20 bytes.
  EXPECT_LT(scratch_.written_bytes(), 1'000'000);
}

TEST_F(SpillingTest, AFullScratchIsAnErrorThatNamesIt) {
  ScratchDirectory small(LocalFileSystem(), directory_.path(), 100'000);
  const auto rows = RandomRows(200'000, 100'000, false, KeyForm::kInline, 19);
  Setting setting = SettingOf(KeyForm::kInline, false, KeepPolicy::kFirst);
  setting.scratch = &small;
  EXPECT_ERROR_KIND(FindLosers(rows, setting, budget_.get()), ErrorKind::kDiskFull);
  EXPECT_EQ(budget_->used(), 0);
}

TEST_F(SpillingTest, ARefusalElsewhereSpillsToo) {
  const auto rows = RandomRows(30'000, 30'000, false, KeyForm::kInline, 23);
  ASSERT_OK_AND_ASSIGN(auto store,
                       RecordStore::Make(4, false, budget_.get(), 0, &scratch_));
  const Setting setting = SettingOf(KeyForm::kInline, false, KeepPolicy::kFirst);
  ASSERT_OK(AppendRows(rows, setting, store.get()));
  ASSERT_EQ(store->spilled_bytes(), 0);
  MemoryReservation others(budget_.get());
  EXPECT_TRUE(others.TryGrow(budget_->available() + 100'000));
  EXPECT_GT(store->spilled_bytes(), 0);
}

}  // namespace
}  // namespace planish
