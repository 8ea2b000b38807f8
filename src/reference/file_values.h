// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "dataset/inventory.h"

namespace planish {

/// Values of a dataset's rows in the types that their files have. Row groups without a
/// row that is asked for are not read.
class FileValues {
 public:
  /// `columns` of the inventory's schema, each once. All must outlive it.
  FileValues(FileSystem* fs, const Inventory& inventory, std::vector<int> columns,
             arrow::MemoryPool* pool)
      : fs_(fs),
        inventory_(inventory),
        groups_(inventory.RowGroups()),
        columns_(std::move(columns)),
        pool_(pool) {}

  const DataFile& FileOf(int64_t row) const;

  /// The row's value in one of the columns, as an array of its own; null where the file
  /// lacks the column. Rows are to come in ascending order.
  arrow::Result<std::shared_ptr<arrow::Array>> Get(int64_t row, int column);
  /// The row group of the last row that was asked for.
  int row_group() const { return groups_[next_ - 1].row_group; }

 private:
  bool IsRead(const DataFile& file, int column) const;
  arrow::Status Find(int64_t row);

  FileSystem* const fs_;
  const Inventory& inventory_;
  const std::vector<RowGroupRef> groups_;
  const std::vector<int> columns_;
  arrow::MemoryPool* const pool_;
  size_t next_ = 0;  ///< the row group behind that of the last row
  arrow::RecordBatchVector batches_;
};

}  // namespace planish
