// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/memory_timeline.h"
#include "base/stage_clock.h"
#include "io/guarded_file_system.h"
#include "io/scratch_directory.h"
#include "planish/report.h"
#include "planish/run_context.h"

namespace planish {

/// What every step of one run shares: budget, pool, clock, threads, and the caller's ear.
class Run {
 public:
  /// Validates the context.
  /// `retries`: how often a read that may succeed later is made again.
  static arrow::Result<std::unique_ptr<Run>> Make(const RunContext& context,
                                                  int retries = 0);

  ~Run();

  const RunContext& context() const { return context_; }
  /// The machine's files. Reads fail once the caller wants to stop.
  FileSystem* fs() const { return files_.get(); }
  MemoryBudget* budget() const { return budget_.get(); }
  arrow::MemoryPool* pool() const { return pool_.get(); }
  /// For batches that callers of a stream get.
  arrow::MemoryPool* batch_pool() const {
    return context_.count_lent_batches ? pool_.get() : arrow::system_memory_pool();
  }
  int threads() const { return threads_; }
  /// Null where there is no place for it.
  ScratchDirectory* scratch() const { return scratch_.get(); }

  /// Gives scratch a place, beside `output`, unless the context names one. First of all
  /// what dead processes left there is removed.
  arrow::Status PlaceScratch(const std::string& output);
  /// Removes scratch and all in it, once nobody needs it, though the run may live on.
  void RemoveScratch() { scratch_.reset(); }

  /// Starts a stage; what follows is measured as part of it. Called between parallel
  /// steps.
  arrow::Status EnterStage(const std::string& name, int64_t rows_total,
                           int64_t bytes_total);
  /// Until it is called with nothing, stages that are entered are measured as `stage`.
  void MeasureAllAs(std::string stage) {
    std::lock_guard<std::mutex> lock(mutex_);
    measured_as_ = std::move(stage);
  }
  /// Counts work as done, and fails if the caller wants to stop. Any thread; the caller
  /// is told on the caller's.
  arrow::Status Advance(int64_t rows, int64_t bytes);
  /// Tells the log and the report what is to come.
  void Expect(const RunFigures& figures, Report* report);
  /// Counts blocks written to scratch, as part of the current stage. Any thread.
  void CountSpill(int64_t bytes, int64_t blocks);
  void Log(LogLevel level, const std::string& message);
  /// An error once the caller wants to stop. Any thread.
  arrow::Status CheckCancelled() const;

  /// Stops the clock and fills in times, memory, spill, versions, progress and the actual
  /// figures. Call last.
  void Complete(Report* report);

 private:
  explicit Run(const RunContext& context) : context_(context) {}
  struct Message {
    LogLevel level;
    std::string text;
  };
  arrow::Status MakeScratch(const std::string& parent);
  void TrimAllocators();
  ReadGuard MakeGuard(int retries);
  /// Lets time pass, though not for a caller who wants to stop.
  arrow::Status Pause(const arrow::Status& failure, std::chrono::milliseconds delay);
  arrow::Status Tell();
  void CallBack();
  void FlushLog();
  void SampleMemory(double seconds);

  const RunContext context_;
  std::unique_ptr<GuardedFileSystem> files_;
  std::unique_ptr<MemoryBudget> budget_;
  std::unique_ptr<BudgetedPool> pool_;
  std::unique_ptr<ScratchDirectory> scratch_;
  std::atomic<int64_t> next_trim_{0};  ///< steady time in milliseconds
  int threads_ = 1;
  std::mutex mutex_;  ///< guards what follows, and calls of the caller's callbacks
  StageClock clock_;
  MemoryTimeline timeline_;
  std::map<std::string, ScratchReport> spilled_;  ///< by stage
  arrow::Status stopped_;  ///< what on_progress said when it stopped the run
  Progress progress_;
  /// What threads of the run's own have to say waits for the caller's thread.
  bool untold_ = false;
  std::vector<Message> unlogged_;
  double stage_started_ = 0;
  std::string measured_as_;  ///< empty: as themselves
};

}  // namespace planish
