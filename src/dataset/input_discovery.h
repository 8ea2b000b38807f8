// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// A file that the inputs name.
struct DiscoveredFile {
  std::string path;  ///< normalised: as the input is spelled, without "." and "//"
  std::string relative_path;  ///< below the root of its input
  FileIdentity identity;
  bool in_directory = false;  ///< found in a directory, not named by a path or a glob
};

/// The data files of `inputs`, by path.
///
/// An input that exists is a file or a directory; any other is a glob, if it has
/// wildcards. Every file in a directory, at any depth, is data, except that names
/// starting with "." or "_" are passed over; the same holds for what a wildcard matches,
/// unless the pattern itself starts with that character, and a directory that a glob
/// matches is taken as a directory. What a path spells out is taken whatever its name. A
/// directory named like a partition of a column that starts with
/// "_" ("_day=1") is an error, because readers disagree on whether it is data.
///
/// Symbolic links are followed, but not into a directory from within itself. A file
/// counts once, however many inputs lead to its path; the first of them gives its root.
/// Two links to one file are two paths and two files.
///
/// The root of a directory input is that directory, of a glob its leading components
/// without wildcards, of a file the directory above the `column=value` directories
/// directly above the file.
///
/// Errors: kInvalidOption, kMissingPath (no such input, or a glob without a match),
/// kEmptyDataset, kUnsupported (neither a file nor a directory), kPermission, kIo.
arrow::Result<std::vector<DiscoveredFile>> DiscoverFiles(
    FileSystem* fs, const std::vector<std::string>& inputs);

/// Makes relative paths of `files` distinct, also from the directories in the others: of
/// those that clash the first keeps its path, and later ones become "name-1.parquet",
/// "name-2.parquet".
void MakeRelativePathsDistinct(std::vector<DiscoveredFile>* files);

}  // namespace planish
