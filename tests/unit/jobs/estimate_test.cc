// SPDX-License-Identifier: Apache-2.0
#include "jobs/estimate.h"

#include <gtest/gtest.h>

namespace planish {
namespace {

/// bench/'s random-10M, as its results were measured.
Workload TenMillionRows() {
  Workload load;
  load.rows = 10'000'000;
  load.files = 16;
  load.bytes = 496'000'000;
  load.columns = 10;
  load.largest_row_group_bytes = 6'200'000;
  load.scanned_columns = 1;
  load.inline_keys = true;
  load.rewrites = true;
  load.syncs = true;
  load.threads = 2;
  load.memory_limit = 2'000'000'000;
  return load;
}

TEST(EstimateTest, IsNearWhatWasMeasured) {
  const RunFigures figures = EstimateRun(TenMillionRows());
  EXPECT_EQ(figures.rows, 10'000'000);
  EXPECT_NEAR(figures.seconds, 1.72, 0.4);
  EXPECT_NEAR(static_cast<double>(figures.peak_memory_bytes), 317e6, 60e6);
  EXPECT_NEAR(static_cast<double>(figures.bytes), 578e6 + 452e6, 200e6);
  EXPECT_EQ(figures.spilled_bytes, 0);
}

TEST(EstimateTest, SpillsWhatDoesNotFit) {
  Workload load = TenMillionRows();
  load.memory_limit = 128'000'000;
  const RunFigures figures = EstimateRun(load);
  EXPECT_EQ(figures.peak_memory_bytes, 128'000'000);
  EXPECT_GT(figures.spilled_bytes, 100'000'000);
  EXPECT_LE(figures.spilled_bytes, 240'000'000);
  EXPECT_GT(figures.seconds, EstimateRun(TenMillionRows()).seconds);
}

TEST(EstimateTest, IsCheaperWithoutWriting) {
  Workload load = TenMillionRows();
  load.rewrites = false;
  const RunFigures figures = EstimateRun(load);
  EXPECT_LT(figures.seconds, EstimateRun(TenMillionRows()).seconds / 2);
  EXPECT_EQ(figures.bytes, 49'600'000);
}

TEST(EstimateTest, GrowsWithEverythingThatCosts) {
  const RunFigures base = EstimateRun(TenMillionRows());
  Workload load = TenMillionRows();
  load.inline_keys = false;
  EXPECT_GT(EstimateRun(load).seconds, base.seconds);
  EXPECT_GT(EstimateRun(load).peak_memory_bytes, base.peak_memory_bytes);
  load = TenMillionRows();
  load.columns = 20;
  EXPECT_GT(EstimateRun(load).seconds, base.seconds);
  load = TenMillionRows();
  load.files = 3000;
  EXPECT_GT(EstimateRun(load).seconds, base.seconds);
  load = TenMillionRows();
  load.largest_row_group_bytes = 496'000'000;
  EXPECT_GT(EstimateRun(load).peak_memory_bytes, base.peak_memory_bytes);
  load = TenMillionRows();
  load.threads = 1;
  EXPECT_GT(EstimateRun(load).seconds, base.seconds);
}

TEST(EstimateTest, TakesEmptyInput) {
  Workload load;
  load.threads = 1;
  load.memory_limit = 1 << 20;
  EXPECT_EQ(EstimateRun(load).rows, 0);
  EXPECT_EQ(EstimateRun(load).bytes, 0);
}

}  // namespace
}  // namespace planish
