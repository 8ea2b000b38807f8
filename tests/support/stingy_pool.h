// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <string>

#include "arrow/memory_pool.h"
#include "arrow/status.h"

namespace planish {

/// Arrow's memory, but for allocations of more than so many bytes, or beyond so many in
/// all, which it refuses.
class StingyPool : public arrow::ProxyMemoryPool {
 public:
  explicit StingyPool(int64_t most = std::numeric_limits<int64_t>::max())
      : arrow::ProxyMemoryPool(arrow::default_memory_pool()), most_(most) {}

  void SetMost(int64_t bytes) { most_ = bytes; }
  void SetMostInAll(int64_t bytes) { most_in_all_ = bytes; }
  int num_refusals() const { return num_refusals_; }

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    if (size > most_ || size > most_in_all_ - bytes_allocated()) return Refuse();
    return ProxyMemoryPool::Allocate(size, alignment, out);
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override {
    const int64_t more = new_size - old_size;
    if (more > 0 && (new_size > most_ || more > most_in_all_ - bytes_allocated())) {
      return Refuse();
    }
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, ptr);
  }

 private:
  arrow::Status Refuse() {
    ++num_refusals_;
    return arrow::Status::OutOfMemory("refused");
  }

  std::atomic<int64_t> most_;
  std::atomic<int64_t> most_in_all_{std::numeric_limits<int64_t>::max()};
  std::atomic<int> num_refusals_{0};
};

}  // namespace planish
