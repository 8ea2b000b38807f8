// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/inventory.h"
#include "scan/number_conversion.h"

namespace planish {

/// Values of a merge's source, and which of its rows they are of.
struct SourceColumn {
  const Inventory& source;
  std::shared_ptr<arrow::Array> values;
  /// The global ordinal of the row that a value is of.
  std::function<int64_t(int64_t)> row_of;
};

/// The values as a column of the target has them: as `field`, in `target`, which errors
/// call so. The first value that does not fit, or is null where the field requires
/// values, is an error (kSchemaMismatch) that names the value, its file and its row
/// there, counted from 0.
arrow::Result<std::shared_ptr<arrow::Array>> FitSourceValues(const SourceColumn& column,
                                                             const arrow::Field& field,
                                                             const std::string& target,
                                                             Rounding rounding,
                                                             arrow::MemoryPool* pool);

/// The error (kSchemaMismatch) of a row of the target's `file` that would become null in
/// a column that the source lacks and `field` requires.
arrow::Status NoValueFor(const DataFile& file, const arrow::Field& field);

}  // namespace planish
