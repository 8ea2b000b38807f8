// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"

namespace planish {

/// A top-level column of a file that gets another type, or becomes nullable.
struct RetypedColumn {
  int column = 0;
  std::shared_ptr<arrow::Field> field;
};

/// What a new version of a file, or a new file like it, has other columns than that file.
/// Fields are as ParquetFile::schema has them.
struct SchemaChange {
  std::vector<RetypedColumn> retyped = {};  ///< by column
  arrow::FieldVector added = {};            ///< behind the columns of the file

  bool empty() const { return retyped.empty() && added.empty(); }
  /// Null if the column stays as it is.
  std::shared_ptr<arrow::Field> FieldOf(int column) const;
  /// The columns of `schema` with the change.
  arrow::FieldVector Apply(const arrow::Schema& schema) const;
};

/// Gives values of a column the type of a field that holds them all.
using ConvertValues = std::function<arrow::Result<std::shared_ptr<arrow::Array>>(
    const std::shared_ptr<arrow::Array>&, const arrow::Field&, arrow::MemoryPool*)>;

}  // namespace planish
