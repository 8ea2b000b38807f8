// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "arrow/status.h"
#include "planish/inspect.h"

namespace planish {

/// A data column whose types in the files have no common one (see PromoteFields), or that
/// some files lack, where that does not mean null.
struct ColumnConflict {
  int column = 0;  ///< index into the dataset's schema
  std::vector<TypeInFiles> types;
  /// kSchemaMismatch or kMissingColumn, for whoever needs the column's values in one
  /// type: names two files that differ in it.
  arrow::Status error;
};

}  // namespace planish
