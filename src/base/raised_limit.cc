// SPDX-License-Identifier: Apache-2.0
#include "base/raised_limit.h"

#include <algorithm>
#include <limits>

#include "planish/quantities.h"

namespace planish {

std::string RaisedLimit(int64_t limit, int64_t enough) {
  // Damaged files ask for anything.
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 4;
  const int64_t least = std::min(std::max(limit + 1, enough), kMost);
  int64_t step = 1;
  while (least / step >= 1000) step *= 10;
  return FormatByteSize((least + step - 1) / step * step);
}

}  // namespace planish
