// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "dataset/partition_path.h"
#include "jobs/merge_question.h"
#include "jobs/row_pairs.h"
#include "jobs/run.h"
#include "jobs/spooled_batches.h"

namespace planish {

/// What is to become of a matched target row.
enum class PatchAction : uint8_t { kUpdate, kDelete, kMove };

/// Consecutive row groups of the target whose patches are in memory together.
struct PatchStretch {
  size_t first_group = 0, num_groups = 0;  ///< in Inventory::RowGroups
  int64_t first_row = 0, end_row = 0;
  int64_t num_pairs = 0;
};

/// The source rows that target rows are matched with, in the order of the target. Each
/// stretch goes by way of scratch unless there is only one.
class PatchRows {
 public:
  /// Places in a patch's columns: the target row, the source row, the action, and from
  /// kFirstValue on the source columns that `columns` names.
  static constexpr int kTarget = 0, kSource = 1, kAction = 2, kFirstValue = 3;

  /// Cuts the target into stretches by `matched`, its rows that have a pair.
  PatchRows(Run* run, std::shared_ptr<const Inventory> target,
            std::shared_ptr<const Inventory> source, const MergeQuestion* question,
            bool may_move, const RowBitmap& matched);

  /// Reads the source once, in order. Fails (kInvalidOption) on a row that would change
  /// partition and may not, unless it may turn out to be stale.
  arrow::Status Load(RowPairs* pairs);

  const std::vector<PatchStretch>& stretches() const { return stretches_; }
  /// Source columns in a patch, each once.
  const std::vector<int>& columns() const { return columns_; }
  /// Where the values of a source column are in a patch.
  int PlaceOf(int source_column) const;

  /// A stretch's rows by target row; null if there are none. Call once for each.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take(size_t stretch);

  /// The error for a row that may not change partition.
  arrow::Status Refuse(int64_t target_row, int64_t source_row) const;
  int64_t bytes_read() const { return bytes_read_; }

 private:
  arrow::Status LoadBatch(const arrow::RecordBatch& batch, int64_t first_row,
                          const std::vector<RowPair>& pairs);
  arrow::Result<std::vector<PatchAction>> Actions(const arrow::RecordBatch& batch,
                                                  int64_t first_row,
                                                  const std::vector<RowPair>& pairs);
  arrow::Status Route(const arrow::RecordBatch& rows);
  const DataFile& FileOf(int64_t target_row) const;

  Run* const run_;
  const std::shared_ptr<const Inventory> target_, source_;
  const MergeQuestion* const question_;
  const bool may_move_;
  std::vector<int> columns_;  ///< in a patch
  std::vector<int> scanned_;  ///< those, then hive columns and delete_when
  std::vector<std::vector<PartitionText>> partitions_;  ///< texts of the target's
  std::vector<PatchStretch> stretches_;
  std::shared_ptr<arrow::Schema> schema_;
  /// By stretch: in memory, or in scratch.
  std::vector<arrow::RecordBatchVector> held_;
  std::vector<std::unique_ptr<SpooledBatches>> spooled_;
  int64_t buffer_bytes_ = 0;  ///< of each of those, while they are written
  int64_t bytes_read_ = 0;
};

}  // namespace planish
