// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/column_conflict.h"
#include "dataset/column_mapping.h"
#include "dataset/hive_partitions.h"
#include "dataset/input_discovery.h"
#include "format/parquet_file.h"
#include "io/file_system.h"
#include "planish/dataset_options.h"

namespace planish {

class IpcImport;

/// One data file, in its place in the dataset.
struct DataFile {
  std::string path;  ///< as the inputs lead to it
  /// Where its Parquet bytes are: `path`, or in scratch, if that is Arrow IPC.
  std::string stored_path;
  /// Below its input's root, hive directories included: its path in an output. Distinct;
  /// where two inputs have files of one relative path, later ones are called
  /// "name-1.parquet" and so on.
  std::string relative_path;
  FileIdentity identity;  ///< of the file at stored_path
  uint64_t footer_fingerprint = 0;
  int64_t num_rows = 0;
  int64_t first_row = 0;  ///< global ordinal of its first row
  std::vector<int64_t> row_group_rows;
  std::vector<int64_t> row_group_bytes;  ///< compressed
  int num_leaf_columns = 0;              ///< column chunks of each row group
  /// Index into Inventory::partitions.
  int partition = 0;
  /// For each data column of the dataset's schema: the file's top-level column, or -1.
  ColumnMapping columns;
  /// As ParquetFile::schema has it. Files with the same columns share it.
  std::shared_ptr<arrow::Schema> schema = nullptr;
  /// For each hive column of the dataset: the file's top-level column that holds the same
  /// values, or -1.
  ColumnMapping hive_columns = {};
  /// Row groups that are taken for absent, because they could not be read. Their rows
  /// keep their ordinals.
  std::set<int> skipped_row_groups = {};
};

/// A file of a dataset that could not be opened, and is not in its inventory.
struct UnreadFile {
  std::string relative_path;
  int partition = 0;  ///< index into Inventory::partitions
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
  /// Finds the inputs' files (see DiscoverFiles), reads every footer, unifies the schemas
  /// (see SchemaUnion). Files are ordered by partition path, then by path as spelled in
  /// the inputs, both compared as bytes. `hive` false ignores partition directories;
  /// `by_size` true orders files by size, then by path (both for Semantics::kLoop).
  /// Footers are read through `pool` and not kept. Errors: those of DiscoverFiles,
  /// ReadHiveLayout, SchemaUnion, ParquetFile::Open, and CheckStoredPartition for hive
  /// columns that files hold too.
  ///
  /// `on_unreadable`, if set, is asked about errors that concern one file alone: with OK
  /// that file is left out, with anything else that is returned. `import`, if set, takes
  /// in Arrow IPC files; without it they are not data of a directory.
  using UnreadableFile = std::function<arrow::Status(
      const std::string& path, int64_t bytes, const arrow::Status& status)>;
  static arrow::Result<std::shared_ptr<const Inventory>> Make(
      FileSystem* fs, const DatasetOptions& options, bool hive, bool by_size,
      arrow::MemoryPool* pool, const UnreadableFile& on_unreadable = {},
      const IpcImport* import = nullptr);

  /// The same of a directory that planish has filled: every file in it is data, and of
  /// `options` only the inputs and missing_columns count.
  static arrow::Result<std::shared_ptr<const Inventory>> MakeOfOwnFiles(
      FileSystem* fs, const DatasetOptions& options, bool hive, bool by_size,
      arrow::MemoryPool* pool);

  /// The same with further row groups taken for absent.
  std::shared_ptr<const Inventory> Without(
      const std::vector<RowGroupRef>& row_groups) const;

  /// The same with further data columns, nullable, which no file has.
  std::shared_ptr<const Inventory> WithColumns(const arrow::FieldVector& fields) const;

  /// The same with data columns of other types, which hold their values.
  std::shared_ptr<const Inventory> WithDataFields(const arrow::FieldVector& fields) const;

  /// The same with files that are all called `name`: they are parts of one stream.
  std::shared_ptr<const Inventory> Named(const std::string& name) const;

  const std::vector<DataFile>& files() const { return files_; }
  const std::vector<Partition>& partitions() const { return partitions_; }
  /// Those that `on_unreadable` left out.
  const std::vector<UnreadFile>& unread_files() const { return unread_files_; }
  /// Files that were found, but are not part of the dataset.
  const std::vector<OtherFile>& other_files() const { return other_files_; }
  /// Data columns after promotion, then hive columns, in the type that directories or
  /// files give them (see ReadHiveLayout and PartitionValuesAs).
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  int num_data_columns() const { return num_data_columns_; }
  /// Data columns whose values cannot be read as one type, or are not there. Files are
  /// copied and rewritten in spite of them.
  const std::vector<ColumnConflict>& conflicts() const { return conflicts_; }
  /// An error, which names two files, if one of `columns` is among those.
  arrow::Status CheckTypesAgree(const std::vector<int>& columns) const;
  /// For each column of the schema: whether every file declares it required, or says in
  /// statistics, if these are trusted, that it has no null. Nested columns only if
  /// required. KeyScanner fails where statistics lied.
  const std::vector<bool>& never_null() const { return never_null_; }
  /// As it was asked for. With kNothing, who has this inventory takes nothing from
  /// statistics, page indexes and bloom filters of its files.
  Trust trust() const { return trust_; }
  /// Of all row groups, those taken for absent too.
  int64_t num_rows() const { return num_rows_; }
  /// Size of all files.
  int64_t num_bytes() const { return num_bytes_; }
  int num_row_groups() const;
  /// All row groups in row order, but for those taken for absent.
  std::vector<RowGroupRef> RowGroups() const;

 private:
  friend class InventoryBuilder;
  std::vector<std::shared_ptr<const PinnedDirectory>> pins_;
  std::vector<DataFile> files_;
  std::vector<Partition> partitions_;
  std::vector<UnreadFile> unread_files_;
  std::vector<OtherFile> other_files_;
  std::shared_ptr<arrow::Schema> schema_;
  int num_data_columns_ = 0;
  std::vector<ColumnConflict> conflicts_;
  std::vector<bool> never_null_;
  Trust trust_ = Trust::kStatistics;
  int64_t num_rows_ = 0;
  int64_t num_bytes_ = 0;
};

/// An error (kDrift) unless all files are still what they were when inventoried, by size,
/// time of modification and inode. Asked when all is read: what was read before that may
/// be of two states of a file otherwise.
arrow::Status CheckUnchanged(FileSystem* fs, const Inventory& inventory);

/// Opens a file of the inventory. An error (kDrift) if it is not what it was when
/// inventoried: size, time of modification, inode or footer differ, or it is gone.
arrow::Result<std::shared_ptr<ParquetFile>> OpenDataFile(FileSystem* fs,
                                                         const DataFile& file,
                                                         arrow::MemoryPool* pool);

}  // namespace planish
