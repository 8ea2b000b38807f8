// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/report.h"

namespace planish::cli {

/// What dedup did, or with a dry run would do, in a few aligned lines for people.
std::string DedupSummary(const Report& report, const std::string& output);

/// Time, throughput, seconds per stage and memory, as they end the summary of every run.
std::string RunSummary(const Report& report);

}  // namespace planish::cli
