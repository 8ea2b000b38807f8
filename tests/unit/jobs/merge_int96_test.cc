// SPDX-License-Identifier: Apache-2.0
// INT96 timestamps over their whole range, of which Arrow holds the years 1677 to 2262.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "planish/dedup.h"
#include "support/int96_files.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

constexpr int64_t kEndOfTime = 2'932'896;  // 9999-12-31
constexpr int64_t kFirstDay = int64_t{std::numeric_limits<int32_t>::min()} - 2'440'588;
constexpr int64_t kLastDay = int64_t{std::numeric_limits<int32_t>::max()} - 2'440'588;

arrow::Decimal128 LastNanosecondOf(int64_t day) {
  return Midnight(day + 1) - arrow::Decimal128(1);
}

class MergeInt96 : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Upsert() const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    return options;
  }
  void Target(const std::vector<Int96Row>& rows) {
    ASSERT_OK(WriteInt96Rows(rows, room_ / "target/a.parquet", 2));
  }
  void Source(const std::vector<Int96Row>& rows) {
    ASSERT_OK(WriteInt96Rows(rows, room_ / "source/s.parquet"));
  }
  void Expect(const std::vector<Int96Row>& expected) {
    ASSERT_OK_AND_ASSIGN(const auto rows, ReadInt96Rows(room_.result()));
    EXPECT_TRUE(rows == expected);
  }

  MergeRoom room_;
};

TEST_P(MergeInt96, ChangesAColumnWithDatesThatArrowDoesNotHold) {
  Target({{1, Midnight(0), 0}, {2, Midnight(kEndOfTime), 0}, {3, {}, 0}});
  Source({{1, Midnight(5), 0}});
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(Upsert(), MergeRoom::Context()));
  EXPECT_EQ(report.merge->updated, 1);
  Expect({{1, Midnight(5), 0}, {2, Midnight(kEndOfTime), 0}, {3, {}, 0}});
}

TEST_P(MergeInt96, InsertsAndUpdatesToDatesThatArrowDoesNotHold) {
  Target({{1, Midnight(0), 0}, {2, Midnight(1), 0}});
  Source({{2, LastNanosecondOf(kLastDay), 0},
          {3, LastNanosecondOf(kEndOfTime), 0},
          {4, Midnight(kFirstDay), 0}});
  ASSERT_OK(Merge(Upsert(), MergeRoom::Context()));
  Expect({{1, Midnight(0), 0},
          {2, LastNanosecondOf(kLastDay), 0},
          {3, LastNanosecondOf(kEndOfTime), 0},
          {4, Midnight(kFirstDay), 0}});
}

TEST_P(MergeInt96, ASameDateBeyondWhatArrowHoldsIsNoChange) {
  Target({{1, Midnight(kEndOfTime), 7}});
  Source({{1, Midnight(kEndOfTime), 7}});
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(Upsert(), MergeRoom::Context()));
  EXPECT_EQ(report.merge->unchanged, 1);
  EXPECT_EQ(report.merge->updated, 0);
}

TEST_P(MergeInt96, ANewTargetHasInt96WhereTheSourceHas) {
  Source({{1, Midnight(kEndOfTime), 0}, {2, {}, 0}});
  MergeOptions options = Upsert();
  options.create = true;
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  Expect({{1, Midnight(kEndOfTime), 0}, {2, {}, 0}});
}

TEST_P(MergeInt96, FarDatesAreKeysOfDuplicates) {
  Target({{1, Midnight(kEndOfTime), 0},
          {2, Midnight(kEndOfTime), 0},
          {3, Midnight(kEndOfTime) + arrow::Decimal128(1), 0}});
  DedupOptions options;
  options.dataset.inputs = {room_.target()};
  options.key = {"t"};
  options.engine = GetParam();
  options.output = room_.result();
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, MergeRoom::Context()));
  EXPECT_TRUE(report.skipped.empty());
  Expect({{1, Midnight(kEndOfTime), 0},
          {3, Midnight(kEndOfTime) + arrow::Decimal128(1), 0}});
}

INSTANTIATE_TEST_SUITE_P(Engines, MergeInt96,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
