// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "planish/dataset_options.h"

namespace planish {

/// Which batch of a stream, for errors.
struct BatchPlace {
  std::string source;  ///< what errors call the stream
  int64_t number = 0;  ///< of the batch, counted from 0
};

/// `batch` with the columns of `schema`: matched by name, with values that are promoted
/// without loss. A batch that has them already comes back as it is; one without rows
/// conforms, whatever its columns. Errors, which name the batch and the column:
/// kSchemaMismatch for a column that `schema` lacks, for a type that is not held by the
/// schema's, for nulls where the schema has none, and for a column that the batch lacks,
/// unless `missing` takes it for null.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> ConformBatch(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema, MissingColumns missing,
    const BatchPlace& place, arrow::MemoryPool* pool);

/// `batch` as it can be written: nulls below nulls are none. An error (kSchemaMismatch)
/// that names the batch and the column where it has a null that its schema rules out.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDeclaredValues(
    const arrow::RecordBatch& batch, const BatchPlace& place);

/// The columns of files that hold the batches of a stream one after the other, where the
/// batches have different schemas: columns are matched by name, those that come up new
/// are last.
class StreamSchema {
 public:
  /// Errors: kSchemaMismatch for two columns of one name.
  static arrow::Result<StreamSchema> Make(std::shared_ptr<arrow::Schema> schema,
                                          MissingColumns missing,
                                          const std::string& source);

  /// The columns of the file that batches go to.
  const std::shared_ptr<arrow::Schema>& current() const { return current_; }

  /// Makes `current` hold rows of a batch with the columns of `batch`, too. It stays what
  /// it is if it does already. Otherwise each column has a type that a batch has, so that
  /// the common type of the files is that of the batches, whatever their order. Errors,
  /// which name the batch and the column: kSchemaMismatch for types that have no common
  /// one with those of all batches before, and for two columns of one name;
  /// kMissingColumn for a column that some batches lack, unless that means null.
  arrow::Status Take(const arrow::Schema& batch, const BatchPlace& place);

 private:
  StreamSchema(std::shared_ptr<arrow::Schema> schema, MissingColumns missing);
  arrow::Status Remember(size_t column, const std::shared_ptr<arrow::Field>& field,
                         const BatchPlace& place);
  arrow::Result<std::shared_ptr<arrow::Field>> Widen(
      size_t column, const std::shared_ptr<arrow::Field>& own, const BatchPlace& place);

  MissingColumns missing_;
  std::shared_ptr<arrow::Schema> current_;
  std::vector<arrow::FieldVector> seen_;  ///< of different types, by column
};

}  // namespace planish
