// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/dedup.h"
#include "planish/run_context.h"

namespace planish {

/// Runs Dedup on inputs that may be damaged in any way and fails the test unless it gives
/// an error that says what is wrong and leaves nothing behind, or else a result that
/// holds exactly the rows that win naively in what was not skipped, as Arrow reads them
/// from the same files. Row groups and files that were copied as they are need not be
/// readable. Removes the output.
void JudgeRun(const DedupOptions& options, const RunContext& context);

/// The first top-level column of a file, if it can be opened and the column is a leaf;
/// else empty.
std::string FirstColumn(const std::string& path);

}  // namespace planish
