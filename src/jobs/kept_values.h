// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/array.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/key_match.h"
#include "jobs/run.h"

namespace planish {

/// What rows of the target had in some columns, for rows that move to another partition
/// and keep it. Reads the target again, in its own order, for as many moves at a time as
/// fit in a share of the memory. One thread.
class KeptValues {
 public:
  /// `columns` are data columns of `target`. `moved` is ordered by source row, then
  /// target row, and must outlive it.
  KeptValues(Run* run, std::shared_ptr<const Inventory> target, std::vector<int> columns,
             const std::vector<RowPair>* moved);

  /// The columns, in the order of the schema; none if no row moves.
  const std::vector<int>& columns() const { return columns_; }
  bool Has(int column) const;

  /// The values of `column` in the target rows of `moves` (indexes of `moved`,
  /// ascending), in the type that the column has in the target as a whole. Errors are
  /// those of KeyScanner.
  arrow::Result<std::shared_ptr<arrow::Array>> Get(int column,
                                                   const std::vector<size_t>& moves);

  int64_t bytes_read() const { return bytes_read_; }

 private:
  arrow::Status Load(size_t begin, size_t end);

  Run* const run_;
  const std::shared_ptr<const Inventory> target_;
  const std::vector<int> columns_;
  const std::vector<RowPair>* const moved_;
  size_t most_held_ = 1;
  /// Of the moves [begin_, end_), in their order; columns as in columns_.
  size_t begin_ = 0, end_ = 0;
  std::shared_ptr<arrow::RecordBatch> held_;
  int64_t bytes_read_ = 0;
};

}  // namespace planish
