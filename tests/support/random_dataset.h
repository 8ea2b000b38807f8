// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "arrow/table.h"
#include "support/parquet_files.h"
#include "support/random_source.h"

namespace planish {

/// One file to be, with the table and the way to write it.
struct RandomFile {
  std::string relative_path;
  std::shared_ptr<arrow::Table> table;
  WriteSpec spec;
};

/// A small dataset full of duplicates, nulls, NaNs and boundaries.
struct RandomDataset {
  std::vector<RandomFile> files;          ///< in no particular order
  std::vector<std::string> data_columns;  ///< of the files, each in its own order
  bool columns_missing = false;           ///< some files may lack a column
  /// A column that files have in types without a common one, so no key and no order
  /// column. Empty for none.
  std::string odd_column = {};
  std::vector<std::string> hive_columns;
  std::vector<std::string>
      flat_columns;  ///< those of both kinds that rows can be ordered by

  /// Whether a file holds a hive column.
  bool StoresPartitions() const;

  /// Schemas, rows and paths as text, to show with a failure.
  std::string ToString() const;
};

/// 1 to 5 files of up to 30 rows in row groups of 1 to 7 (or one), 1 to 5 columns of any
/// type Parquet holds, up to 2 hive columns. Rows repeat within files and across, some
/// columns hardly ever do; some files are whole repetitions. Files differ in column
/// order, and in types as far as these can be promoted without loss, and sometimes in
/// that one lacks a column; each is written in its own way. Some datasets have a column
/// besides whose types do not go together, some hold hive columns in files too.
arrow::Result<RandomDataset> MakeRandomDataset(RandomSource* random);

arrow::Status WriteDataset(const RandomDataset& dataset, const std::string& directory);

}  // namespace planish
