// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "dataset/inventory.h"
#include "format/parquet_file.h"
#include "io/file_system.h"

namespace planish {

/// Which values of a key column some rows may have.
struct KeyRange {
  bool known = false;  ///< false: any value
  bool may_hold_null = true;
  bool has_values = false;
  std::string min, max;  ///< compare as the values do, byte by byte
};

/// A value as bytes that compare as values of its type do; false for types whose
/// statistics bound nothing (floating point) or have no order.
bool ToComparable(const arrow::Scalar& value, std::string* out);

/// What statistics of `num_rows` rows say, their values taken as `type`.
KeyRange RangeOf(const ColumnChunkStatistics& statistics, const arrow::DataType& type,
                 int64_t num_rows);

/// What statistics say of `column` (of the inventory's schema) in each row group, its
/// values taken as `type`. Opens every file that has one of them.
arrow::Result<std::vector<KeyRange>> KeyRangesOf(FileSystem* fs,
                                                 const Inventory& inventory,
                                                 const std::vector<RowGroupRef>& groups,
                                                 int column, const arrow::DataType& type,
                                                 arrow::MemoryPool* pool);

/// Its values taken as they are.
inline arrow::Result<std::vector<KeyRange>> KeyRangesOf(
    FileSystem* fs, const Inventory& inventory, const std::vector<RowGroupRef>& groups,
    int column, arrow::MemoryPool* pool) {
  return KeyRangesOf(fs, inventory, groups, column,
                     *inventory.schema()->field(column)->type(), pool);
}

/// Splits row groups into batches, each to be decided alone: no value may occur in two of
/// them. As few as can be with at most `most_rows` rows each, if the ranges allow that.
/// Row groups, by index, stay in order; batches are in the order of their first one.
std::vector<std::vector<size_t>> SplitByRange(const std::vector<KeyRange>& ranges,
                                              const std::vector<RowGroupRef>& groups,
                                              int64_t most_rows);

}  // namespace planish
