// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "arrow/memory_pool.h"
#include "arrow/status.h"

namespace planish::fuzz {

/// The system's allocator, which sanitizers watch byte by byte (Arrow's default pool
/// hides the ends of allocations), up to 256 MiB: a run has a limit, too. One thread.
class BoundedPool : public arrow::ProxyMemoryPool {
 public:
  static constexpr int64_t kMostBytes = int64_t{256} << 20;

  BoundedPool() : arrow::ProxyMemoryPool(arrow::system_memory_pool()) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    if (size > kMostBytes - bytes_allocated()) {
      return arrow::Status::OutOfMemory("beyond the fuzz target's limit");
    }
    return ProxyMemoryPool::Allocate(size, alignment, out);
  }
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** bytes) override {
    if (new_size - old_size > kMostBytes - bytes_allocated()) {
      return arrow::Status::OutOfMemory("beyond the fuzz target's limit");
    }
    return ProxyMemoryPool::Reallocate(old_size, new_size, alignment, bytes);
  }
};

}  // namespace planish::fuzz
