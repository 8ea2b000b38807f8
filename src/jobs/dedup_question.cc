// SPDX-License-Identifier: Apache-2.0
#include "jobs/dedup_question.h"

#include <algorithm>
#include <numeric>

#include "arrow/type.h"
#include "base/error_builder.h"
#include "dataset/order_by.h"

namespace planish {

namespace {

arrow::Status RefuseNestedKeys(const arrow::Schema& schema,
                               const std::vector<int>& columns) {
  for (int column : columns) {
    const arrow::Field& field = *schema.field(column);
    if (!arrow::is_nested(field.type()->id())) continue;
    return Error(ErrorKind::kUnsupported, "key column is nested: " + field.name())
        .Fact("type", field.type()->ToString())
        .Hint("loop semantics cannot hash lists or dicts; leave out `semantics=loop`");
  }
  return arrow::Status::OK();
}

}  // namespace

KeepPolicy PolicyOf(Keep keep) {
  switch (keep) {
    case Keep::kFirst:
      return KeepPolicy::kFirst;
    case Keep::kLast:
      return KeepPolicy::kLast;
    case Keep::kNone:
      return KeepPolicy::kNone;
  }
  return KeepPolicy::kFirst;
}

arrow::Result<std::vector<int>> ResolveKey(const Inventory& inventory,
                                           const std::vector<std::string>& names) {
  if (!names.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto named, ResolveColumns(*inventory.schema(), names, "key"));
    ARROW_RETURN_NOT_OK(inventory.CheckTypesAgree(named));
    return named;
  }
  std::vector<int> all(static_cast<size_t>(inventory.schema()->num_fields()));
  std::iota(all.begin(), all.end(), 0);
  if (all.empty()) {
    return Error(ErrorKind::kMissingColumn, "the dataset has no columns to compare");
  }
  ARROW_RETURN_NOT_OK(inventory.CheckTypesAgree(all));
  return all;
}

std::vector<int> ScopedKey(const Inventory& inventory, std::vector<int> key_columns,
                           Scope scope) {
  if (scope == Scope::kDataset) return key_columns;
  for (int hive = inventory.num_data_columns(); hive < inventory.schema()->num_fields();
       ++hive) {
    if (std::find(key_columns.begin(), key_columns.end(), hive) == key_columns.end()) {
      key_columns.push_back(hive);
    }
  }
  return key_columns;
}

arrow::Result<DedupQuestion> ResolveQuestion(const Inventory& inventory,
                                             const DedupOptions& options) {
  DedupQuestion question;
  ARROW_ASSIGN_OR_RAISE(std::vector<int> key, ResolveKey(inventory, options.key));
  question.nan_equal = options.nan_equal;
  if (options.semantics == Semantics::kLoop) {
    question.nan_equal = false;
    ARROW_RETURN_NOT_OK(RefuseNestedKeys(*inventory.schema(), key));
  }
  question.key_columns = ScopedKey(inventory, std::move(key), options.scope);
  for (const std::string& item : options.order_by) {
    ARROW_ASSIGN_OR_RAISE(const OrderByColumn column,
                          ResolveOrderBy(*inventory.schema(), item));
    ARROW_RETURN_NOT_OK(inventory.CheckTypesAgree({column.column}));
    question.order_columns.push_back({column.column, column.descending});
  }
  return question;
}

WinnerQuestion WinnerQuestionOf(const DedupQuestion& question,
                                const DedupOptions& options) {
  WinnerQuestion asked;
  asked.key_columns = question.key_columns;
  asked.order_columns = question.order_columns;
  asked.keep = PolicyOf(options.keep);
  asked.nan_equal = question.nan_equal;
  asked.optimizations = options.optimizations;
  return asked;
}

NaiveQuestion NaiveQuestionOf(const DedupQuestion& question,
                              const DedupOptions& options) {
  NaiveQuestion naive;
  naive.key_columns = question.key_columns;
  for (const OrderColumn& order : question.order_columns) {
    naive.order_columns.push_back(order.column);
    naive.descending.push_back(order.descending);
  }
  naive.keep = options.keep;
  naive.scope = options.scope;
  naive.nan_equal = question.nan_equal;
  return naive;
}

}  // namespace planish
