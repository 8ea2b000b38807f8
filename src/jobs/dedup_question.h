// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/winner_search.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "reference/naive_winners.h"

namespace planish {

/// DedupOptions with names resolved to columns of a dataset and semantics to rules.
struct DedupQuestion {
  std::vector<int> key_columns;
  std::vector<OrderColumn> order_columns;
  bool nan_equal = true;
};

/// Errors: kMissingColumn; kSchemaMismatch for a key or order column without a common
/// type; under Semantics::kLoop, kUnsupported for a nested key.
arrow::Result<DedupQuestion> ResolveQuestion(const Inventory& inventory,
                                             const DedupOptions& options);

KeepPolicy PolicyOf(Keep keep);

/// The columns `names` stand for; all of the dataset's if there are none.
arrow::Result<std::vector<int>> ResolveKey(const Inventory& inventory,
                                           const std::vector<std::string>& names);

/// `key_columns`, and for Scope::kPartition every hive column that is not among them.
std::vector<int> ScopedKey(const Inventory& inventory, std::vector<int> key_columns,
                           Scope scope);

WinnerQuestion WinnerQuestionOf(const DedupQuestion& question,
                                const DedupOptions& options);
NaiveQuestion NaiveQuestionOf(const DedupQuestion& question, const DedupOptions& options);

/// How often a failed read is made again.
int ReadRetries(OnError on_error, const std::optional<int>& retries);

/// Every option in force by its command-line name.
std::map<std::string, std::string> DescribeOptions(const DedupOptions& options,
                                                   const RunContext& context);
std::map<std::string, std::string> DescribeOptions(const CheckOptions& options,
                                                   const RunContext& context);

}  // namespace planish
