// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "planish/merge.h"
#include "property/dedup_case.h"
#include "property/merge_case.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

/// What both engines must agree on.
void ExpectSameCounts(const MergeReport& expected, const MergeReport& actual) {
  EXPECT_EQ(actual.source_rows, expected.source_rows);
  EXPECT_EQ(actual.source_duplicates, expected.source_duplicates);
  EXPECT_EQ(actual.inserted, expected.inserted);
  EXPECT_EQ(actual.updated, expected.updated);
  EXPECT_EQ(actual.unchanged, expected.unchanged);
  EXPECT_EQ(actual.deleted, expected.deleted);
  EXPECT_EQ(actual.stale, expected.stale);
  EXPECT_EQ(actual.moved, expected.moved);
  EXPECT_EQ(actual.ignored, expected.ignored);
  EXPECT_EQ(actual.target_rows_before, expected.target_rows_before);
  EXPECT_EQ(actual.target_rows_after, expected.target_rows_after);
  EXPECT_EQ(actual.added_columns, expected.added_columns);
}

class MergeEnginesAgreeTest : public testing::TestWithParam<int> {
 protected:
  static RunContext SomeContext(RandomSource* random) {
    RunContext context;
    context.sync = false;
    context.threads = random->Between(1, 4);
    context.chunk = random->Pick({ChunkMode::kAuto, ChunkMode::kRowGroup});
    if (random->OneIn(3)) context.memory_limit = int64_t{16} << 20;
    return context;
  }

  static void Try(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, MergeCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    MergeOptions naive = one->WithOutput("reference");
    naive.engine = Engine::kReference;
    const MergeOptions fast = one->WithOutput("auto");
    const auto expected = Merge(naive, SomeContext(one->random()));
    const auto actual = Merge(fast, SomeContext(one->random()));
    if (!expected.ok()) {
      const ErrorDetail* detail = GetErrorDetail(expected.status());
      ASSERT_NE(detail, nullptr) << expected.status().ToString();
      ASSERT_TRUE(HasKind(actual.status(), detail->kind))
          << "reference: " << expected.status().ToString();
      return;
    }
    ASSERT_OK(actual);
    ExpectSameCounts(*expected->merge, *actual->merge);
    ASSERT_OK_AND_ASSIGN(const TablesByPath right, ReadTables(naive.output));
    ASSERT_OK_AND_ASSIGN(const TablesByPath tables, ReadTables(fast.output));
    ASSERT_TRUE(SameTables(right, tables));
    // What could not be merged once is tried in earnest here.
    const RandomDataset& target = one->target_dataset();
    merged_beside_odd_ += target.odd_column.empty() ? 0 : 1;
    merged_into_stored_ += target.StoresPartitions() ? 1 : 0;
    const auto& columns = target.data_columns;
    merged_with_structs_ += std::ranges::count(columns, "pair") > 0 ? 1 : 0;
    MergeOptions dry = fast;
    dry.output.clear();
    dry.verify = false;
    dry.dry_run = true;
    ASSERT_OK_AND_ASSIGN(const Report planned, Merge(dry, SomeContext(one->random())));
    ExpectSameCounts(*expected->merge, *planned.merge);
  }

  static inline int merged_beside_odd_ = 0, merged_into_stored_ = 0,
                    merged_with_structs_ = 0;
};

TEST_P(MergeEnginesAgreeTest, OnTheResultOrOnTheKindOfError) {
  const int iterations = PropertyIterations(2000);
  for (int i = 0; i < iterations && !HasFailure(); ++i) Try(PropertySeed(GetParam(), i));
  if (iterations < 300) return;
  EXPECT_GT(merged_beside_odd_, 0);
  EXPECT_GT(merged_into_stored_, 0);
  EXPECT_GT(merged_with_structs_, 0);
}

INSTANTIATE_TEST_SUITE_P(Shard, MergeEnginesAgreeTest,
                         testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
