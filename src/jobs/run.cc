// SPDX-License-Identifier: Apache-2.0
#include "jobs/run.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "arrow/config.h"
#include "base/arrow_casts.h"
#include "base/error_builder.h"
#include "base/resident_memory.h"
#include "jobs/pipeline.h"
#include "planish/quantities.h"
#include "planish/version.h"

namespace planish {

namespace {

constexpr int64_t kTrimShare = 8;
constexpr int64_t kTrimPause = 100;  // milliseconds

}  // namespace

arrow::Result<std::unique_ptr<Run>> Run::Make(const RunContext& context, int retries) {
  ARROW_RETURN_NOT_OK(context.Validate());
  ARROW_RETURN_NOT_OK(RegisterCasts());
  std::unique_ptr<Run> run(new Run(context));
  ARROW_ASSIGN_OR_RAISE(run->budget_, MemoryBudget::Make(context.memory_limit));
  // Not Arrow's default, mimalloc: what that holds back, tens of megabytes, cannot be
  // taken from it.
  run->pool_ =
      std::make_unique<BudgetedPool>(run->budget_.get(), arrow::system_memory_pool());
  run->files_ =
      std::make_unique<GuardedFileSystem>(LocalFileSystem(), run->MakeGuard(retries));
  run->threads_ = ResolveThreads(context.threads);
  run->budget_->MeasureResident(&ResidentBytes);
  if (const int64_t resident = ResidentBytes(); resident >= context.memory_limit) {
    run->Log(
        LogLevel::kWarning,
        "the memory limit of " + FormatByteSize(context.memory_limit) +
            " is below what the process takes by itself: " + FormatByteSize(resident));
  }
  run->budget_->AddReclaimer([raw = run.get()](int64_t) { raw->TrimAllocators(); });
  if (!context.temp_dir.empty()) {
    ARROW_RETURN_NOT_OK(run->MakeScratch(context.temp_dir));
  }
  return run;
}

arrow::Status Run::PlaceScratch(const std::string& output) {
  if (scratch_ != nullptr || output.empty()) return arrow::Status::OK();
  std::filesystem::path path(output);
  if (!path.has_filename()) path = path.parent_path();
  const std::string parent = path.parent_path().string();
  return MakeScratch(parent.empty() ? "." : parent);
}

arrow::Status Run::MakeScratch(const std::string& parent) {
  ARROW_RETURN_NOT_OK(ScratchDirectory::RemoveStale(fs(), parent).status());
  scratch_ =
      std::make_unique<ScratchDirectory>(fs(), parent, context_.temp_limit.value_or(0));
  return arrow::Status::OK();
}

void Run::TrimAllocators() {
  // What allocators keep is worth a trim if it is a fair part of the limit; and a trim
  // takes milliseconds.
  if (budget_->unaccounted() < budget_->limit() / kTrimShare) return;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const int64_t milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  int64_t due = next_trim_.load();
  if (milliseconds < due) return;
  if (!next_trim_.compare_exchange_strong(due, milliseconds + kTrimPause)) return;
  pool_->ReleaseUnused();
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  budget_->Remeasure();
}

ReadGuard Run::MakeGuard(int retries) {
  ReadGuard guard;
  guard.proceed = [this] { return CheckCancelled(); };
  guard.retries = retries;
  guard.first_delay = context_.retry_delay;
  guard.wait = [this](const arrow::Status& failure, std::chrono::milliseconds delay) {
    return Pause(failure, delay);
  };
  return guard;
}

arrow::Status Run::CheckCancelled() const {
  if (context_.cancel == nullptr || !context_.cancel->load(std::memory_order_relaxed)) {
    return arrow::Status::OK();
  }
  return Error(ErrorKind::kCancelled, "stopped by the caller");
}

arrow::Status Run::Pause(const arrow::Status& failure, std::chrono::milliseconds delay) {
  constexpr std::chrono::milliseconds kStep{50};
  const ErrorDetail* detail = GetErrorDetail(failure);
  Log(LogLevel::kWarning, "trying again in " + std::to_string(delay.count()) +
                              " ms: " + failure.message() +
                              (detail == nullptr ? "" : ": " + detail->file));
  const auto end = std::chrono::steady_clock::now() + delay;
  while (true) {
    ARROW_RETURN_NOT_OK(CheckCancelled());
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return arrow::Status::OK();
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kStep));
  }
}

arrow::Status Run::EnterStage(const std::string& stage, int64_t rows_total,
                              int64_t bytes_total) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::string& name = measured_as_.empty() ? stage : measured_as_;
  if (untold_) CallBack();
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
  ARROW_RETURN_NOT_OK(CheckCancelled());
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
  untold_ = true;
  if (!OnWorkerThread()) CallBack();
  return stopped_;
}

void Run::CallBack() {
  FlushLog();
  untold_ = false;
  if (context_.on_progress && stopped_.ok()) stopped_ = context_.on_progress(progress_);
}

void Run::FlushLog() {
  const std::vector<Message> messages = std::exchange(unlogged_, {});
  for (const Message& message : messages) context_.on_log(message.level, message.text);
}

Run::~Run() {
  try {
    FlushLog();
  } catch (...) {
    // The caller's own error, and nobody to tell of it any more.
  }
}

void Run::SampleMemory(double seconds) {
  timeline_.Add({seconds, ResidentBytes(), budget_->used(), progress_.stage});
}

void Run::Expect(const RunFigures& figures, Report* report) {
  report->estimated = figures;
  report->memory.estimated_bytes = figures.peak_memory_bytes;
  Log(LogLevel::kInfo, "expecting " + FormatSeconds(figures.seconds) + ", " +
                           FormatByteSize(figures.peak_memory_bytes) + " of memory, " +
                           FormatByteSize(figures.spilled_bytes) + " of scratch for " +
                           FormatCount(figures.rows) + " rows");
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
  unlogged_.push_back({level, message});
  if (!OnWorkerThread()) FlushLog();
}

void Run::Complete(Report* report) {
  std::lock_guard<std::mutex> lock(mutex_);
  FlushLog();
  clock_.Stop();
  report->planish_version = Version();
  report->arrow_version = ARROW_VERSION_STRING;
  report->finished_seconds = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  report->wall_seconds = clock_.wall_seconds();
  report->cpu_seconds = clock_.cpu_seconds();
  report->scratch.limit_bytes = context_.temp_limit.value_or(0);
  if (scratch_ != nullptr) report->scratch.peak_bytes = scratch_->peak_bytes();
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
