// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "jobs/merge_question.h"

/// \file
/// Values of target and source in the types in which a merge compares them. An error
/// about a value that does not fit (kSchemaMismatch) has the column; file and row group
/// are the caller's to add.

namespace planish {

/// `array` as the column's common type; text where the column is compared as that. Values
/// of the source do not fit, if the column goes by value: see ToCommonKeys and
/// FitSourceValues.
arrow::Result<std::shared_ptr<arrow::Array>> ToCommon(
    const SharedColumn& column, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool);

/// Key columns of some source rows in their common types.
struct SourceKeys {
  arrow::ArrayVector columns;
  /// Rows with a value that the target's column cannot have, ascending: no row of the
  /// target has their key. They have some other value in `columns`.
  std::vector<int64_t> misfits;
};

/// `batch` has the key columns of the source, in the order of the question.
arrow::Result<SourceKeys> ToCommonKeys(const MergeQuestion& question,
                                       const arrow::RecordBatch& batch,
                                       arrow::MemoryPool* pool);
/// The same of one key column, for those who do not look at rows.
arrow::Result<std::shared_ptr<arrow::Array>> ToCommonKey(
    const SharedColumn& key, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool, std::vector<int64_t>* misfits);

/// The newer_by column of some source rows as its common type: a value is greater than
/// one of the target here exactly where it is. Other comparisons tell nothing.
struct SourceAges {
  std::shared_ptr<arrow::Array> values;
  /// Rows, ascending, whose value is greater than all that the target may have.
  std::vector<int64_t> greatest;
};
arrow::Result<SourceAges> ToCommonAges(const SharedColumn& newer,
                                       const std::shared_ptr<arrow::Array>& array,
                                       arrow::MemoryPool* pool);

/// `array`, the source's values of a column, without struct fields that are ignored.
arrow::Result<std::shared_ptr<arrow::Array>> ToShape(
    const SharedColumn& column, const std::shared_ptr<arrow::Array>& array,
    arrow::MemoryPool* pool);

}  // namespace planish
