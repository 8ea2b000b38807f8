// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/memory_timeline.h"
#include "base/stage_clock.h"
#include "io/file_system.h"
#include "planish/report.h"
#include "planish/run_context.h"

namespace planish {

/// What every step of one run shares: budget, pool, clock, threads, and the caller's ear.
class Run {
 public:
  /// Validates the context.
  static arrow::Result<std::unique_ptr<Run>> Make(const RunContext& context);

  const RunContext& context() const { return context_; }
  FileSystem* fs() const { return LocalFileSystem(); }
  MemoryBudget* budget() const { return budget_.get(); }
  arrow::MemoryPool* pool() const { return pool_.get(); }
  int threads() const { return threads_; }

  /// Starts a stage; what follows is measured as part of it. Called between parallel
  /// steps.
  arrow::Status EnterStage(const std::string& name, int64_t rows_total,
                           int64_t bytes_total);
  /// Counts work as done, tells the caller, and fails if the caller wants to stop. Any
  /// thread.
  arrow::Status Advance(int64_t rows, int64_t bytes);
  /// Counts blocks written to scratch, as part of the current stage. Any thread.
  void CountSpill(int64_t bytes, int64_t blocks);
  void Log(LogLevel level, const std::string& message);

  /// Stops the clock and fills in times, memory, spill, versions, progress and the actual
  /// figures. Call last.
  void Complete(Report* report);

 private:
  explicit Run(const RunContext& context) : context_(context) {}
  arrow::Status Tell();
  void SampleMemory(double seconds);

  const RunContext context_;
  std::unique_ptr<MemoryBudget> budget_;
  std::unique_ptr<BudgetedPool> pool_;
  int threads_ = 1;
  std::mutex mutex_;  ///< guards what follows, and calls of the caller's callbacks
  StageClock clock_;
  MemoryTimeline timeline_;
  std::map<std::string, ScratchReport> spilled_;  ///< by stage
  Progress progress_;
  double stage_started_ = 0;
};

}  // namespace planish
