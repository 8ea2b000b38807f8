// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "dataset/input_discovery.h"
#include "planish/dataset_options.h"

namespace planish {

/// One combination of hive partition values.
struct Partition {
  std::string path;  ///< "year=2024/month=03", "" for none
  /// One value for each hive column, of that column's type, null for the default
  /// partition or where the path lacks the column.
  std::vector<std::shared_ptr<arrow::Scalar>> values;
};

/// Whether a directory's name has the form `column=value`.
bool IsHiveDirectory(std::string_view name);

/// `text` with each "%41" replaced by the byte it stands for; a "%" without two
/// hexadecimal digits is itself.
std::string PercentDecode(std::string_view text);

/// What the directories in files' relative paths say.
struct HiveLayout {
  /// In the order in which the files' paths name them first.
  arrow::FieldVector columns;
  /// By path. Directories that spell the same values differently ("a=%41" and "a=A", or
  /// in another order) are one partition, which bears the smallest of their paths.
  std::vector<Partition> partitions;
  std::vector<int> partition_of;  ///< for each file
};

/// Reads the `column=value` directories of `files`, which are ordered by path.
///
/// Names and values are percent-decoded. A column is int64 if each of its values, over
/// all files, is an integer as it would be printed ("7", "-7"; not "07", "+7" or "-0")
/// that fits; else it is a string, and "07" stays "07". `__HIVE_DEFAULT_PARTITION__` is
/// null. `missing` says what a column that some paths lack is there.
///
/// Errors, all naming a file: kSchemaMismatch for a column named twice in a path,
/// kMissingColumn for one that a path lacks, kUnsupported for text that is not UTF-8.
arrow::Result<HiveLayout> ReadHiveLayout(const std::vector<DiscoveredFile>& files,
                                         MissingColumns missing);

}  // namespace planish
