// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "arrow/memory_pool.h"

namespace planish {

/// Another pool, but for large blocks, which are mapped from the system one by one where
/// it can grow such a mapping in place (Linux). So what is freed is gone from the process
/// at once, which allocators put off, and growing copies nothing. Thread-safe.
class LargeBlockPool : public arrow::MemoryPool {
 public:
  /// Smaller ones cost less to keep than to map again and again.
  static constexpr int64_t kLargeBlock = int64_t{4} << 20;

  explicit LargeBlockPool(arrow::MemoryPool* inner) : inner_(inner) {}

  /// Whether Reallocate between these sizes never holds both blocks.
  static bool GrowsInPlace(int64_t old_size, int64_t new_size) {
    return IsLarge(old_size) && IsLarge(new_size);
  }

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  void ReleaseUnused() override { inner_->ReleaseUnused(); }
  int64_t bytes_allocated() const override {
    return inner_->bytes_allocated() + mapped_.load();
  }
  int64_t total_bytes_allocated() const override {
    return inner_->total_bytes_allocated() + total_mapped_.load();
  }
  int64_t num_allocations() const override {
    return inner_->num_allocations() + num_mapped_.load();
  }
  int64_t max_memory() const override { return inner_->max_memory(); }
  std::string backend_name() const override { return inner_->backend_name(); }

 private:
  static bool IsLarge(int64_t size);
  arrow::Status Map(int64_t size, uint8_t** out);
  void Count(int64_t bytes);

  arrow::MemoryPool* const inner_;
  std::atomic<int64_t> mapped_{0}, total_mapped_{0}, num_mapped_{0};
};

}  // namespace planish
