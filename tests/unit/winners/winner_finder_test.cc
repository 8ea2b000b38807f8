// SPDX-License-Identifier: Apache-2.0
#include "winners/winner_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "unit/winners/key_rows.h"
#include "winners/record_partition.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WinnerFinderTest : public testing::Test {
 protected:
  ~WinnerFinderTest() override { EXPECT_EQ(budget_->used(), 0); }

  std::vector<int64_t> Losers(const std::vector<KeyRow>& rows, const Setting& setting) {
    return FindLosers(rows, setting, budget_.get()).ValueOrDie();
  }

  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(64 << 20).ValueOrDie();
};

KeyRow Row(int64_t ordinal, uint64_t key, std::string order = "") {
  KeyRow row;
  row.words = {key, 0};
  row.order = std::move(order);
  row.ordinal = ordinal;
  return row;
}

std::vector<Setting> AllSettings() {
  std::vector<Setting> settings;
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kDigest, KeyForm::kBytes}) {
    for (const bool has_order : {false, true}) {
      for (const KeepPolicy keep :
           {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
        for (const int partitions : {1, 2, 16, 128}) {
          for (const int threads : {1, 3}) {
            Setting setting;
            setting.form = form;
            setting.has_order = has_order;
            setting.keep = keep;
            setting.partitions = partitions;
            setting.threads = threads;
            settings.push_back(setting);
          }
        }
      }
    }
  }
  return settings;
}

TEST_F(WinnerFinderTest, FindsTheLosersThatThePlainDefinitionFinds) {
  uint64_t seed = 1;
  for (const Setting& setting : AllSettings()) {
    for (const int num_keys : {1, 3, 100, 5000}) {
      ++seed;
      SCOPED_TRACE("seed " + std::to_string(seed));
      const auto rows = RandomRows(700, num_keys, setting.has_order, setting.form, seed);
      ASSERT_EQ(Losers(rows, setting), LosersPlainly(rows, setting));
    }
  }
}

TEST_F(WinnerFinderTest, FindsTheGroupsThatThePlainDefinitionFinds) {
  uint64_t seed = 1;
  for (const Setting& setting : AllSettings()) {
    ++seed;
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto rows = RandomRows(700, 100, setting.has_order, setting.form, seed);
    std::vector<std::pair<int64_t, int64_t>> expected;
    for (const auto& group : GroupPlainly(rows, setting)) {
      if (group.size() < 2) continue;
      int64_t first = group[0]->ordinal;
      for (const KeyRow* row : group) first = std::min(first, row->ordinal);
      expected.emplace_back(first, group.size());
    }
    std::sort(expected.begin(), expected.end());
    ASSERT_OK_AND_ASSIGN(const auto groups, FindGroups(rows, setting, budget_.get()));
    std::vector<std::pair<int64_t, int64_t>> found;
    for (const KeyGroup& group : groups) found.emplace_back(group.first_row, group.rows);
    ASSERT_EQ(found, expected);
  }
}

TEST_F(WinnerFinderTest, GroupsAreAppendedToThoseFoundBefore) {
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(1, false, budget_.get()));
  ASSERT_OK(AppendRows({Row(0, 7), Row(1, 7), Row(2, 8), Row(3, 8)}, {}, store.get()));
  WinnerFinder finder(store.get(), KeyForm::kInline, KeepPolicy::kFirst, budget_.get());
  std::vector<KeyGroup> groups{{100, 5}};
  ASSERT_OK(finder.CollectGroups(0, &groups));
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].first_row, 100);
  EXPECT_EQ(groups[0].rows, 5);
}

TEST_F(WinnerFinderTest, TheOrderOfRecordsDoesNotMatter) {
  std::mt19937_64 random(5);
  for (const Setting& setting : AllSettings()) {
    auto rows = RandomRows(500, 60, setting.has_order, setting.form, 11);
    const std::vector<int64_t> losers = Losers(rows, setting);
    for (int round = 0; round < 3; ++round) {
      std::shuffle(rows.begin(), rows.end(), random);
      ASSERT_EQ(Losers(rows, setting), losers);
    }
  }
}

TEST_F(WinnerFinderTest, OrderBytesComeBeforeOrdinals) {
  Setting setting;
  setting.has_order = true;
  const std::vector<KeyRow> rows = {Row(0, 1, "b"), Row(1, 1, "a"), Row(2, 1, "c")};
  EXPECT_THAT(Losers(rows, setting), ElementsAre(0, 2));
  setting.keep = KeepPolicy::kLast;
  EXPECT_THAT(Losers(rows, setting), ElementsAre(0, 1));
}

TEST_F(WinnerFinderTest, AShorterOrderComesBeforeWhatItIsAPrefixOf) {
  Setting setting;
  setting.has_order = true;
  EXPECT_THAT(Losers({Row(0, 1, "ab"), Row(1, 1, "a"), Row(2, 1, "abc")}, setting),
              ElementsAre(0, 2));
}

TEST_F(WinnerFinderTest, OrderBytesAreUnsigned) {
  Setting setting;
  setting.has_order = true;
  EXPECT_THAT(Losers({Row(0, 1, "\x80"), Row(1, 1, "\x7f")}, setting), ElementsAre(0));
}

TEST_F(WinnerFinderTest, TiesInOrderGoToTheEarlierRow) {
  Setting setting;
  setting.has_order = true;
  EXPECT_THAT(Losers({Row(5, 1, "x"), Row(3, 1, "x"), Row(4, 1, "x")}, setting),
              ElementsAre(4, 5));
}

TEST_F(WinnerFinderTest, RowsOutsideTheFilterAreNeitherWinnersNorLosers) {
  const std::vector<KeyRow> rows = RandomRows(500, 40, false, KeyForm::kInline, 3);
  RowBitmap only(500);
  for (int64_t row = 0; row < 500; row += 3) only.Add(row);
  for (const KeepPolicy keep :
       {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
    Setting setting;
    setting.keep = keep;
    setting.only = &only;
    EXPECT_EQ(Losers(rows, setting), LosersPlainly(rows, setting));
  }
}

TEST_F(WinnerFinderTest, ABatchMayBeLongerThanWhatIsPartitionedAtATime) {
  RowBitmap only(100'000);
  for (int64_t row = 0; row < 100'000; row += 1 + row % 3) only.Add(row);
  for (const KeyForm form : {KeyForm::kInline, KeyForm::kBytes}) {
    const std::vector<KeyRow> rows = RandomRows(100'000, 60'000, false, form, 61);
    for (const RowBitmap* filter :
         {static_cast<const RowBitmap*>(nullptr), static_cast<const RowBitmap*>(&only)}) {
      Setting setting;
      setting.form = form;
      setting.batch_rows = 70'000;
      setting.only = filter;
      EXPECT_EQ(Losers(rows, setting), LosersPlainly(rows, setting));
    }
  }
}

TEST_F(WinnerFinderTest, UnmatchableRowsNeverLose) {
  std::vector<KeyRow> rows = {Row(0, 1), Row(1, 1), Row(2, 1)};
  for (KeyRow& row : rows) row.unmatchable = true;
  for (const KeepPolicy keep :
       {KeepPolicy::kFirst, KeepPolicy::kLast, KeepPolicy::kNone}) {
    Setting setting;
    setting.keep = keep;
    EXPECT_THAT(Losers(rows, setting), IsEmpty());
  }
}

TEST_F(WinnerFinderTest, NoRowsHaveNoLosers) {
  for (const Setting& setting : AllSettings()) {
    EXPECT_THAT(Losers({}, setting), IsEmpty());
  }
}

TEST_F(WinnerFinderTest, DecidingAPartitionFreesIt) {
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(2, false, budget_.get()));
  const auto rows = RandomRows(100'000, 100'000, false, KeyForm::kInline, 9);
  Setting setting;
  setting.batch_rows = 10'000;
  ASSERT_OK(AppendRows(rows, setting, store.get()));
  const int64_t full = budget_->used();
  // Only a budget that is half used asks for pages at once.
  MemoryReservation others(budget_.get());
  ASSERT_OK(others.Grow(budget_->limit() / 2, "others"));
  RowBitmap losers(OrdinalEnd(rows));
  WinnerFinder finder(store.get(), KeyForm::kInline, KeepPolicy::kFirst, budget_.get());
  ASSERT_OK(finder.Decide(0, &losers));
  EXPECT_EQ(store->partition(0).num_records(), 0);
  EXPECT_LT(budget_->used() - others.bytes(), full * 6 / 10);
  ASSERT_OK(finder.Decide(1, &losers));
  EXPECT_EQ(budget_->used(), others.bytes());
}

}  // namespace
}  // namespace planish
