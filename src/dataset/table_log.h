// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

/// \file
/// Tables that keep a log of which of their files count. Whoever reads the directory of
/// one reads rows that are deleted; whoever changes it breaks it.

namespace planish {

struct TableLog {
  std::string format;  ///< "Delta Lake", as its makers spell it
  std::string path;    ///< what tells it
};

/// The log of a table whose directory has these entries.
arrow::Result<std::optional<TableLog>> FindTableLog(
    FileSystem* fs, const std::string& directory,
    const std::vector<DirectoryEntry>& entries);

/// Of directories without "=" in their names, how many above a directory are looked at.
inline constexpr int kTableLogLevels = 5;

/// The log of a table that `directory`, which need not exist, lies in; with `or_is`, also
/// of one that it is. Looks at the directories above it: at all that are called
/// `column=value`, and at kTableLogLevels others. Symbolic links count as what they lead
/// to. A directory above that may not be looked into has no log.
arrow::Result<std::optional<TableLog>> FindTableLogAbove(FileSystem* fs,
                                                         const std::string& directory,
                                                         bool or_is);

/// An error (kUnsupported) if there is a log; `what` is the input, target or output that
/// `path` is.
arrow::Status RefuseTableLog(const std::optional<TableLog>& log, const char* what,
                             const std::string& path);

}  // namespace planish
