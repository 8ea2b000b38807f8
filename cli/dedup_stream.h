// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/arguments.h"
#include "planish/dedup.h"

namespace planish::cli {

/// Whether dedup is to read from standard input or to write rows to standard output: "-"
/// as input or output.
bool IsStreamed(const DedupOptions& options);

/// Does that; returns the exit code.
int RunStreamedDedup(const DedupOptions& options, const RunArguments& run);

}  // namespace planish::cli
