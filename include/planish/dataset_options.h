// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// \file
/// Which files make up a dataset, and how their schemas become one.

namespace planish {

/// What a column that some files lack is taken for in those files.
enum class MissingColumns {
  kError,  ///< a schema error that names a file with it and one without
  kNull,   ///< null in every row
};

struct DatasetOptions {
  /// Directories (taken recursively), files, and globs (`*`, `?`, `[...]`, `**`). Inside
  /// directories, names starting with "." or "_" are not data. At least one.
  std::vector<std::string> inputs;
  MissingColumns missing_columns = MissingColumns::kError;
};

}  // namespace planish
