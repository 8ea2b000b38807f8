// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arrow/status.h"
#include "io/file_system.h"
#include "planish/in_place_options.h"
#include "planish/on_error.h"
#include "planish/run_context.h"
#include "planish/writer_options.h"

/// \file
/// What the options of several verbs have in common.

namespace planish {

/// "a,b,c".
std::string JoinNames(const std::vector<std::string>& names);

/// An error if a name is empty or comes twice; `option` is called so in it.
arrow::Status CheckNames(const std::vector<std::string>& names, const char* option);

/// An error if a pattern of `include` or `exclude` is not one of relative paths.
arrow::Status CheckPatterns(const std::vector<std::string>& include,
                            const std::vector<std::string>& exclude);

/// An error (kMissingPath, kInvalidOption) unless a directory is at `path`: the only
/// thing that can be changed in place. Patterns are told apart. `what` it is called so in
/// it.
arrow::Status CheckIsDirectory(FileSystem* fs, const std::string& path, const char* what);

/// An error (kUnsupported) if `path`, where something is to be written, is or lies in a
/// table with a log of its own. `what` as above.
arrow::Status CheckOutsideTables(FileSystem* fs, const std::string& path,
                                 bool ignore_table_log, const char* what);

/// An error if one of the paths that an option takes is a URL; see CheckLocalPath.
arrow::Status CheckLocalPaths(const std::vector<std::string>& paths, const char* option);

/// An error if options of changing a dataset in place are given without that, naming
/// those that are; or if they are wrong by themselves or with `allow_symlinks`.
arrow::Status CheckInPlaceOptions(const InPlaceOptions& options, bool in_place,
                                  bool allow_symlinks);

/// An error if `retries` are given without kRetry, or below 1.
arrow::Status CheckRetries(OnError on_error, const std::optional<int>& retries);

/// An error if `output` lies within an input, of which it would be a part the next time.
/// By the text of the paths alone.
arrow::Status CheckOutsideInputs(const std::string& output,
                                 const std::vector<std::string>& inputs);

/// Adds which files are part of the dataset, by their command-line names.
void DescribeFileChoice(const std::vector<std::string>& include,
                        const std::vector<std::string>& exclude, bool ignore_table_log,
                        bool allow_symlinks,
                        std::map<std::string, std::string>* described);

/// Adds what every run has, by its command-line name.
void DescribeRun(const WriterOptions& writer, const RunContext& context,
                 std::map<std::string, std::string>* described);

}  // namespace planish
