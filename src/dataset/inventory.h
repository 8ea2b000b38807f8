// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "format/parquet_file.h"
#include "io/file_system.h"
#include "planish/dataset_options.h"

namespace planish {

/// One data file, in its place in the dataset.
struct DataFile {
  std::string path;           ///< as opened
  std::string relative_path;  ///< below its input's root, hive directories included: its output path
  FileIdentity identity;
  uint64_t footer_fingerprint = 0;
  int64_t num_rows = 0;
  int64_t first_row = 0;  ///< global ordinal of its first row
  std::vector<int64_t> row_group_rows;
  std::vector<int64_t> row_group_bytes;  ///< compressed
  /// Index into Inventory::partitions.
  int partition = 0;
  /// For each data column of the dataset's schema: the file's top-level column, or -1.
  std::vector<int> columns;
};

/// One combination of hive partition values.
struct Partition {
  std::string path;  ///< "year=2024/month=03", "" for none
  /// One value for each hive column, of that column's type, null for the default partition or
  /// where the path lacks the column.
  std::vector<std::shared_ptr<arrow::Scalar>> values;
};

/// A row group by its place: `file` indexes Inventory::files.
struct RowGroupRef {
  int file = 0;
  int row_group = 0;
  int64_t first_row = 0;  ///< global ordinal
  int64_t num_rows = 0;
};

/// What there is: files in physical order, with rows numbered through them. Immutable.
class Inventory {
 public:
  /// Finds the inputs' files, reads every footer, unifies the schemas. `hive` false ignores
  /// partition directories; `by_size` true orders files by size, then name, instead of by path
  /// (both for Semantics::kLoop). Errors: kMissingPath, kEmptyDataset, kSchemaMismatch (names both
  /// files), those of ParquetFile::Open.
  static arrow::Result<std::shared_ptr<const Inventory>> Make(FileSystem* fs,
                                                              const DatasetOptions& options,
                                                              bool hive, bool by_size,
                                                              arrow::MemoryPool* pool);

  const std::vector<DataFile>& files() const { return files_; }
  const std::vector<Partition>& partitions() const { return partitions_; }
  /// Data columns after promotion, then hive columns.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  int num_data_columns() const { return num_data_columns_; }
  int64_t num_rows() const { return num_rows_; }
  int64_t num_bytes() const { return num_bytes_; }
  int num_row_groups() const;
  /// All row groups in row order.
  std::vector<RowGroupRef> RowGroups() const;

 private:
  friend class InventoryBuilder;
  std::vector<DataFile> files_;
  std::vector<Partition> partitions_;
  std::shared_ptr<arrow::Schema> schema_;
  int num_data_columns_ = 0;
  int64_t num_rows_ = 0;
  int64_t num_bytes_ = 0;
};

/// Opens a file of the inventory. An error (kDrift) if it is not what it was when inventoried.
arrow::Result<std::shared_ptr<ParquetFile>> OpenDataFile(FileSystem* fs, const DataFile& file,
                                                         arrow::MemoryPool* pool);

}  // namespace planish
