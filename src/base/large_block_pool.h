// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "arrow/memory_pool.h"

namespace planish {

/// Another pool, but for large blocks, which are mapped from the system one by one where
/// it can grow such a mapping in place (Linux). So what is freed is gone from the process
/// at once, which allocators put off, and growing copies nothing. Blocks may be kept
/// instead of being freed: to touch new memory for the first time costs more than to fill
/// it. So that blocks can take each other's place they come in a few sizes, eight between
/// a power of two and the next. Thread-safe.
class LargeBlockPool : public arrow::MemoryPool {
 public:
  static constexpr int64_t kLargeBlock = int64_t{1} << 20;

  /// Keeps at most `most_kept` bytes.
  explicit LargeBlockPool(arrow::MemoryPool* inner, int64_t most_kept = 0)
      : inner_(inner), most_kept_(most_kept) {}
  ~LargeBlockPool() override { DropKept(); }

  /// What a block of `size` bytes takes: up to an eighth more if it is large.
  static int64_t Footprint(int64_t size);
  /// Whether Reallocate between these sizes never holds both blocks.
  static bool GrowsInPlace(int64_t old_size, int64_t new_size) {
    return IsLarge(old_size) && IsLarge(new_size);
  }

  /// Instead of Free; others that were kept before may have to go. Returns the footprints
  /// of what went, be it the block itself.
  int64_t Keep(uint8_t* block, int64_t size, int64_t alignment);
  /// Instead of Allocate: null if no block of the footprint is kept.
  uint8_t* TakeKept(int64_t size);
  /// Frees what is kept. Returns its footprints.
  int64_t DropKept();

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
  void Unmap(uint8_t* block, int64_t size);
  void Count(int64_t bytes);

  struct Block {
    uint8_t* data;
    int64_t footprint;
  };

  arrow::MemoryPool* const inner_;
  const int64_t most_kept_;
  std::mutex mutex_;        ///< guards kept_ and kept_bytes_
  std::deque<Block> kept_;  ///< the longest first
  int64_t kept_bytes_ = 0;
  std::atomic<int64_t> mapped_{0}, total_mapped_{0}, num_mapped_{0};
};

}  // namespace planish
