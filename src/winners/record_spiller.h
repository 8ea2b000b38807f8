// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "arrow/status.h"
#include "io/scratch_directory.h"
#include "winners/record_partition.h"
#include "winners/spilled_extent.h"

namespace planish {

/// Moves records of a store from memory to a scratch file whenever a reservation of any
/// part of the run does not fit the budget. Partitions are spilled from the last one
/// down, and no more of them than need be, so that what nearly fits is nearly all decided
/// in memory. Thread-safe.
class RecordSpiller {
 public:
  /// Both must outlive it.
  RecordSpiller(RecordStore::State* store, ScratchDirectory* scratch);
  ~RecordSpiller();

  /// Spills until `bytes` fit the budget, or nothing is left to spill.
  void MakeRoom(int64_t bytes);
  /// From now on the partition's records stay where they are. Fails with the error that
  /// spilling met, if any.
  arrow::Status Claim(int partition);
  /// The first error of spilling: records are lost, the store is good for nothing.
  arrow::Status status();

  /// Null while nothing is spilled.
  ScratchFile* file() { return file_.get(); }
  int64_t spilled_bytes() const { return file_ == nullptr ? 0 : file_->size(); }
  int64_t spilled_extents() const { return writer_ ? writer_->num_extents() : 0; }

 private:
  arrow::Status SpillFrom(size_t begin, size_t end);
  arrow::Status Spill(size_t partition);

  RecordStore::State* const store_;
  ScratchDirectory* const scratch_;
  std::mutex mutex_;
  arrow::Status status_;
  std::unique_ptr<ScratchFile> file_;
  std::unique_ptr<ExtentWriter> writer_;
  /// Partitions from here on are spilled whenever any is.
  size_t first_spilled_;
  std::vector<bool> claimed_;
  bool sealed_ = false;
  int reclaimer_;
};

}  // namespace planish
