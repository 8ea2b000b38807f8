// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

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

/// `schema` grown so that it holds the values of a batch with another one, too: columns
/// are matched by name, those that come up new are last. Errors, which name the batch and
/// the column: kSchemaMismatch for types without a common one; kMissingColumn for a
/// column that only one of the two has, unless `missing` takes it for null in the other.
arrow::Result<std::shared_ptr<arrow::Schema>> WidenSchema(
    const std::shared_ptr<arrow::Schema>& schema, const arrow::Schema& other,
    MissingColumns missing, const BatchPlace& place);

}  // namespace planish
