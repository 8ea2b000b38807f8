// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/inventory.h"
#include "planish/merge.h"

namespace planish {

/// A column of target and source, with the type in which values are compared.
struct NaiveColumn {
  int target = -1;  ///< -1: there is none
  int source = -1;  ///< -1: null
  std::shared_ptr<arrow::Field> common;
  bool as_text = false;
  /// No type holds the values of both; `common` is the target's.
  bool by_value = false;
  /// The source's field without the struct fields that are ignored; null for as it is.
  std::shared_ptr<arrow::Field> shape = nullptr;
  /// What the source writes, where the target keeps other fields of its structs; else
  /// null.
  std::shared_ptr<arrow::DataType> written = nullptr;
};

/// What the naive algorithm is asked.
struct NaiveMergeQuestion {
  MergeStrategy strategy = MergeStrategy::kUpsert;
  /// Of `updates` the common type is the target's: the source's values are compared as
  /// the file of the target has them.
  std::vector<NaiveColumn> key, updates, hive;
  /// Source columns, of rows with one key.
  std::vector<int> source_order;
  std::vector<bool> descending;
  SourceDuplicates duplicates = SourceDuplicates::kLast;
  NaiveColumn newer;
  /// Of source rows with one key the newest by `newer` counts; `duplicates` decides
  /// between those that are equally new.
  bool newest_counts = false;
  int delete_when = -1;
  bool may_move = false;
  /// A data column of the target as a new version of the file has it.
  std::function<arrow::Result<std::shared_ptr<arrow::Field>>(const DataFile&, int column)>
      field_of;
};

/// What becomes of the rows of the target.
enum class NaiveFate : uint8_t { kKeep, kDrop, kReplace };

struct NaiveMerge {
  std::vector<NaiveFate> fates;      ///< by target row
  std::vector<int64_t> replaced_by;  ///< by target row: a source row, or -1
  std::vector<bool> inserted;        ///< by source row
  struct Move {
    int64_t target = 0, source = 0;
  };
  /// Rows that come into other partitions, by source row, then target row.
  std::vector<Move> moved;
  int64_t duplicates = 0, updated = 0, unchanged = 0, deleted = 0, stale = 0, ignored = 0;
  int64_t matched = 0;  ///< target rows whose key is in the source
};

/// Merges one row at a time in the plainest way: all rows of both sides are held in
/// memory as plain values. Shares no code with keys/ and winners/. Errors:
/// kInvalidOption for a row that would change partition and may not, and for source rows
/// with one key if that is an error; otherwise as FindLosersNaively.
arrow::Result<NaiveMerge> MergeNaively(FileSystem* fs,
                                       const std::shared_ptr<const Inventory>& target,
                                       const std::shared_ptr<const Inventory>& source,
                                       const NaiveMergeQuestion& question,
                                       arrow::MemoryPool* pool);

}  // namespace planish
