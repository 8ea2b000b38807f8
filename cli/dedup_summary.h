// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/report.h"

namespace planish::cli {

/// What dedup did, or with a dry run would do, in a few aligned lines for people.
std::string DedupSummary(const Report& report, const std::string& output);

/// Time, throughput, seconds per stage and memory, as they end the summary of every run.
std::string RunSummary(const Report& report);

/// What became of the files beside the data that describe it; empty if there are none
/// that the run had to do with.
std::string SidecarSummary(const PublishReport& publish);

/// What could not be read, as a list of the first and a last line that counts all; empty
/// if there is nothing of the kind.
std::string SkippedSummary(const Report& report);

}  // namespace planish::cli
