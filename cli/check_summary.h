// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/check.h"

namespace planish::cli {

/// What check found: counts, a table of the worst keys, and how the run went.
std::string CheckSummary(const CheckResult& result);

}  // namespace planish::cli
