// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "dataset/inventory.h"

namespace planish {

/// Reads some columns of a dataset, one row group at a time, as batches of the dataset's (promoted)
/// types. Hive columns come as constant arrays, columns a file lacks as nulls. Any number of
/// threads may scan different row groups with one object.
class KeyScanner {
 public:
  /// `columns` index inventory.schema(). `max_open_files` bounds the readers kept open.
  KeyScanner(FileSystem* fs, std::shared_ptr<const Inventory> inventory, std::vector<int> columns,
             arrow::MemoryPool* pool);
  ~KeyScanner();

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  /// Called with each batch and the global ordinal of its first row.
  using Visitor =
      std::function<arrow::Status(const arrow::RecordBatch& batch, int64_t first_row)>;

  /// Visits the row group's rows in order, at most `batch_rows` at a time.
  arrow::Status Scan(const RowGroupRef& row_group, int64_t batch_rows, const Visitor& visit);

  int64_t bytes_read() const;

 private:
  struct OpenFiles;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<OpenFiles> open_files_;
};

}  // namespace planish
