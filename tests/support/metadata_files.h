// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "arrow/result.h"

/// \file
/// Metadata files as Arrow writes them.

namespace planish {

/// Writes `directory/_metadata` of files in it, whose names are paths below it.
arrow::Status WriteMetadataFile(const std::string& directory,
                                const std::vector<std::string>& names);

/// Writes `directory/_common_metadata` with the schema of a file in it.
arrow::Status WriteCommonMetadataFile(const std::string& directory,
                                      const std::string& name);

/// Row groups with rows of a `_metadata`, as Arrow reads it: "p=1/a.parquet: 2 rows at
/// 4".
arrow::Result<std::vector<std::string>> ReadMetadataFile(const std::string& path);

/// The same made of the files themselves, which is what a true one says.
arrow::Result<std::vector<std::string>> RowGroupsOfFiles(
    const std::string& directory, const std::vector<std::string>& names);

/// Names of the leaf columns that a file declares.
arrow::Result<std::vector<std::string>> ReadLeafColumns(const std::string& path);

}  // namespace planish
