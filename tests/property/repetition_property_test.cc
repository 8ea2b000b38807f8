// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/check.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

/// What must hold between a dataset, its result, and the result's result.
class RepetitionTest : public testing::TestWithParam<int> {
 protected:
  static void FindNothingMoreToDrop(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    // The only file with some key column may be gone from the result.
    if (one->dataset().columns_missing) return;
    ASSERT_OK(Dedup(one->WithOutput("once"), one->RandomContext()));
    DedupOptions again = one->WithOutput("twice");
    again.dataset.inputs = {one->OutputPath("once")};
    again.optimizations = {};
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(again, one->RandomContext()));
    EXPECT_EQ(report.rows_dropped, 0);
    EXPECT_EQ(report.engine.decoded_column_chunks, 0);
    ASSERT_OK_AND_ASSIGN(const BytesByPath once, ReadBytes(one->OutputPath("once")));
    ASSERT_OK_AND_ASSIGN(const BytesByPath twice, ReadBytes(one->OutputPath("twice")));
    ASSERT_TRUE(once == twice) << "a result without duplicates was not copied as it is";
  }

  static void ReportWhatHappened(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    DedupOptions options = one->WithOutput("out");
    ASSERT_OK_AND_ASSIGN(const Report written, Dedup(options, one->RandomContext()));
    ASSERT_OK_AND_ASSIGN(const TablesByPath tables, ReadTables(options.output));
    int64_t rows_out = 0;
    for (const auto& [path, table] : tables) rows_out += table->num_rows();
    EXPECT_EQ(written.rows_in, one->num_rows());
    EXPECT_EQ(written.rows_kept, rows_out);
    EXPECT_EQ(written.rows_dropped, one->num_rows() - rows_out);
    EXPECT_EQ(written.files_in, static_cast<int64_t>(one->dataset().files.size()));
    EXPECT_EQ(written.files_out, static_cast<int64_t>(tables.size()));

    options.output.clear();
    options.dry_run = true;
    options.verify = false;
    ASSERT_OK_AND_ASSIGN(const Report planned, Dedup(options, one->RandomContext()));
    EXPECT_EQ(planned.rows_kept, written.rows_kept);
    EXPECT_EQ(planned.files_out, written.files_out);
    EXPECT_EQ(planned.row_groups.copied, written.row_groups.copied);
    EXPECT_EQ(planned.row_groups.transcoded, written.row_groups.transcoded);
    EXPECT_EQ(planned.row_groups.dropped, written.row_groups.dropped);
  }

  static void CountDuplicatesAlike(uint64_t seed) {
    ASSERT_OK_AND_ASSIGN(auto one, DedupCase::Make(seed));
    SCOPED_TRACE(one->ToString());
    CheckOptions question;
    question.dataset = one->options().dataset;
    question.key = one->options().key;
    question.scope = one->options().scope;
    question.nan_equal = one->options().nan_equal;
    ASSERT_OK_AND_ASSIGN(const CheckResult found, Check(question, one->RandomContext()));
    DedupOptions options = one->options();
    options.dry_run = true;
    options.verify = false;
    options.engine = Engine::kReference;
    options.keep = Keep::kFirst;
    ASSERT_OK_AND_ASSIGN(const Report first, Dedup(options, DedupCase::PlainContext()));
    options.keep = Keep::kNone;
    options.order_by.clear();
    ASSERT_OK_AND_ASSIGN(const Report none, Dedup(options, DedupCase::PlainContext()));
    EXPECT_EQ(found.surplus_rows, first.rows_dropped);
    EXPECT_EQ(found.duplicated_keys, none.rows_dropped - first.rows_dropped);
  }
};

TEST_P(RepetitionTest, AResultHasNoDuplicatesLeft) {
  const int iterations = PropertyIterations(300);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    FindNothingMoreToDrop(PropertySeed(GetParam(), i));
  }
}

TEST_P(RepetitionTest, TheReportAndTheDryRunAgreeWithTheOutput) {
  const int iterations = PropertyIterations(300);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    ReportWhatHappened(PropertySeed(GetParam(), i));
  }
}

TEST_P(RepetitionTest, CheckCountsWhatDedupDrops) {
  const int iterations = PropertyIterations(300);
  for (int i = 0; i < iterations && !HasFailure(); ++i) {
    CountDuplicatesAlike(PropertySeed(GetParam(), i));
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, RepetitionTest, testing::Range(0, kPropertyShards));

}  // namespace
}  // namespace planish
