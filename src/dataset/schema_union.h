// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/column_conflict.h"
#include "dataset/column_mapping.h"
#include "planish/dataset_options.h"

namespace planish {

/// Brings the schemas of a dataset's files together, by the names of their top-level
/// columns. Memory grows with the number of different schemas, not with the number of
/// files.
class SchemaUnion {
 public:
  /// Columns of files that are called as one of `hive_columns` are no data columns.
  SchemaUnion(MissingColumns missing, arrow::FieldVector hive_columns)
      : missing_(missing), hive_columns_(std::move(hive_columns)) {}

  /// Takes the next file's schema, in physical order, and returns which of the different
  /// schemas it is. Errors: kSchemaMismatch for two columns of one name.
  arrow::Result<int> Add(const std::string& path,
                         const std::shared_ptr<arrow::Schema>& schema);

  /// Where the columns seen so far are in files of a schema that Add returned. There are
  /// more once other schemas have been added.
  const std::vector<int>& columns_of(int schema) const {
    return variants_[schema].columns;
  }

  /// The first of the schemas that Add took for the same as that one.
  const std::shared_ptr<arrow::Schema>& schema_of(int schema) const {
    return variants_[schema].schema;
  }
  /// For each hive column, where files of that schema have it too, or -1.
  const std::vector<int>& hive_columns_of(int schema) const {
    return variants_[schema].hive_columns;
  }

  /// The field that the files have which hold hive column `k`, null if none does, or if
  /// their types have no common one.
  std::shared_ptr<arrow::Field> StoredHiveColumn(size_t k) const;
  void SetTypeOfHiveColumn(size_t k, const std::shared_ptr<arrow::DataType>& type) {
    hive_columns_[k] = hive_columns_[k]->WithType(type);
  }

  /// The dataset's schema, struct fields that some files lack included where that means
  /// null: columns of the first file in its order, those that come up
  /// later, hive columns. A column whose types have no common one has the type of the
  /// first file with it, and is one of `conflicts`, as is a column that some files lack,
  /// unless that means null.
  arrow::Result<std::shared_ptr<arrow::Schema>> Finish();

  /// After Finish: the columns whose values cannot be brought together, by column.
  const std::vector<ColumnConflict>& conflicts() const { return conflicts_; }

  /// After Finish: for each schema that Add returned, where the data columns are.
  std::vector<ColumnMapping> Mappings() const;
  /// The same of hive columns.
  std::vector<ColumnMapping> HiveMappings() const;

 private:
  /// One of the different schemas, and the files that have it.
  struct Variant {
    std::shared_ptr<arrow::Schema> schema;
    std::string first_path;
    int num_files = 0;
    std::vector<int> columns;       ///< as ColumnMapping, may be shorter
    std::vector<int> hive_columns;  ///< as ColumnMapping
    int column(size_t i) const { return i < columns.size() ? columns[i] : -1; }
  };

  int FindVariant(const arrow::Schema& schema) const;
  static arrow::Status CheckNames(const std::string& path, const arrow::Schema& schema);
  arrow::Status CheckComplete(size_t column) const;
  arrow::Status Disagreement(size_t column, const Variant& a, const Variant& b) const;
  std::vector<const Variant*> Having(size_t column) const;
  arrow::Result<std::shared_ptr<arrow::Field>> PromoteColumn(size_t column) const;
  ColumnConflict ConflictIn(size_t column, arrow::Status error) const;

  const MissingColumns missing_;
  arrow::FieldVector hive_columns_;
  std::vector<Variant> variants_;
  int last_ = -1;  ///< variant of the last file
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> ordinals_;  ///< of names_
  std::vector<ColumnConflict> conflicts_;
};

}  // namespace planish
