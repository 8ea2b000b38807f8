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

/// What a file says of its values that is taken for true without a look at them.
enum class Trust {
  kStatistics,  ///< statistics, page indexes, bloom filters, as far as their rules are
                ///< known
  kNothing,     ///< what the values do not say themselves is not known
};

struct DatasetOptions {
  /// Directories (taken recursively), files, and globs (`*`, `?`, `[...]`, `**`). At
  /// least one. docs/semantics.md says which files of a directory are data: those called
  /// .parquet, .parq or .pq, and few others. Files named one by one always are.
  std::vector<std::string> inputs;
  /// Patterns of paths below an input's root. If there are any, only files that one of
  /// them matches are part of the dataset. A pattern that ends in an extension makes data
  /// of what it matches, whatever that is called.
  std::vector<std::string> include = {};
  /// Such patterns of files that are not part of the dataset. In place, these stay as
  /// they are.
  std::vector<std::string> exclude = {};
  /// Take what belongs to a table with a log of its own (Delta Lake, Iceberg, Hudi, ...)
  /// for plain files. False: that is an error, since such a log says which files count.
  bool ignore_table_log = false;
  /// Follow symbolic links in directories, and among a glob's matches, wherever they
  /// lead. False: a link that leads out of its input is an error, since whoever may make
  /// one could have any file read that the caller may read. Paths that are given one by
  /// one are taken as they are. In place, true takes in links to files: what they lead to
  /// is read and never changed, and a link whose file has to change becomes a file;
  /// false: any link is an error. Links to directories always are an error there.
  bool allow_symlinks = false;
  MissingColumns missing_columns = MissingColumns::kError;
  /// With kStatistics, files whose statistics exclude values that they hold are taken for
  /// files without these values. No writer that we know of lies; strangers may.
  Trust trust = Trust::kStatistics;
};

}  // namespace planish
