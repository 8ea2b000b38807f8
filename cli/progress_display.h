// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "planish/run_context.h"

namespace planish::cli {

enum class ProgressStyle {
  kAuto,  ///< a bar on a terminal; elsewhere log lines, of long runs only
  kBar,
  kLog,
  kNone,
};

/// Shows the progress and the log of one run on standard error. Thread-safe.
class ProgressDisplay {
 public:
  ProgressDisplay(ProgressStyle style, LogLevel level);
  /// Clears the bar.
  ~ProgressDisplay() { Finish(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// Makes a run report here; this object must outlive it.
  void Attach(RunContext* context);

  void Show(const Progress& progress);
  void Log(LogLevel level, const std::string& message);
  /// Clears the bar, so that other text can follow.
  void Finish();

 private:
  bool IsDue(const Progress& progress, bool new_stage) const;
  void ClearBar();

  const double first_shown_;   ///< as Progress::seconds: there is no line before
  const ProgressStyle style_;  ///< never kAuto
  const LogLevel level_;
  std::mutex mutex_;
  std::string stage_;
  double stage_started_ = 0;  ///< as Progress::seconds
  double shown_ = 0;          ///< as Progress::seconds
  bool bar_visible_ = false;
};

}  // namespace planish::cli
