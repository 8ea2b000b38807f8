// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"

/// \file
/// From the names that people give to columns of a dataset. Names are those of whole
/// top-level or hive columns, spelled exactly; a name that contains a dot or a dash is
/// nothing special.

namespace planish {

struct OrderByColumn {
  int column = 0;  ///< index into the schema
  bool descending = false;
};

/// What `item` stands for: a column's name, ascending; "-name" or "name desc",
/// descending; "name asc", ascending. A column whose name is all of `item` comes before
/// any other reading. Case of asc and desc does not matter. Errors: kInvalidOption for an
/// empty item or one that gives two directions, kMissingColumn with the columns there
/// are.
arrow::Result<OrderByColumn> ResolveOrderBy(const arrow::Schema& schema,
                                            std::string_view item);

/// Indexes of the columns called `names`. `role` ("key") says in errors what they are
/// for. Errors: kInvalidOption for a name given twice, kMissingColumn.
arrow::Result<std::vector<int>> ResolveColumns(const arrow::Schema& schema,
                                               const std::vector<std::string>& names,
                                               std::string_view role);

}  // namespace planish
