// SPDX-License-Identifier: Apache-2.0
#include "jobs/run.h"

#include <algorithm>

#include "arrow/compute/initialize.h"
#include "arrow/config.h"
#include "base/error_builder.h"
#include "base/resident_memory.h"
#include "jobs/pipeline.h"
#include "planish/version.h"

namespace planish {

arrow::Result<std::unique_ptr<Run>> Run::Make(const RunContext& context) {
  ARROW_RETURN_NOT_OK(context.Validate());
  ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
  std::unique_ptr<Run> run(new Run(context));
  ARROW_ASSIGN_OR_RAISE(run->budget_, MemoryBudget::Make(context.memory_limit));
  run->pool_ =
      std::make_unique<BudgetedPool>(run->budget_.get(), arrow::default_memory_pool());
  run->threads_ = ResolveThreads(context.threads);
  return run;
}

arrow::Status Run::EnterStage(const std::string& name, int64_t rows_total,
                              int64_t bytes_total) {
  std::lock_guard<std::mutex> lock(mutex_);
  clock_.Enter(name);
  progress_ = Progress{};
  progress_.stage = name;
  progress_.rows_total = rows_total;
  progress_.bytes_total = bytes_total;
  stage_started_ = clock_.wall_seconds();
  return Tell();
}

arrow::Status Run::Advance(int64_t rows, int64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  progress_.rows_done += rows;
  progress_.bytes_done += bytes;
  return Tell();
}

arrow::Status Run::Tell() {
  if (context_.cancel != nullptr && context_.cancel->load(std::memory_order_relaxed)) {
    return Error(ErrorKind::kCancelled, "stopped by the caller");
  }
  progress_.seconds = clock_.wall_seconds();
  if (timeline_.IsDue(progress_.seconds, progress_.stage)) {
    SampleMemory(progress_.seconds);
  }
  const double done =
      progress_.rows_total > 0 ? static_cast<double>(progress_.rows_done) /
                                     static_cast<double>(progress_.rows_total)
      : progress_.bytes_total > 0 ? static_cast<double>(progress_.bytes_done) /
                                        static_cast<double>(progress_.bytes_total)
                                  : 0.0;
  const double in_stage = progress_.seconds - stage_started_;
  progress_.seconds_left = done > 0 ? std::max(0.0, in_stage * (1 - done) / done) : -1;
  return context_.on_progress ? context_.on_progress(progress_) : arrow::Status::OK();
}

void Run::SampleMemory(double seconds) {
  timeline_.Add({seconds, ResidentBytes(), budget_->used(), progress_.stage});
}

void Run::CountSpill(int64_t bytes, int64_t blocks) {
  std::lock_guard<std::mutex> lock(mutex_);
  ScratchReport& stage = spilled_[progress_.stage];
  stage.spilled_bytes += bytes;
  stage.spilled_blocks += blocks;
}

void Run::Log(LogLevel level, const std::string& message) {
  if (!context_.on_log) return;
  std::lock_guard<std::mutex> lock(mutex_);
  context_.on_log(level, message);
}

void Run::Complete(Report* report) {
  std::lock_guard<std::mutex> lock(mutex_);
  clock_.Stop();
  report->planish_version = Version();
  report->arrow_version = ARROW_VERSION_STRING;
  report->wall_seconds = clock_.wall_seconds();
  report->cpu_seconds = clock_.cpu_seconds();
  report->scratch.limit_bytes = context_.temp_limit.value_or(0);
  for (const StageClock::Stage& stage : clock_.stages()) {
    const ScratchReport& spill = spilled_[stage.name];
    report->stages.push_back({stage.name, stage.wall_seconds, stage.cpu_seconds,
                              spill.spilled_bytes, spill.spilled_blocks});
    report->scratch.spilled_bytes += spill.spilled_bytes;
    report->scratch.spilled_blocks += spill.spilled_blocks;
  }
  SampleMemory(report->wall_seconds);
  report->memory.timeline = timeline_.samples();
  report->memory.limit_bytes = budget_->limit();
  report->memory.peak_accounted_bytes = budget_->peak();
  report->memory.peak_pool_bytes = pool_->max_memory();
  report->memory.peak_resident_bytes = PeakResidentBytes();
  report->actual = {report->rows_in, report->bytes_read + report->bytes_written,
                    report->memory.peak_resident_bytes, report->scratch.spilled_bytes,
                    report->wall_seconds};
  progress_.seconds = report->wall_seconds;
  progress_.seconds_left = 0;
  report->last_progress = progress_;
}

}  // namespace planish
