// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"

namespace planish::cli {

/// Column names of "a,b,c". In a name, "\," stands for a comma and "\\" for a backslash;
/// any other backslash is itself. Empty names are an error.
arrow::Result<std::vector<std::string>> SplitColumnList(std::string_view text);

}  // namespace planish::cli
