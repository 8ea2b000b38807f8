// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace planish {

/// For hints: a memory limit that is not below `enough`, nor at or below `limit`, which
/// failed. Three significant digits, rounded up, so that what is read is enough.
std::string RaisedLimit(int64_t limit, int64_t enough);

}  // namespace planish
