// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/report.h"

namespace planish::cli {

/// What merge did, or with a dry run would do, in a few aligned lines for people.
std::string MergeSummary(const Report& report, const std::string& result);

}  // namespace planish::cli
