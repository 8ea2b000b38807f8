// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/type.h"

namespace planish {

/// The names of a schema's columns for people to read: "userId, ts, payload", the first
/// dozen and how many more there are.
std::string ListColumns(const arrow::Schema& schema);

}  // namespace planish
