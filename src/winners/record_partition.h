// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "winners/record_set.h"
#include "winners/record_store.h"
#include "winners/spilled_extent.h"

namespace planish {

class RecordSpiller;

class RecordStore::Partition {
 public:
  /// Thread-safe, as is Take. The other calls must not overlap with them.
  void Adopt(RecordBlock block) {
    std::lock_guard<std::mutex> lock(mutex_);
    num_records_ += block.num_records;
    resident_.Add(std::move(block));
  }
  /// Takes out the records that are in memory; they still count.
  RecordSet Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(resident_, RecordSet{});
  }
  void Clear() {
    resident_ = RecordSet();
    extents_ = std::vector<SpilledExtent>();
    num_records_ = 0;
  }

  /// In memory and spilled.
  int64_t num_records() const { return num_records_; }
  const RecordSet& resident() const { return resident_; }
  const std::vector<SpilledExtent>& extents() const { return extents_; }
  std::vector<SpilledExtent>* mutable_extents() { return &extents_; }

 private:
  std::mutex mutex_;
  RecordSet resident_;
  std::vector<SpilledExtent> extents_;
  int64_t num_records_ = 0;
};

struct RecordStore::State {
  State(int partition_count, bool with_payload, MemoryBudget* memory, int64_t expected);
  ~State();

  const bool has_payload;
  MemoryBudget* const budget;
  const int64_t expected_records;
  const size_t slab_bytes;
  std::vector<Partition> partitions;
  std::atomic<int64_t> num_records{0};
  std::atomic<int64_t> num_bytes{0};  ///< of the blocks of those records
  /// Null if records must stay in memory. Goes first: it uses all of the others.
  std::unique_ptr<RecordSpiller> spiller;
};

}  // namespace planish
