// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_display.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/progress_line.h"
#include "cli/terminal.h"

namespace planish::cli {
namespace {

constexpr double kSecondsBetweenRedraws = 0.1;
constexpr double kSecondsBetweenLogLines = 10;
// A script that runs for less does not want to know.
constexpr double kSecondsBeforeLogLines = 5;
// Back to the line's start, and erase to its end.
constexpr char kClearLine[] = "\r\x1b[K";

ProgressStyle Resolve(ProgressStyle style) {
  if (style != ProgressStyle::kAuto) return style;
  const char* terminal = std::getenv("TERM");
  const bool can_redraw = terminal != nullptr && std::string_view(terminal) != "dumb";
  return can_redraw && IsTerminal(STDERR_FILENO) ? ProgressStyle::kBar
                                                 : ProgressStyle::kLog;
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "log";
}

// Standard error is talk: if it does not take the text, the run goes on.
void Say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressStyle style, LogLevel level)
    : first_shown_(style == ProgressStyle::kAuto && Resolve(style) == ProgressStyle::kLog
                       ? kSecondsBeforeLogLines
                       : 0),
      style_(Resolve(style)),
      level_(level) {}

void ProgressDisplay::Attach(RunContext* context) {
  context->on_log = [this](LogLevel level, const std::string& message) {
    Log(level, message);
  };
  if (style_ == ProgressStyle::kNone) return;
  context->on_progress = [this](const Progress& progress) {
    Show(progress);
    return arrow::Status::OK();
  };
}

bool ProgressDisplay::IsDue(const Progress& progress, bool new_stage) const {
  if (progress.seconds < first_shown_) return false;
  const double since = progress.seconds - shown_;
  if (style_ == ProgressStyle::kLog) return new_stage || since >= kSecondsBetweenLogLines;
  return new_stage || since >= kSecondsBetweenRedraws;
}

void ProgressDisplay::Show(const Progress& progress) {
  std::lock_guard<std::mutex> lock(mutex_);
  const bool new_stage = progress.stage != stage_;
  if (!IsDue(progress, new_stage)) return;
  if (new_stage) stage_started_ = progress.seconds;
  stage_ = progress.stage;
  shown_ = progress.seconds;
  const double stage_seconds = progress.seconds - stage_started_;
  if (style_ == ProgressStyle::kLog) {
    Say(LogLine(progress, stage_seconds) + "\n");
    return;
  }
  // The last column stays free: writing to it makes some terminals wrap.
  const int columns = TerminalColumns(STDERR_FILENO) - 1;
  Say(kClearLine + BarLine(progress, stage_seconds, columns));
  bar_visible_ = true;
}

void ProgressDisplay::Log(LogLevel level, const std::string& message) {
  if (level < level_) return;
  std::lock_guard<std::mutex> lock(mutex_);
  ClearBar();
  Say(std::string(LevelName(level)) + ": " + Printable(message) + "\n");
}

void ProgressDisplay::Finish() {
  std::lock_guard<std::mutex> lock(mutex_);
  ClearBar();
}

void ProgressDisplay::ClearBar() {
  if (bar_visible_) Say(kClearLine);
  bar_visible_ = false;
}

}  // namespace planish::cli
