// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "planish/run_context.h"
#include "planish/stream.h"

namespace planish {

/// Every option in force by its command-line name.
std::map<std::string, std::string> DescribeStreamOptions(
    const StreamDedupOptions& options, const RunContext& context);

}  // namespace planish
