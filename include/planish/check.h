// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "planish/dataset_options.h"
#include "planish/dedup.h"
#include "planish/on_error.h"
#include "planish/report.h"
#include "planish/run_context.h"

/// \file
/// check: are there rows with equal keys? Writes nothing.

namespace planish {

struct CheckOptions {
  DatasetOptions dataset;
  /// As in DedupOptions.
  std::vector<std::string> key;
  Scope scope = Scope::kDataset;
  bool nan_equal = true;
  /// What to do about chunks that cannot be read.
  OnError on_error = OnError::kSkip;
  /// With kRetry only: how often a read is made again; at least 1, 3 if unset.
  std::optional<int> retries;
  /// How many of the most frequent duplicated keys to name; 0 or more.
  int worst_keys = 10;

  arrow::Status Validate() const;
};

struct DuplicatedKey {
  /// The key's values, one a column, as text.
  std::vector<std::string> values;
  int64_t rows = 0;  ///< rows with this key, at least 2
  /// Where the first of them is: file, and row in it counted from 0.
  std::string first_file;
  int64_t first_row = 0;
};

struct CheckResult {
  std::vector<std::string> key;  ///< the key columns that were compared
  int64_t duplicated_keys = 0;   ///< keys that more than one row has
  int64_t surplus_rows = 0;      ///< rows that dedup with keep=first would drop
  /// By rows descending, then by position.
  std::vector<DuplicatedKey> worst;
  Report report;

  /// Indented JSON as docs/report.md describes it, ending in a newline.
  std::string ToJson() const;

  /// The report's metrics and those of the duplicates, as Report::ToPrometheus has them.
  std::string ToPrometheus(const MetricLabels& labels = {}) const;
};

/// Finds duplicated keys. Finding some is a result, not an error.
arrow::Result<CheckResult> Check(const CheckOptions& options,
                                 const RunContext& context = {});

}  // namespace planish
