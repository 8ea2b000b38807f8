// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_line.h"

#include <algorithm>
#include <cmath>

#include "cli/terminal.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

constexpr int kStageWidth = 8;  // so that the bar does not move between stages
constexpr int kShortestBar = 10;
constexpr int kLongestBar = 50;
// A rate over less time says little.
constexpr double kShortestStage = 0.1;

std::string Percent(double fraction) {
  return std::to_string(static_cast<int>(std::floor(fraction * 100))) + " %";
}

std::string Rate(const Progress& progress, double stage_seconds) {
  if (stage_seconds < kShortestStage || progress.rows_done <= 0) return "";
  const double rate = static_cast<double>(progress.rows_done) / stage_seconds;
  return FormatCount(static_cast<int64_t>(rate)) + " rows/s";
}

std::string Bar(double fraction, int cells) {
  const int filled = static_cast<int>(fraction * cells);
  return "[" + std::string(filled, '#') + std::string(cells - filled, '-') + "]";
}

}  // namespace

double DoneFraction(const Progress& progress) {
  const bool by_rows = progress.rows_total > 0;
  const int64_t total = by_rows ? progress.rows_total : progress.bytes_total;
  const int64_t done = by_rows ? progress.rows_done : progress.bytes_done;
  if (total <= 0) return -1;
  return std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
}

std::string BarLine(const Progress& progress, double stage_seconds, int columns) {
  std::string stage = progress.stage;
  stage.resize(std::max<size_t>(stage.size(), kStageWidth), ' ');
  const double fraction = DoneFraction(progress);
  if (fraction < 0) return Shortened(stage + "  ...", columns);
  std::string tail = Percent(fraction);
  tail.insert(0, 5 - std::min<size_t>(5, tail.size()), ' ');
  const std::string rate = Rate(progress, stage_seconds);
  if (!rate.empty()) tail += "  " + rate;
  if (progress.seconds_left >= 0) tail += "  ETA " + FormatSeconds(progress.seconds_left);
  const int fixed = static_cast<int>(stage.size() + tail.size()) + 6;
  const int cells = std::min(columns - fixed, kLongestBar);
  const std::string bar = cells >= kShortestBar ? Bar(fraction, cells) + "  " : "";
  return Shortened(stage + "  " + bar + tail, columns);
}

std::string LogLine(const Progress& progress, double stage_seconds) {
  std::string line = "[" + FormatSeconds(progress.seconds) + "] " + progress.stage;
  const double fraction = DoneFraction(progress);
  const bool begins = progress.rows_done == 0 && progress.bytes_done == 0;
  if (begins) line += " begins";
  if (fraction < 0) return line;
  const std::string rows = FormatCount(progress.rows_total) + " rows";
  if (begins) {
    return progress.rows_total > 0 ? line + ": " + rows : line;
  }
  line += ": " + Percent(fraction);
  if (progress.rows_total > 0)
    line += ", " + FormatCount(progress.rows_done) + " of " + rows;
  const std::string rate = Rate(progress, stage_seconds);
  if (!rate.empty()) line += ", " + rate;
  if (progress.seconds_left >= 0 && fraction < 1) {
    line += ", about " + FormatSeconds(progress.seconds_left) + " left";
  }
  return line;
}

}  // namespace planish::cli
