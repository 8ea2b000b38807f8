// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "arrow/table.h"
#include "arrow/type.h"
#include "parquet/types.h"

/// \file
/// Parquet files to test with, written and read by Arrow.

namespace planish {

/// How a file is written. Columns are named by dotted leaf path ("points.list.element").
struct WriteSpec {
  int64_t row_group_rows = 1'000'000;
  arrow::Compression::type codec = arrow::Compression::SNAPPY;
  std::map<std::string, arrow::Compression::type> column_codecs = {};
  bool dictionary = true;
  std::map<std::string, bool> column_dictionary = {};
  /// Encodings of columns without dictionary.
  std::map<std::string, parquet::Encoding::type> encodings = {};
  bool data_page_v2 = false;
  int64_t data_page_bytes = 1 << 20;
  /// Rows are looked at in batches of this size to decide whether a page is full, so
  /// small pages need a small batch.
  int64_t write_batch_rows = 1024;
  bool page_index = false;
  bool page_checksums = false;
  bool statistics = true;
  /// Needs Arrow 25; see BloomFiltersWritable.
  std::vector<std::string> bloom_filter_columns = {};
  /// Keeps the Arrow schema in the file, so that types come back as they were.
  bool store_schema = true;
  /// Writes timestamps as INT96.
  bool int96 = false;
  /// Sorting columns to claim: leaf ordinal, descending.
  std::vector<std::pair<int, bool>> sorting_columns = {};
  std::vector<std::pair<std::string, std::string>> key_value_metadata = {};
};

/// Whether this build of Arrow writes bloom filters.
bool BloomFiltersWritable();

/// A table from JSON text, an array of rows, each an array of values or an object:
/// `TableFromJson(schema, R"([[1, "a"], [2, null]])")`.
arrow::Result<std::shared_ptr<arrow::Table>> TableFromJson(
    const std::shared_ptr<arrow::Schema>& schema, const std::string& rows);

/// Writes `table`, making the directories above `path`.
arrow::Status WriteParquet(const arrow::Table& table, const std::string& path,
                           const WriteSpec& spec = {});
arrow::Status WriteParquet(const std::shared_ptr<arrow::Table>& table,
                           const std::string& path, const WriteSpec& spec = {});

arrow::Result<std::shared_ptr<arrow::Table>> ReadParquet(const std::string& path);

/// `table` with its dictionary columns as columns of their values, because Arrow takes
/// dictionaries in another order for other values.
arrow::Result<std::shared_ptr<arrow::Table>> DecodeDictionaries(
    std::shared_ptr<arrow::Table> table);

/// A data file of a dataset, found independently of planish's inventory.
struct FoundFile {
  std::string path;
  std::string relative_path;
  std::string partition;  ///< "year=2024/month=03", "" for none
  /// Hive columns in path order, percent-decoded; nullopt for __HIVE_DEFAULT_PARTITION__.
  std::vector<std::pair<std::string, std::optional<std::string>>> hive;
};

/// Data files below `directory`, ordered by (partition path, relative path) as bytes.
arrow::Result<std::vector<FoundFile>> ListDataset(const std::string& directory);

/// All rows in physical order. Columns by name, in the first file's order, types promoted
/// by Arrow; then hive columns: int64 if every value is an integer, else string.
arrow::Result<std::shared_ptr<arrow::Table>> ReadDataset(const std::string& directory);

/// Bytes of a file.
arrow::Result<std::string> ReadFileBytes(const std::string& path);

}  // namespace planish
