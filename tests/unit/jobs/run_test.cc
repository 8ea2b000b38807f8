// SPDX-License-Identifier: Apache-2.0
#include "jobs/run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "jobs/pipeline.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

constexpr int kThreads = 4;

/// Advances by one row, `times` times, from several threads.
arrow::Status AdvanceInParallel(Run* run, int64_t times) {
  return RunParallel(kThreads, times, [&](int64_t, int) { return run->Advance(1, 2); });
}

TEST(RunTest, CallsBackOnTheCallersThreadAloneAndForgetsNothing) {
  const std::thread::id caller = std::this_thread::get_id();
  int64_t elsewhere = 0, last = -1, messages = 0;
  RunContext context;
  context.on_progress = [&](const Progress& progress) {
    elsewhere += std::this_thread::get_id() != caller;
    if (progress.stage == "scan") {
      EXPECT_GE(progress.rows_done, last);
      last = progress.rows_done;
    }
    return arrow::Status::OK();
  };
  context.on_log = [&](LogLevel, const std::string&) {
    elsewhere += std::this_thread::get_id() != caller;
    ++messages;
  };
  ASSERT_OK_AND_ASSIGN(auto run, Run::Make(context));
  ASSERT_OK(run->EnterStage("scan", 2000, 0));
  ASSERT_OK(RunParallel(kThreads, 2000, [&](int64_t, int) {
    run->Log(LogLevel::kInfo, "one row");
    return run->Advance(1, 0);
  }));
  ASSERT_OK(run->EnterStage("winners", 1, 0));
  EXPECT_EQ(elsewhere, 0);
  EXPECT_EQ(last, 2000) << "what workers did last is told before the next stage";
  EXPECT_EQ(messages, 2000);
}

TEST(RunTest, MessagesOfARunThatFailsAreTold) {
  int64_t messages = 0;
  RunContext context;
  context.on_log = [&](LogLevel, const std::string&) { ++messages; };
  {
    ASSERT_OK_AND_ASSIGN(auto run, Run::Make(context));
    const auto failed = RunParallel(kThreads, 100, [&](int64_t index, int) {
      run->Log(LogLevel::kWarning, "one row");
      return index < 50 ? arrow::Status::OK() : arrow::Status::UnknownError("enough");
    });
    EXPECT_FALSE(failed.ok());
  }
  EXPECT_GE(messages, 51);
}

TEST(RunTest, DoesNotCallBackAfterTheCallerHasStoppedIt) {
  bool stopped = false;
  int64_t calls_after = 0;
  RunContext context;
  context.on_progress = [&](const Progress& progress) {
    calls_after += stopped;
    stopped = progress.rows_done >= 10;
    return stopped ? arrow::Status::UnknownError("enough") : arrow::Status::OK();
  };
  ASSERT_OK_AND_ASSIGN(auto run, Run::Make(context));
  ASSERT_OK(run->EnterStage("scan", 1000, 0));
  // The caller's thread may have had too little of the work to be asked in time.
  const arrow::Status advanced = AdvanceInParallel(run.get(), 1000);
  EXPECT_TRUE(advanced.ok() || advanced.message() == "enough") << advanced;
  EXPECT_EQ(advanced.ok(), !stopped);
  EXPECT_EQ(run->Advance(1, 0).message(), "enough");
  EXPECT_EQ(calls_after, 0);
}

TEST(RunTest, StopsAtTheNextChunkOnceCancelled) {
  std::atomic<bool> cancel{false};
  RunContext context;
  context.cancel = &cancel;
  ASSERT_OK_AND_ASSIGN(auto run, Run::Make(context));
  ASSERT_OK(run->EnterStage("scan", 10, 0));
  ASSERT_OK(run->Advance(1, 0));
  cancel = true;
  EXPECT_ERROR_KIND(run->Advance(1, 0), ErrorKind::kCancelled);
}

TEST(RunTest, CountsSpillWithTheStageItHappenedIn) {
  ASSERT_OK_AND_ASSIGN(auto run, Run::Make({}));
  ASSERT_OK(run->EnterStage("scan", 1, 0));
  run->CountSpill(1000, 2);
  run->CountSpill(500, 1);
  ASSERT_OK(run->EnterStage("winners", 1, 0));
  run->CountSpill(7, 1);
  Report report;
  run->Complete(&report);
  ASSERT_EQ(report.stages.size(), 2U);
  EXPECT_EQ(report.stages[0].spilled_bytes, 1500);
  EXPECT_EQ(report.stages[0].spilled_blocks, 3);
  EXPECT_EQ(report.stages[1].spilled_bytes, 7);
  EXPECT_EQ(report.scratch.spilled_bytes, 1507);
  EXPECT_EQ(report.scratch.spilled_blocks, 4);
  EXPECT_EQ(report.actual.spilled_bytes, 1507);
}

TEST(RunTest, ReportsMemoryByTime) {
  ASSERT_OK_AND_ASSIGN(auto run, Run::Make({}));
  ASSERT_OK(run->EnterStage("scan", 1, 0));
  ASSERT_TRUE(run->budget()->TryReserve(12345));
  ASSERT_OK(run->EnterStage("winners", 1, 0));
  run->budget()->Release(12345);
  Report report;
  run->Complete(&report);
  const auto& timeline = report.memory.timeline;
  ASSERT_EQ(timeline.size(), 3U);
  EXPECT_EQ(timeline[0].stage, "scan");
  EXPECT_EQ(timeline[1].stage, "winners");
  EXPECT_EQ(timeline[1].accounted_bytes, timeline[0].accounted_bytes + 12345);
  EXPECT_EQ(timeline[2].accounted_bytes, timeline[0].accounted_bytes);
  EXPECT_EQ(timeline[2].seconds, report.wall_seconds);
}

}  // namespace
}  // namespace planish
