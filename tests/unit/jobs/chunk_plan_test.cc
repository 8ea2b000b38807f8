// SPDX-License-Identifier: Apache-2.0
#include "jobs/chunk_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/random_source.h"

namespace planish {
namespace {

constexpr int64_t kMany = 2'000'000;

/// Row groups of files of which only the sizes matter.
struct Dataset {
  std::vector<DataFile> files;
  std::vector<RowGroupRef> groups;
  int64_t rows = 0;

  void AddFile(const std::vector<int64_t>& group_rows, int64_t row_bytes) {
    DataFile file;
    for (const int64_t count : group_rows) {
      const auto place = static_cast<int>(file.row_group_rows.size());
      groups.push_back({static_cast<int>(files.size()), place, rows, count});
      file.row_group_rows.push_back(count);
      file.row_group_bytes.push_back(count * row_bytes);
      rows += count;
    }
    files.push_back(file);
  }

  ChunkPlan Plan(const ChunkRules& rules) const {
    return PlanChunks(files, groups, rules);
  }
};

ChunkRules Rules(ChunkMode mode) {
  ChunkRules rules;
  rules.mode = mode;
  rules.threads = 2;
  rules.available_bytes = int64_t{2} * 1000 * 1000 * 1000;
  return rules;
}

std::vector<size_t> GroupsPerTurn(const ChunkPlan& plan) {
  std::vector<size_t> counts;
  for (const ScanTurn& turn : plan.turns) counts.push_back(turn.num_groups);
  return counts;
}

TEST(ChunkPlanTest, IsEmptyWithoutRows) {
  const ChunkPlan plan = Dataset().Plan(Rules(ChunkMode::kAuto));
  EXPECT_TRUE(plan.turns.empty());
  EXPECT_EQ(plan.tally.count(), 0);
  EXPECT_EQ(plan.tally.sizes().max_rows, 0);
  EXPECT_EQ(plan.tally.sizes().mean_rows, 0);
}

TEST(ChunkPlanTest, TakesRowGroupsFilesOrEverythingWhereToldTo) {
  Dataset dataset;
  dataset.AddFile({kMany, kMany}, 10);
  dataset.AddFile({kMany}, 10);
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(Rules(ChunkMode::kRowGroup))),
            (std::vector<size_t>{1, 1, 1}));
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(Rules(ChunkMode::kFile))),
            (std::vector<size_t>{2, 1}));
  const ChunkPlan whole = dataset.Plan(Rules(ChunkMode::kOff));
  EXPECT_EQ(GroupsPerTurn(whole), (std::vector<size_t>{3}));
  EXPECT_EQ(whole.tally.count(), 1);
  EXPECT_EQ(whole.tally.sizes().max_rows, 3 * kMany);
  EXPECT_EQ(whole.tally.sizes().max_bytes, 3 * kMany * 10);
}

TEST(ChunkPlanTest, JoinsRowGroupsOfAFileUpToTheRowsAsked) {
  Dataset dataset;
  dataset.AddFile({4, 4, 4, 1, 1}, 10);
  dataset.AddFile({1, 1}, 10);
  ChunkRules rules = Rules(ChunkMode::kRows);
  rules.rows = 8;
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(rules)), (std::vector<size_t>{2, 3, 2}));
}

TEST(ChunkPlanTest, CutsRowGroupsThatHaveMoreRowsThanAsked) {
  Dataset dataset;
  dataset.AddFile({10}, 10);
  ChunkRules rules = Rules(ChunkMode::kRows);
  rules.rows = 4;
  const ChunkPlan plan = dataset.Plan(rules);
  ASSERT_EQ(plan.turns.size(), 1U);
  EXPECT_EQ(plan.turns[0].chunk_rows, 4);
  EXPECT_EQ(plan.turns[0].batch_rows, 4);
  EXPECT_EQ(plan.tally.count(), 3);
  EXPECT_EQ(plan.tally.sizes().min_rows, 2);
  EXPECT_EQ(plan.tally.sizes().max_rows, 4);
  EXPECT_EQ(plan.tally.sizes().max_bytes, 40);
}

TEST(ChunkPlanTest, TakesAMillionRowsWhereRowsAreAskedForWithoutANumber) {
  Dataset dataset;
  dataset.AddFile({400'000, 600'000, 1}, 1);
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(Rules(ChunkMode::kRows))),
            (std::vector<size_t>{2, 1}));
}

TEST(ChunkPlanTest, CountsBytesWithTheRowsOfTheirOwnRowGroup) {
  Dataset dataset;
  dataset.AddFile({100, 100}, 10);
  dataset.AddFile({100}, 1000);
  ChunkRules rules = Rules(ChunkMode::kBytes);
  rules.bytes = 2000;
  const ChunkPlan plan = dataset.Plan(rules);
  EXPECT_EQ(GroupsPerTurn(plan), (std::vector<size_t>{2, 1}));
  EXPECT_EQ(plan.turns[1].chunk_rows, 2);
}

TEST(ChunkPlanTest, TakesARowThatIsLargerThanAChunk) {
  Dataset dataset;
  dataset.AddFile({3}, 10'000'000);
  ChunkRules rules = Rules(ChunkMode::kBytes);
  rules.bytes = 1;
  rules.available_bytes = 0;
  const ChunkPlan plan = dataset.Plan(rules);
  EXPECT_EQ(plan.turns[0].batch_rows, 1);
  EXPECT_EQ(plan.tally.count(), 3);
}

TEST(ChunkPlanTest, ScansSmallInputsInOneChunk) {
  Dataset dataset;
  dataset.AddFile({1000, 1000}, 100);
  dataset.AddFile({1000}, 100);
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(Rules(ChunkMode::kAuto))),
            (std::vector<size_t>{3}));
  ChunkRules rules = Rules(ChunkMode::kAuto);
  rules.rows = 2500;
  EXPECT_EQ(GroupsPerTurn(dataset.Plan(rules)), (std::vector<size_t>{2, 1}));
}

TEST(ChunkPlanTest, OpensManySmallFilesInParallel) {
  Dataset dataset;
  for (int i = 0; i < 100; ++i) dataset.AddFile({1}, 100);
  EXPECT_EQ(dataset.Plan(Rules(ChunkMode::kAuto)).turns.size(), 100U);
}

TEST(ChunkPlanTest, LeavesEveryThreadSeveralTurns) {
  Dataset dataset;
  dataset.AddFile(std::vector<int64_t>(100, 100'000), 100);
  for (const int threads : {1, 2, 8}) {
    ChunkRules rules = Rules(ChunkMode::kAuto);
    rules.threads = threads;
    EXPECT_GE(dataset.Plan(rules).turns.size(), static_cast<size_t>(threads) * 8);
  }
}

TEST(ChunkPlanTest, DecodesFewerRowsAtATimeWhereRowsAreLargeOrMemoryIsLittle) {
  Dataset dataset;
  dataset.AddFile({kMany}, 100);
  ChunkRules rules = Rules(ChunkMode::kAuto);
  const int64_t plenty = dataset.Plan(rules).turns[0].batch_rows;
  rules.available_bytes = int64_t{32} * 1000 * 1000;
  const int64_t little = dataset.Plan(rules).turns[0].batch_rows;
  EXPECT_LT(little, plenty);
  EXPECT_LE(little * 100 * rules.threads, rules.available_bytes);
  dataset = Dataset();
  dataset.AddFile({kMany}, 10'000);
  EXPECT_LT(dataset.Plan(rules).turns[0].batch_rows, little);
}

class RandomChunkPlanTest : public testing::TestWithParam<int> {
 protected:
  RandomChunkPlanTest() : random_(static_cast<uint64_t>(GetParam())) {
    const int files = random_.Between(1, 12);
    for (int i = 0; i < files; ++i) {
      std::vector<int64_t> rows(static_cast<size_t>(random_.Between(1, 6)));
      for (int64_t& count : rows) {
        count = random_.Between(1, random_.OneIn(4) ? 1'000'000 : 50);
      }
      dataset_.AddFile(rows, random_.Between(0, random_.OneIn(4) ? 100'000 : 100));
    }
    static constexpr ChunkMode kModes[] = {ChunkMode::kAuto,     ChunkMode::kRows,
                                           ChunkMode::kBytes,    ChunkMode::kOff,
                                           ChunkMode::kRowGroup, ChunkMode::kFile};
    rules_.mode = kModes[random_.Between(0, 5)];
    rules_.threads = random_.Between(1, 16);
    rules_.available_bytes = random_.Between(0, 1 << 30);
    const bool is_auto = rules_.mode == ChunkMode::kAuto;
    if (rules_.mode == ChunkMode::kRows || (is_auto && random_.OneIn(2))) {
      rules_.rows = random_.Between(1, random_.OneIn(2) ? 10 : 2'000'000);
    }
    if (rules_.mode == ChunkMode::kBytes || (is_auto && random_.OneIn(2))) {
      rules_.bytes = random_.Between(1, random_.OneIn(2) ? 100 : 1 << 30);
    }
  }

  RandomSource random_;
  Dataset dataset_;
  ChunkRules rules_;
};

TEST_P(RandomChunkPlanTest, TakesEveryRowGroupOnceAndInOrder) {
  size_t next = 0;
  for (const ScanTurn& turn : dataset_.Plan(rules_).turns) {
    EXPECT_EQ(turn.first_group, next);
    EXPECT_GE(turn.num_groups, 1U);
    next += turn.num_groups;
  }
  EXPECT_EQ(next, dataset_.groups.size());
}

TEST_P(RandomChunkPlanTest, KeepsToTheSizesAsked) {
  for (const ScanTurn& turn : dataset_.Plan(rules_).turns) {
    int64_t rows = 0, bytes = 0;
    for (size_t i = turn.first_group; i < turn.first_group + turn.num_groups; ++i) {
      const RowGroupRef& group = dataset_.groups[i];
      rows += group.num_rows;
      bytes += dataset_.files[static_cast<size_t>(group.file)]
                   .row_group_bytes[static_cast<size_t>(group.row_group)];
    }
    EXPECT_GE(turn.batch_rows, 1);
    EXPECT_LE(turn.chunk_rows, rows);
    if (turn.chunk_rows < rows) {
      EXPECT_EQ(turn.num_groups, 1U);
      EXPECT_EQ(turn.chunk_rows % turn.batch_rows, 0);
    }
    if (rules_.rows) {
      EXPECT_LE(turn.chunk_rows, *rules_.rows);
    }
    if (rules_.bytes && turn.chunk_rows > 1) {
      EXPECT_LE(turn.chunk_rows * (bytes / rows), *rules_.bytes);
    }
  }
}

TEST_P(RandomChunkPlanTest, CountsEveryRow) {
  const ChunkTally tally = dataset_.Plan(rules_).tally;
  EXPECT_NEAR(tally.sizes().mean_rows * static_cast<double>(tally.count()),
              static_cast<double>(dataset_.rows), 0.5);
  EXPECT_LE(static_cast<double>(tally.sizes().min_rows), tally.sizes().mean_rows);
  EXPECT_GE(static_cast<double>(tally.sizes().max_rows), tally.sizes().mean_rows);
  ChunkTally twice = tally;
  twice.Add(tally);
  EXPECT_EQ(twice.count(), 2 * tally.count());
  EXPECT_EQ(twice.sizes().mean_rows, tally.sizes().mean_rows);
}

INSTANTIATE_TEST_SUITE_P(Seed, RandomChunkPlanTest, testing::Range(0, 200));

}  // namespace
}  // namespace planish
