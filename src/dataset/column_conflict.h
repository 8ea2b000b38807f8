// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "arrow/status.h"
#include "planish/inspect.h"

namespace planish {

/// A data column whose types in the files have no common one (see PromoteFields).
struct ColumnConflict {
  int column = 0;  ///< index into the dataset's schema
  std::vector<TypeInFiles> types;
  /// kSchemaMismatch, for whoever needs the column's values in one type: names two files
  /// whose types do not agree.
  arrow::Status error;
};

}  // namespace planish
