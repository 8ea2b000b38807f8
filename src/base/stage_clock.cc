// SPDX-License-Identifier: Apache-2.0
#include "base/stage_clock.h"

#include <time.h>

namespace planish {
namespace {

double ProcessCpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

StageClock::StageClock()
    : start_(std::chrono::steady_clock::now()),
      stage_start_(start_),
      start_cpu_(ProcessCpuSeconds()),
      stage_start_cpu_(start_cpu_) {}

void StageClock::Enter(const std::string& name) {
  Stop();
  current_ = name;
  stage_start_ = std::chrono::steady_clock::now();
  stage_start_cpu_ = ProcessCpuSeconds();
}

void StageClock::Stop() {
  if (current_.empty()) return;
  Stage* stage = nullptr;
  for (Stage& known : stages_) {
    if (known.name == current_) stage = &known;
  }
  if (stage == nullptr) stage = &stages_.emplace_back(Stage{current_});
  stage->wall_seconds += SecondsSince(stage_start_);
  stage->cpu_seconds += ProcessCpuSeconds() - stage_start_cpu_;
  current_.clear();
}

double StageClock::wall_seconds() const {
  return SecondsSince(start_);
}

double StageClock::cpu_seconds() const {
  return ProcessCpuSeconds() - start_cpu_;
}

}  // namespace planish
