// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/inventory.h"
#include "keys/key_encoder.h"
#include "planish/merge.h"

namespace planish {

/// A column that target and source have in common, and the type in which their values are
/// compared.
struct SharedColumn {
  int target = -1;  ///< index into the target's schema
  int source = -1;  ///< index into the source's
  std::shared_ptr<arrow::Field> common;
  /// Compared by the text that a directory is called by, because one of them is a hive
  /// column.
  bool as_text = false;
  /// No type holds the values of both: they are compared as the target's, where one of
  /// the source may not fit.
  bool by_value = false;
  /// The source's field without the struct fields that are ignored; null where there are
  /// none.
  std::shared_ptr<arrow::Field> shape = nullptr;
  /// The type of what the source writes, if the target keeps the struct fields that this
  /// lacks; else null.
  std::shared_ptr<arrow::DataType> written = nullptr;
};

/// MergeOptions with names resolved to columns of both sides.
struct MergeQuestion {
  std::vector<SharedColumn> key;
  std::vector<bool> never_null;  ///< of the key columns, on both sides
  /// Data columns, other than those of the key, that updated rows take from the source;
  /// `source` is -1 where they become null.
  std::vector<SharedColumn> updates;
  /// For each data column of the target, the source's, or -1 for null.
  std::vector<int> source_of;
  /// For each hive column of the target; -1 where rows stay where they are.
  std::vector<int> hive_source_of;
  /// Which of several source rows with one key comes last, and so counts; by `newer`
  /// without an order of its own.
  std::vector<OrderColumn> source_order;
  bool order_by_newer = false;
  /// `target` is -1 without newer_by.
  SharedColumn newer;
  int delete_when = -1;  ///< in the source

  bool places_rows() const;
  /// Whether a column of the target is of the key, whose values are never rounded.
  bool IsKey(int target_column) const;
  /// What is known of a data column that the source has; null for keys.
  const SharedColumn* UpdateOf(int target_column) const;
  /// Data columns of the target that the source has and `file` lacks: a file that is
  /// written gets them behind its own, in this order.
  std::vector<int> ColumnsFor(const DataFile& file) const;
};

/// Fields of a schema, as many as there are numbers.
arrow::FieldVector FieldsOf(const std::vector<int>& columns, const arrow::Schema& schema);

/// Errors: kMissingColumn, kSchemaMismatch (both name the column), kUnsupported.
arrow::Result<MergeQuestion> ResolveMerge(const Inventory& target,
                                          const Inventory& source,
                                          const MergeOptions& options);

/// Whether the strategy brings in rows.
bool Inserts(MergeStrategy strategy);
/// Whether the strategy changes values of target rows.
bool Updates(MergeStrategy strategy);

/// Every option in force by its command-line name.
std::map<std::string, std::string> DescribeOptions(const MergeOptions& options,
                                                   const RunContext& context);

}  // namespace planish
