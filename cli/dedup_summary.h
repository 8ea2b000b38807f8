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
/// "3 copied, 1 re-encoded, 0 dropped", with what else there is.
std::string Fates(const FateCounts& fates, bool planned);
/// The backup of a run in place, and the command that puts it back; empty without one.
std::string BackupSummary(const PublishReport& publish, const std::string& dataset);
std::string SidecarSummary(const PublishReport& publish);

/// What could not be read, as a list of the first and a last line that counts all; empty
/// if there is nothing of the kind.
std::string SkippedSummary(const Report& report);

}  // namespace planish::cli
