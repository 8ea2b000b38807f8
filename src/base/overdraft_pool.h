// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_set>

#include "arrow/memory_pool.h"
#include "arrow/status.h"

namespace planish {

/// Memory of another pool for code that does not survive a refusal, such as Arrow's
/// Parquet writer, which completes its file in its destructor whatever it lacks. What the
/// other pool refuses is taken from the system instead, and the refusal remembered: ask
/// for it after each step, and end the work with it. Thread-safe. `inner` must outlive
/// it, and it every buffer from it.
class OverdraftPool : public arrow::MemoryPool {
 public:
  explicit OverdraftPool(arrow::MemoryPool* inner) : inner_(inner) {}

  /// The first refusal so far, or OK.
  arrow::Status refusal() const;

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  void ReleaseUnused() override { inner_->ReleaseUnused(); }
  int64_t bytes_allocated() const override { return inner_->bytes_allocated(); }
  int64_t total_bytes_allocated() const override {
    return inner_->total_bytes_allocated();
  }
  int64_t num_allocations() const override { return inner_->num_allocations(); }
  int64_t max_memory() const override { return inner_->max_memory(); }
  std::string backend_name() const override { return inner_->backend_name(); }

 private:
  bool IsOverdrawn(uint8_t* buffer) const;
  arrow::Status Overdraw(const arrow::Status& refusal, int64_t size, int64_t alignment,
                         uint8_t** out);

  arrow::MemoryPool* const inner_;
  mutable std::mutex mutex_;  ///< guards what follows
  arrow::Status refusal_;
  std::unordered_set<uint8_t*> overdrawn_;
};

}  // namespace planish
