// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "io/scratch_directory.h"

namespace planish {

class OpenFileCache;

/// Reads some columns of a dataset, one row group at a time, as batches of the dataset's
/// (promoted) types. Hive columns come as constant arrays, columns a file lacks as nulls.
/// Any number of threads may scan different row groups with one object.
class KeyScanner {
 public:
  /// `columns` index inventory.schema(), in any order; one may come twice. Files are
  /// opened when they are first needed, not at all where no column comes from them, and
  /// checked to be those of the inventory. Arrays come from `pool`, which must outlive
  /// them. With `scratch`, columns that are too many for the memory to be read side by
  /// side go through there in Scan.
  KeyScanner(FileSystem* fs, std::shared_ptr<const Inventory> inventory,
             std::vector<int> columns, arrow::MemoryPool* pool,
             ScratchDirectory* scratch = nullptr);
  ~KeyScanner();

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  /// Called with each batch and the global ordinal of its first row.
  using Visitor =
      std::function<arrow::Status(const arrow::RecordBatch& batch, int64_t first_row)>;

  /// Visits the row group's rows in order, at most `batch_rows` at a time, no batch
  /// without rows. Without columns, batches are just numbers of rows. An error of `visit`
  /// ends the scan and is returned as it is. Where memory is refused, it waits for other
  /// scans of this object to end and goes on without them. Errors besides those of
  /// OpenDataFile and ReadRowGroup, all with file, row group and column: kSchemaMismatch
  /// for a column without a common type or a value that does not fit it, kCorrupt for a
  /// null in a column that Inventory::never_null says has none, or for a wrong number of
  /// rows.
  arrow::Status Scan(const RowGroupRef& row_group, int64_t batch_rows,
                     const Visitor& visit);

  /// False: what comes behind this batch is of no interest.
  using Taker = std::function<arrow::Result<bool>(const arrow::RecordBatch& batch,
                                                  int64_t first_row)>;
  /// As Scan, up to the batch for which `take` is false.
  arrow::Status ScanWhile(const RowGroupRef& row_group, int64_t batch_rows,
                          const Taker& take);

  /// A row group's rows on their way, for those who take them at their own pace. One
  /// thread.
  class Batches {
   public:
    virtual ~Batches() = default;
    /// Null behind the last. May be called again after a refusal of memory.
    virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
  };
  /// The batches that Scan would visit. This must outlive them. Errors are those of Scan.
  arrow::Result<std::unique_ptr<Batches>> Open(const RowGroupRef& row_group,
                                               int64_t batch_rows);

  /// Bytes read from files, footers included; not those of files that are just being
  /// read.
  int64_t bytes_read() const;

 private:
  class RowGroupScan;

  arrow::Result<std::unique_ptr<RowGroupScan>> Begin(const RowGroupRef& row_group,
                                                     int64_t batch_rows);

  /// Memory that is accounted for and not touched, or null.
  std::unique_ptr<arrow::Buffer> SetAside(int64_t bytes) const;

  const std::shared_ptr<const Inventory> inventory_;
  const std::vector<int> columns_;
  arrow::MemoryPool* const pool_;
  ScratchDirectory* const scratch_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<OpenFileCache> open_files_;
  /// Shared by scans, but for one that needs all the memory.
  std::shared_mutex scanning_;
  /// Columns that fit side by side; known once all of them have not.
  std::atomic<int> columns_at_once_{std::numeric_limits<int>::max()};
};

}  // namespace planish
