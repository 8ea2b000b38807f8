// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"
#include "planish/dataset_options.h"

namespace planish {

/// A file that the inputs name.
struct DiscoveredFile {
  std::string path;  ///< normalised: as the input is spelled, without "." and "//"
  std::string relative_path;  ///< below the root of its input
  FileIdentity identity;
  bool in_directory = false;  ///< found in a directory, not named by a path or a glob
  /// Found in a directory: a symbolic link.
  bool is_link = false;
  /// Found in a directory: the first symbolic link to a directory on its path.
  std::string directory_link = {};
};

/// A file that was found, but is not part of the dataset.
struct OtherFile {
  std::string path;
  std::string relative_path;
  bool is_excluded = false;  ///< by the patterns of the options
  /// Why what bears the name of data cannot be any; empty for all others.
  std::string reason = {};
};

struct DiscoveredInputs {
  /// The directories of the inputs: while these live, what is found is read in them, and
  /// no link out of them is followed unless that is allowed (see FileSystem::Pin).
  std::vector<std::shared_ptr<const PinnedDirectory>> pins;
  std::vector<DiscoveredFile> files;  ///< by path
  std::vector<OtherFile> others;      ///< by path
};

/// Which files of a directory are data.
enum class DirectoryFiles {
  /// Those called .parquet, .parq or .pq in any case, and those without an extension that
  /// begin with PAR1.
  kParquet,
  kParquetAndIpc,  ///< also those called .arrow, .arrows, .feather or .ipc
  kAll,            ///< every file, whatever its name: planish made the directory
};

/// What an error of kind kEmptyDataset calls files that are not data.
inline constexpr char kOtherFilesFact[] = "other files";

/// The data files of the inputs.
///
/// An input that exists is a file or a directory; any other is a glob, if it has
/// wildcards. Directories are searched at any depth for data files (see DirectoryFiles),
/// except that names starting with "." or "_" are passed over; the latter holds for what
/// a wildcard matches, too, unless the pattern itself starts with that character. A
/// directory that a glob matches is taken as a directory. A file that it matches is data
/// as in a directory, or if the glob NamesItsMatches. What a path spells out is taken
/// whatever its name. A directory named like a partition of a column that starts with "_"
/// ("_day=1") is an error, because readers disagree on whether it is data.
///
/// `include` and `exclude` of the options choose among all of these by relative path. A
/// pattern of `include` that NamesItsMatches makes data of what it matches. A file
/// without an extension that cannot be read is taken for data that cannot be read.
///
/// Symbolic links are followed within an input; one that leads out of it is an error
/// (kUnsupported) without `allow_symlinks`. They are not followed into a directory from
/// within itself. A file counts once, however many inputs lead to its path; the first of
/// them gives its root. Two links to one file are two paths and two files.
///
/// The root of a directory input is that directory, of a glob its leading components
/// without wildcards, of a file the directory above the `column=value` directories
/// directly above the file.
///
/// Errors: kInvalidOption, kMissingPath (no such input, or a glob without a match),
/// kEmptyDataset (also for a glob all of whose matches are not data), kUnsupported
/// (neither a file nor a directory, or a table with a log of its own, see
/// FindTableLogAbove), kPermission, kIo. With kAll, `options` beyond its inputs do not
/// count, and logs are not looked for.
arrow::Result<DiscoveredInputs> DiscoverFiles(FileSystem* fs,
                                              const DatasetOptions& options,
                                              DirectoryFiles directory_files);

/// Makes relative paths of `files` distinct, also from the directories in the others: of
/// those that clash the first keeps its path, and later ones become "name-1.parquet",
/// "name-2.parquet".
void MakeRelativePathsDistinct(std::vector<DiscoveredFile>* files);

}  // namespace planish
