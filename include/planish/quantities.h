// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arrow/result.h"

/// \file
/// Amounts as text, in one form wherever planish shows or reads them.

namespace planish {

/// Bytes of "1048576", "64MB", "2G", "1.5GiB", "2 gb", or "50%" of `whole`. Powers of
/// 1000 for kB, MB, GB, TB and k, M, G, T, powers of 1024 for KiB, MiB, GiB, TiB. Must be
/// positive; the error says what is allowed. `whole` 0 means that a percentage is not
/// allowed.
arrow::Result<int64_t> ParseByteSize(std::string_view text, int64_t whole);

/// Three significant digits in powers of 1000: "512 B", "1.50 MB", "2.00 GB".
std::string FormatByteSize(int64_t bytes);

/// With thousands separators: "2,999,809".
std::string FormatCount(int64_t count);

/// "0.42 s", "12.3 s", "4 min 05 s", "2 h 03 min".
std::string FormatSeconds(double seconds);

}  // namespace planish
