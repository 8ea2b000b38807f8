// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/run_context.h"

namespace planish::cli {

/// Between 0 and 1, by rows or, without them, by bytes; negative while the total is
/// unknown.
double DoneFraction(const Progress& progress);

/// "rewrite  [#######-------]  50 %  1,200,000 rows/s  ETA 4.00 s", at most `columns`
/// wide. What is not known is left out, and the bar itself if it gets too short.
/// `stage_seconds` is the time this stage has taken so far.
std::string BarLine(const Progress& progress, double stage_seconds, int columns);

/// The same for a log: "[12.3 s] rewrite: 50 %, 6,000,000 of 12,000,000 rows, 1,200,000
/// rows/s, about 4.00 s left".
std::string LogLine(const Progress& progress, double stage_seconds);

}  // namespace planish::cli
