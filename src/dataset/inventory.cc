// SPDX-License-Identifier: Apache-2.0
#include "dataset/inventory.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "arrow/type_traits.h"
#include "base/error_builder.h"
#include "dataset/input_discovery.h"
#include "dataset/ipc_import.h"
#include "dataset/partition_path.h"
#include "dataset/path.h"
#include "dataset/schema_union.h"
#include "dataset/stored_partition_values.h"
#include "format/ipc_source.h"

namespace planish {
namespace {

arrow::Result<std::shared_ptr<ParquetFile>> OpenParquet(FileSystem* fs,
                                                        const std::string& path,
                                                        arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto input, fs->OpenInput(path));
  return ParquetFile::Open(std::move(input), pool);
}

bool IsIpcFile(FileSystem* fs, const std::string& path) {
  const auto input = fs->OpenInput(path);
  return input.ok() && IsIpc(**input).ValueOr(false);
}

/// A file found by listing may not be meant as data at all, or be data of another kind.
arrow::Status ExplainStrayFile(FileSystem* fs, const arrow::Status& status,
                               const DiscoveredFile& file) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr || detail->kind != ErrorKind::kNotParquet) return status;
  auto explained = std::make_shared<ErrorDetail>(*detail);
  if (IsIpcFile(fs, file.path)) {
    explained->hint =
        "it is an Arrow IPC file: dedup and check take those in, unless they are called "
        ".parquet";
  } else if (file.in_directory) {
    explained->hint =
        "by its name it is data: rename it, move it away, or leave it out with `exclude`";
  }
  return status.WithDetail(std::move(explained));
}

/// Of the file's `columns` (-1: it has none), those without a null as far as is known.
std::vector<bool> HaveNoNull(const ParquetFile& file, const std::vector<int>& columns,
                             Trust trust) {
  std::vector<bool> none(columns.size(), false);
  // The leaves of columns whose statistics may say so.
  std::vector<std::pair<size_t, int>> asked;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] < 0) continue;
    const arrow::Field& field = *file.schema()->field(columns[i]);
    none[i] = !field.nullable();
    if (none[i] || trust == Trust::kNothing || arrow::is_nested(field.type()->id())) {
      continue;
    }
    const std::vector<int> leaves = file.LeavesOf(columns[i]);
    if (leaves.size() == 1) asked.emplace_back(i, leaves.front());
  }
  for (const auto& [i, leaf] : asked) none[i] = true;
  // A row group for all columns: what is known of one is not kept for long.
  for (int group = 0; group < file.footer().num_row_groups() && !asked.empty(); ++group) {
    std::erase_if(asked, [&](const std::pair<size_t, int>& column) {
      if (file.Statistics(group, column.second).null_count == 0) return false;
      none[column.first] = false;
      return true;
    });
  }
  return none;
}

}  // namespace

class InventoryBuilder {
 public:
  InventoryBuilder(FileSystem* fs, const DatasetOptions& options,
                   DirectoryFiles directory_files, const IpcImport* import,
                   arrow::MemoryPool* pool)
      : fs_(fs),
        options_(options),
        directory_files_(directory_files),
        import_(import),
        pool_(pool) {}

  arrow::Result<std::shared_ptr<const Inventory>> Build(
      bool hive, bool by_size, const Inventory::UnreadableFile& on_unreadable) && {
    ARROW_ASSIGN_OR_RAISE(auto discovered,
                          DiscoverFiles(fs_, options_, directory_files_));
    found_ = std::move(discovered.files);
    inventory_->trust_ = options_.trust;
    inventory_->pins_ = std::move(discovered.pins);
    inventory_->other_files_ = std::move(discovered.others);
    if (hive) {
      ARROW_ASSIGN_OR_RAISE(layout_, ReadHiveLayout(found_, options_.missing_columns));
    } else {
      layout_.partitions.push_back({});
      layout_.partition_of.assign(found_.size(), 0);
    }
    Order(by_size);
    is_ipc_.assign(found_.size(), false);
    if (import_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(is_ipc_, import_->Identify(&found_));
    }
    MakeRelativePathsDistinct(&found_);
    SchemaUnion schemas(options_.missing_columns, layout_.columns);
    for (size_t i = 0; i < found_.size(); ++i) {
      const arrow::Status added = AddFile(static_cast<int>(i), &schemas);
      if (added.ok()) continue;
      if (!on_unreadable) return added;
      ARROW_RETURN_NOT_OK(on_unreadable(found_[i].path, found_[i].identity.size, added));
      inventory_->unread_files_.push_back(
          {found_[i].relative_path, layout_.partition_of[i]});
    }
    ARROW_RETURN_NOT_OK(TakeTypesOfStoredPartitions(&schemas));
    ARROW_ASSIGN_OR_RAISE(inventory_->schema_, schemas.Finish());
    inventory_->conflicts_ = schemas.conflicts();
    inventory_->num_data_columns_ =
        inventory_->schema_->num_fields() - static_cast<int>(layout_.columns.size());
    const std::vector<ColumnMapping> mappings = schemas.Mappings();
    const std::vector<ColumnMapping> hive_mappings = schemas.HiveMappings();
    for (size_t i = 0; i < inventory_->files_.size(); ++i) {
      inventory_->files_[i].columns = mappings[schema_of_[i]];
      inventory_->files_[i].schema = schemas.schema_of(schema_of_[i]);
      inventory_->files_[i].hive_columns = hive_mappings[schema_of_[i]];
    }
    AddNeverNullOfHiveColumns();
    inventory_->partitions_ = std::move(layout_.partitions);
    return std::shared_ptr<const Inventory>(std::move(inventory_));
  }

 private:
  /// Puts the files, which are by path, into physical order.
  void Order(bool by_size) {
    std::vector<size_t> order(found_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) {
      // Partitions are by path already.
      return by_size ? found_[i].identity.size : int64_t{layout_.partition_of[i]};
    });
    std::vector<DiscoveredFile> files;
    std::vector<int> partition_of;
    for (size_t i : order) {
      files.push_back(std::move(found_[i]));
      partition_of.push_back(layout_.partition_of[i]);
    }
    found_ = std::move(files);
    layout_.partition_of = std::move(partition_of);
  }

  arrow::Status AddFile(int index, SchemaUnion* schemas) {
    const DiscoveredFile& found = found_[index];
    std::string stored_path = found.path;
    FileIdentity identity = found.identity;
    if (is_ipc_[index]) {
      ARROW_ASSIGN_OR_RAISE(stored_path, import_->Import(found.path));
      ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->Stat(stored_path));
      identity = status.identity;
    }
    auto opened = OpenParquet(fs_, stored_path, pool_);
    if (!opened.ok()) return ExplainStrayFile(fs_, opened.status(), found);
    const ParquetFile& parquet = **opened;
    ARROW_ASSIGN_OR_RAISE(const int schema, schemas->Add(found.path, parquet.schema()));
    ARROW_RETURN_NOT_OK(CheckStoredPartitions(found.path, parquet,
                                              schemas->hive_columns_of(schema),
                                              layout_.partition_of[index]));
    schema_of_.push_back(schema);
    NoteNulls(parquet, schemas->columns_of(schema));

    const Footer& footer = parquet.footer();
    DataFile& file = inventory_->files_.emplace_back();
    file.path = found.path;
    file.stored_path = std::move(stored_path);
    file.relative_path = found.relative_path;
    file.identity = identity;
    file.footer_fingerprint = footer.fingerprint();
    file.first_row = inventory_->num_rows_;
    file.num_leaf_columns = parquet.num_leaf_columns();
    file.partition = layout_.partition_of[index];
    for (int i = 0; i < footer.num_row_groups(); ++i) {
      file.row_group_rows.push_back(footer.row_group_num_rows(i));
      file.row_group_bytes.push_back(footer.row_group_compressed_size(i));
      file.num_rows += file.row_group_rows.back();
    }
    inventory_->num_rows_ += file.num_rows;
    inventory_->num_bytes_ += found.identity.size;
    return arrow::Status::OK();
  }

  /// `columns` are those of the file that hive columns are, too.
  arrow::Status CheckStoredPartitions(const std::string& path, const ParquetFile& file,
                                      const std::vector<int>& columns,
                                      int partition) const {
    for (size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] < 0) continue;
      const arrow::Scalar& value = *layout_.partitions[partition].values[k];
      ARROW_RETURN_NOT_OK(CheckStoredPartition(
          path, file, columns[k], TextOfHiveValue(value), options_.trust, pool_));
    }
    return arrow::Status::OK();
  }

  /// Where the files' type says all that the directories say, the column has that.
  arrow::Status TakeTypesOfStoredPartitions(SchemaUnion* schemas) {
    for (size_t k = 0; k < layout_.columns.size(); ++k) {
      const auto stored = schemas->StoredHiveColumn(k);
      if (stored == nullptr) continue;
      ARROW_ASSIGN_OR_RAISE(const auto values,
                            PartitionValuesAs(*stored, layout_.partitions, k));
      if (values.empty()) continue;
      for (size_t i = 0; i < values.size(); ++i) {
        layout_.partitions[i].values[k] = values[i];
      }
      schemas->SetTypeOfHiveColumn(k, values.front()->type);
    }
    return arrow::Status::OK();
  }

  /// `columns` are those of the dataset as known so far, as the file has them.
  void NoteNulls(const ParquetFile& file, const std::vector<int>& columns) {
    std::vector<bool>& never_null = inventory_->never_null_;
    // A column that comes up now is null in the files before.
    while (never_null.size() < columns.size())
      never_null.push_back(inventory_->files_.empty());
    std::vector<int> in_file(never_null.size(), -1);
    for (size_t i = 0; i < columns.size(); ++i) {
      // Of a column that has had a null, no file need be asked.
      if (never_null[i]) in_file[i] = columns[i];
    }
    never_null = HaveNoNull(file, in_file, options_.trust);
  }

  void AddNeverNullOfHiveColumns() {
    for (size_t i = 0; i < layout_.columns.size(); ++i) {
      inventory_->never_null_.push_back(std::ranges::all_of(
          layout_.partitions, [&](const Partition& p) { return p.values[i]->is_valid; }));
    }
  }

  FileSystem* const fs_;
  const DatasetOptions& options_;
  const DirectoryFiles directory_files_;
  const IpcImport* const import_;
  arrow::MemoryPool* const pool_;
  std::vector<DiscoveredFile> found_;
  std::vector<bool> is_ipc_;  ///< by file
  HiveLayout layout_;
  std::vector<int> schema_of_;  ///< by file
  std::shared_ptr<Inventory> inventory_ = std::make_shared<Inventory>();
};

arrow::Result<std::shared_ptr<const Inventory>> Inventory::Make(
    FileSystem* fs, const DatasetOptions& options, bool hive, bool by_size,
    arrow::MemoryPool* pool, const UnreadableFile& on_unreadable,
    const IpcImport* import) {
  const DirectoryFiles files =
      import != nullptr ? DirectoryFiles::kParquetAndIpc : DirectoryFiles::kParquet;
  return InventoryBuilder(fs, options, files, import, pool)
      .Build(hive, by_size, on_unreadable);
}

arrow::Result<std::shared_ptr<const Inventory>> Inventory::MakeOfOwnFiles(
    FileSystem* fs, const DatasetOptions& options, bool hive, bool by_size,
    arrow::MemoryPool* pool) {
  return InventoryBuilder(fs, options, DirectoryFiles::kAll, nullptr, pool)
      .Build(hive, by_size, {});
}

std::shared_ptr<const Inventory> Inventory::Without(
    const std::vector<RowGroupRef>& row_groups) const {
  auto rest = std::make_shared<Inventory>(*this);
  for (const RowGroupRef& row_group : row_groups) {
    rest->files_[row_group.file].skipped_row_groups.insert(row_group.row_group);
  }
  return rest;
}

std::shared_ptr<const Inventory> Inventory::WithDataFields(
    const arrow::FieldVector& fields) const {
  auto other = std::make_shared<Inventory>(*this);
  arrow::FieldVector all = fields;
  all.insert(all.end(), schema_->fields().begin() + num_data_columns_,
             schema_->fields().end());
  other->schema_ = arrow::schema(std::move(all));
  return other;
}

std::shared_ptr<const Inventory> Inventory::Named(const std::string& name) const {
  auto named = std::make_shared<Inventory>(*this);
  for (DataFile& file : named->files_) file.path = name;
  return named;
}

std::shared_ptr<const Inventory> Inventory::WithColumns(
    const arrow::FieldVector& fields) const {
  auto wider = std::make_shared<Inventory>(*this);
  arrow::FieldVector all = schema_->fields();
  all.insert(all.begin() + num_data_columns_, fields.begin(), fields.end());
  wider->schema_ = arrow::schema(std::move(all));
  wider->never_null_.insert(wider->never_null_.begin() + num_data_columns_, fields.size(),
                            false);
  wider->num_data_columns_ += static_cast<int>(fields.size());
  // Files with one schema go on sharing what they have of it.
  std::map<const int*, ColumnMapping> mappings;
  for (DataFile& file : wider->files_) {
    const int* const known = file.columns.size() == 0 ? nullptr : &*file.columns.begin();
    auto [mapping, is_new] = mappings.try_emplace(known);
    if (is_new) {
      std::vector<int> columns(file.columns.begin(), file.columns.end());
      columns.resize(columns.size() + fields.size(), -1);
      mapping->second = std::move(columns);
    }
    file.columns = mapping->second;
  }
  return wider;
}

arrow::Status Inventory::CheckTypesAgree(const std::vector<int>& columns) const {
  for (const ColumnConflict& conflict : conflicts_) {
    if (std::ranges::find(columns, conflict.column) != columns.end()) {
      return conflict.error;
    }
  }
  return arrow::Status::OK();
}

int Inventory::num_row_groups() const {
  size_t count = 0;
  for (const DataFile& file : files_) count += file.row_group_rows.size();
  return static_cast<int>(count);
}

std::vector<RowGroupRef> Inventory::RowGroups() const {
  std::vector<RowGroupRef> row_groups;
  for (size_t i = 0; i < files_.size(); ++i) {
    int64_t first_row = files_[i].first_row;
    for (size_t k = 0; k < files_[i].row_group_rows.size(); ++k) {
      const int64_t num_rows = files_[i].row_group_rows[k];
      if (!files_[i].skipped_row_groups.contains(static_cast<int>(k))) {
        row_groups.push_back(
            {static_cast<int>(i), static_cast<int>(k), first_row, num_rows});
      }
      first_row += num_rows;
    }
  }
  return row_groups;
}

namespace {

Error Drift(const DataFile& file, const char* what) {
  return Error(ErrorKind::kDrift, std::string("input changed during the run: ") + what)
      .File(file.path)
      .Hint("run again when nothing writes to the inputs");
}

arrow::Status CheckIdentity(FileSystem* fs, const DataFile& file) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(file.stored_path));
  if (!status.exists) return Drift(file, "it is gone");
  if (status.identity == file.identity) return arrow::Status::OK();
  return Drift(file, "its size, time or inode differ");
}

}  // namespace

arrow::Status CheckUnchanged(FileSystem* fs, const Inventory& inventory) {
  for (const DataFile& file : inventory.files()) {
    ARROW_RETURN_NOT_OK(CheckIdentity(fs, file));
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<ParquetFile>> OpenDataFile(FileSystem* fs,
                                                         const DataFile& file,
                                                         arrow::MemoryPool* pool) {
  ARROW_RETURN_NOT_OK(CheckIdentity(fs, file));
  ARROW_ASSIGN_OR_RAISE(auto parquet, OpenParquet(fs, file.stored_path, pool));
  if (parquet->footer().fingerprint() != file.footer_fingerprint) {
    return Drift(file, "its footer differs");
  }
  return parquet;
}

}  // namespace planish
