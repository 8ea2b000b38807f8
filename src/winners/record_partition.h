// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "winners/record_block.h"
#include "winners/record_store.h"

namespace planish {

class RecordStore::Partition {
 public:
  /// Thread-safe. The other calls must not overlap with it.
  void Adopt(RecordBlock block) {
    std::lock_guard<std::mutex> lock(mutex_);
    num_records_ += block.num_records;
    blocks_.push_back(std::move(block));
  }
  void Clear() {
    blocks_ = std::vector<RecordBlock>();
    num_records_ = 0;
  }

  int64_t num_records() const { return num_records_; }
  const std::vector<RecordBlock>& blocks() const { return blocks_; }

 private:
  std::mutex mutex_;
  std::vector<RecordBlock> blocks_;
  int64_t num_records_ = 0;
};

struct RecordStore::State {
  State(int partition_count, bool with_payload, MemoryBudget* memory, int64_t expected)
      : has_payload(with_payload),
        budget(memory),
        expected_records(expected),
        slab_bytes(BlockAllocator::SlabBytesFor(memory->limit())),
        partitions(static_cast<size_t>(partition_count)) {}

  const bool has_payload;
  MemoryBudget* const budget;
  const int64_t expected_records;
  const size_t slab_bytes;
  std::vector<Partition> partitions;
  std::atomic<int64_t> num_records{0};
  std::atomic<int64_t> num_bytes{0};  ///< of the blocks of those records
};

}  // namespace planish
