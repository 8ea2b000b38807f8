// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/scalar.h"
#include "arrow/type.h"
#include "dataset/hive_partitions.h"
#include "dataset/partition_path.h"
#include "format/parquet_file.h"
#include "planish/dataset_options.h"

/// \file
/// Partition columns that files hold besides. The directory counts; the file's values
/// have to be the same.

namespace planish {

/// The value of a field's type that a directory's `text` stands for, null for null. Text
/// is itself; integers may have zeros in front; dates and timestamps are as
/// PartitionTexts writes them or in ISO 8601, timestamps in UTC; booleans are true and
/// false in any case. An error without detail if no value of the type reads like that.
arrow::Result<std::shared_ptr<arrow::Scalar>> PartitionValue(const PartitionText& text,
                                                             const arrow::Field& field);

/// That value `length` times, as a file with `field` holds it. Errors: kSchemaMismatch
/// where there is none.
arrow::Result<std::shared_ptr<arrow::Array>> PartitionColumn(const PartitionText& text,
                                                             const arrow::Field& field,
                                                             int64_t length,
                                                             arrow::MemoryPool* pool);

/// An error (kSchemaMismatch, naming `path`, row and both values) unless the top-level
/// column `column` of `file` has the value that `text` stands for in every row. Row
/// groups whose statistics prove that are not read. A row group that cannot be read
/// proves nothing: whoever has to decode it will say so.
arrow::Status CheckStoredPartition(const std::string& path, const ParquetFile& file,
                                   int column, const PartitionText& text, Trust trust,
                                   arrow::MemoryPool* pool);

/// The values of hive column `k` in each partition as those of `stored`, the field of the
/// files that hold the column: integers, text, dates and booleans, where each is written
/// exactly as its directory is named. Nothing otherwise.
arrow::Result<std::vector<std::shared_ptr<arrow::Scalar>>> PartitionValuesAs(
    const arrow::Field& stored, const std::vector<Partition>& partitions, size_t k);

}  // namespace planish
