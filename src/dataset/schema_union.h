// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "arrow/result.h"
#include "arrow/type.h"
#include "dataset/column_mapping.h"
#include "planish/dataset_options.h"

namespace planish {

/// Brings the schemas of a dataset's files together, by the names of their top-level
/// columns. Memory grows with the number of different schemas, not with the number of
/// files.
class SchemaUnion {
 public:
  /// `hive_columns` must not be columns of a file.
  SchemaUnion(MissingColumns missing, arrow::FieldVector hive_columns)
      : missing_(missing), hive_columns_(std::move(hive_columns)) {}

  /// Takes the next file's schema, in physical order, and returns which of the different
  /// schemas it is. Errors: kUnsupported for two columns of one name, kSchemaMismatch for
  /// a hive column.
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

  /// The dataset's schema: columns of the first file in its order, those that come up
  /// later, hive columns. Errors: kMissingColumn for a column that some files lack
  /// (unless that means null), kSchemaMismatch for types without a common one. Both name
  /// two files.
  arrow::Result<std::shared_ptr<arrow::Schema>> Finish() const;

  /// After Finish: for each schema that Add returned, where the data columns are.
  std::vector<ColumnMapping> Mappings() const;

 private:
  /// One of the different schemas, and the files that have it.
  struct Variant {
    std::shared_ptr<arrow::Schema> schema;
    std::string first_path;
    int num_files = 0;
    std::vector<int> columns;  ///< as ColumnMapping, may be shorter
    int column(size_t i) const { return i < columns.size() ? columns[i] : -1; }
  };

  int FindVariant(const arrow::Schema& schema) const;
  arrow::Status CheckNames(const std::string& path, const arrow::Schema& schema) const;
  arrow::Status CheckComplete(size_t column) const;
  arrow::Status Disagreement(size_t column, const Variant& a, const Variant& b) const;
  arrow::Result<std::shared_ptr<arrow::Field>> PromoteColumn(size_t column) const;

  const MissingColumns missing_;
  const arrow::FieldVector hive_columns_;
  std::vector<Variant> variants_;
  int last_ = -1;  ///< variant of the last file
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> ordinals_;  ///< of names_
};

}  // namespace planish
