// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "planish/inspect.h"

namespace planish::cli {

/// What a dataset is made of, for people: totals, file sizes, one line a column. Without
/// `all_columns`, a wide schema is cut to its first columns, and values are shortened.
std::string InspectSummary(const InspectResult& result, bool all_columns);

}  // namespace planish::cli
