// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "arrow/status.h"
#include "arrow/util/decimal.h"

/// \file
/// Files with an INT96 column over its whole range, of which Arrow writes and reads a
/// part only.

namespace planish {

/// A row of a file whose columns are "id" (INT64), "t" (INT96, optional) and "v" (INT32).
struct Int96Row {
  int64_t id = 0;
  /// Nanoseconds since the Unix epoch.
  std::optional<arrow::Decimal128> t = {};
  int32_t v = 0;

  bool operator==(const Int96Row& other) const = default;
};

/// Makes the directories above `path`.
arrow::Status WriteInt96Rows(const std::vector<Int96Row>& rows, const std::string& path,
                             int64_t row_group_rows = 1'000'000);

/// Of all files of a dataset, by path.
arrow::Result<std::vector<Int96Row>> ReadInt96Rows(const std::string& directory);

/// Midnight of a day that is `days` behind that of the epoch.
arrow::Decimal128 Midnight(int64_t days);

}  // namespace planish
