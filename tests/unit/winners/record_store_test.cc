// SPDX-License-Identifier: Apache-2.0
#include "winners/record_store.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "unit/winners/key_rows.h"
#include "winners/record_partition.h"

namespace planish {
namespace {

class RecordStoreTest : public testing::Test {
 protected:
  ~RecordStoreTest() override { EXPECT_EQ(budget_->used(), 0); }

  std::unique_ptr<MemoryBudget> budget_ = MemoryBudget::Make(64 << 20).ValueOrDie();
};

TEST_F(RecordStoreTest, RefusesPartitionCountsThatAreNoPowerOfTwo) {
  for (const int count : {-4, 0, 3, 1000, 1 << 17}) {
    EXPECT_ERROR_KIND(RecordStore::Make(count, false, budget_.get()),
                      ErrorKind::kInvalidOption);
  }
}

TEST_F(RecordStoreTest, HoldsEveryRecordOnceWithItsPayload) {
  for (const int threads : {1, 4}) {
    Setting setting;
    setting.form = KeyForm::kBytes;
    setting.has_order = true;
    setting.partitions = 8;
    setting.threads = threads;
    const auto rows = RandomRows(5000, 3000, true, KeyForm::kBytes, 31);
    ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(8, true, budget_.get()));
    ASSERT_OK(AppendRows(rows, setting, store.get()));

    std::set<int64_t> seen;
    for (int p = 0; p < store->num_partitions(); ++p) {
      for (const RecordBlock& block : store->partition(p).resident().blocks) {
        for (uint32_t i = 0; i < block.num_records; ++i) {
          const PayloadRecord& record = block.entries<PayloadRecord>()[i];
          const KeyRow& row = rows[static_cast<size_t>(record.row)];
          EXPECT_TRUE(seen.insert(record.row).second);
          EXPECT_EQ(record.low, row.words.low);
          EXPECT_EQ(record.high, row.words.high);
          EXPECT_EQ(record.key(), row.key);
          EXPECT_EQ(record.order(), row.order);
          const RecordStore::Payload payload = record.ToPayload();
          EXPECT_EQ(std::string(payload.data, payload.data + payload.length),
                    row.key + row.order);
        }
      }
    }
    int64_t matchable = 0;
    for (const KeyRow& row : rows) matchable += row.unmatchable ? 0 : 1;
    EXPECT_EQ(seen.size(), static_cast<size_t>(matchable));
    EXPECT_EQ(store->num_records(), matchable);
  }
}

TEST_F(RecordStoreTest, EqualKeysMeetInOnePartitionAndPartitionsAreOfOneSize) {
  const auto rows = RandomRows(40'000, 10'000, false, KeyForm::kInline, 37);
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(16, false, budget_.get()));
  ASSERT_OK(AppendRows(rows, {}, store.get()));
  std::map<std::pair<uint64_t, uint64_t>, int> partition_of;
  for (int p = 0; p < 16; ++p) {
    EXPECT_GT(store->partition(p).num_records(), 40'000 / 16 * 7 / 10);
    for (const RecordBlock& block : store->partition(p).resident().blocks) {
      for (uint32_t i = 0; i < block.num_records; ++i) {
        const auto& record = block.entries<RecordStore::Record>()[i];
        const auto [at, is_new] = partition_of.insert({{record.low, record.high}, p});
        EXPECT_EQ(at->second, p);
      }
    }
  }
}

TEST_F(RecordStoreTest, ARecordTakesTwentyFourBytes) {
  constexpr int64_t kRows = 1'000'000;
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(16, false, budget_.get()));
  auto appender = store->NewAppender();
  KeyBatch batch;
  batch.num_rows = kRows;
  batch.words.resize(kRows);
  for (uint64_t i = 0; i < kRows; ++i) batch.words[i] = {i, 0};
  ASSERT_OK(appender->Append(batch, 0, nullptr));
  ASSERT_OK(appender->Finish());
  EXPECT_GE(budget_->used(), 24 * kRows);
  EXPECT_LT(budget_->used(), 26 * kRows);
}

TEST_F(RecordStoreTest, APayloadMayBeLargerThanABlock) {
  std::vector<KeyRow> rows(40);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].ordinal = static_cast<int64_t>(i);
    rows[i].key = std::string(i % 4 == 0 ? 1'000'000 : i, static_cast<char>('a' + i % 8));
    const Digest digest = HashBytes(rows[i].key.data(), rows[i].key.size());
    rows[i].words = {digest.low, digest.high};
  }
  Setting setting;
  setting.form = KeyForm::kBytes;
  ASSERT_OK_AND_ASSIGN(const auto losers, FindLosers(rows, setting, budget_.get()));
  EXPECT_EQ(losers, LosersPlainly(rows, setting));
  EXPECT_EQ(losers.size(), 8u);
}

TEST_F(RecordStoreTest, AnUnfinishedAppenderLeavesNothingBehind) {
  ASSERT_OK_AND_ASSIGN(auto store, RecordStore::Make(4, false, budget_.get()));
  {
    auto appender = store->NewAppender();
    ASSERT_OK(appender->Append(
        ToBatch(RandomRows(10, 10, false, KeyForm::kInline, 1), 0, 10, false), 0,
        nullptr));
  }
  EXPECT_EQ(store->num_records(), 0);
}

TEST(ChoosePartitionCountTest, GivesPartitionsOfThirtyTwoToSixtyFourThousandRecords) {
  const int64_t budget = int64_t{2} << 30;
  EXPECT_EQ(ChoosePartitionCount(-1, budget), 1);
  EXPECT_EQ(ChoosePartitionCount(0, budget), 1);
  EXPECT_EQ(ChoosePartitionCount(65'536, budget), 1);
  EXPECT_EQ(ChoosePartitionCount(65'537, budget), 2);
  EXPECT_EQ(ChoosePartitionCount(10'000'000, budget), 256);
  EXPECT_EQ(ChoosePartitionCount(50'000'000, budget), 1024);
}

TEST(ChoosePartitionCountTest, StopsAtAThousandAndTwentyFourWhileMemoryIsPlentiful) {
  EXPECT_EQ(ChoosePartitionCount(1'000'000'000, int64_t{1} << 40), 1024);
}

TEST(ChoosePartitionCountTest, MakesMoreWhereAPartitionWouldBeALargePartOfTheBudget) {
  EXPECT_EQ(ChoosePartitionCount(10'000'000'000, int64_t{1} << 30), 8192);
  EXPECT_EQ(
      ChoosePartitionCount(std::numeric_limits<int64_t>::max() / 2, int64_t{1} << 40),
      65536);
}

TEST(ChoosePartitionCountTest, MakesFewerForASmallBudget) {
  EXPECT_EQ(ChoosePartitionCount(50'000'000, 1 << 20), 64);
  EXPECT_EQ(ChoosePartitionCount(50'000'000, 1), 1);
}

}  // namespace
}  // namespace planish
