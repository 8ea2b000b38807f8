// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "arrow/result.h"
#include "parquet/statistics.h"

namespace planish {

/// Which fields a Statistics structure of the file format has. New statistics get the
/// same ones.
struct StatisticsFields {
  bool deprecated_min_max =
      false;  ///< from before orders were defined, compared as signed
  bool min_max = false;
  bool null_count = false;
  bool exactness = false;

  bool any() const { return deprecated_min_max || min_max || null_count; }
  bool any_min_max() const { return deprecated_min_max || min_max; }
};

arrow::Result<StatisticsFields> ReadStatisticsFields(std::string_view statistics);

/// Appends a Statistics structure with `fields` as far as `values` has them.
/// `signed_order` says whether the deprecated bounds mean anything.
void AppendStatistics(const StatisticsFields& fields,
                      const parquet::EncodedStatistics& values, bool signed_order,
                      std::string* out);

}  // namespace planish
