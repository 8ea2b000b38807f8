// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/memory_budget.h"

namespace planish {

/// A mapping that blocks are cut from, front to back. Its bytes are taken from the budget
/// when it is mapped. Once half of the budget is used, a dropped block's whole pages go
/// back to it and the operating system at once, though its neighbours live on: blocks of
/// many partitions share a slab, and a partition is to free memory when it is decided.
class BlockSlab {
 public:
  /// Null if the budget refuses or the system has no memory. `populate`: all of it will
  /// be used, so it is made resident at once.
  static std::shared_ptr<BlockSlab> Map(size_t bytes, bool populate,
                                        MemoryBudget* budget);
  ~BlockSlab();
  BlockSlab(const BlockSlab&) = delete;
  BlockSlab& operator=(const BlockSlab&) = delete;

  uint8_t* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  /// Gives back the whole pages within [data, data + bytes). Thread-safe.
  void GiveBack(uint8_t* data, size_t bytes);

 private:
  BlockSlab(uint8_t* data, size_t bytes, MemoryBudget* budget)
      : data_(data),
        bytes_(bytes),
        budget_(budget),
        reserved_(static_cast<int64_t>(bytes)) {}

  uint8_t* const data_;
  const size_t bytes_;
  MemoryBudget* const budget_;
  std::atomic<int64_t> reserved_;
};

/// A piece of a slab, given back when this goes.
class BlockMemory {
 public:
  BlockMemory() = default;
  BlockMemory(std::shared_ptr<BlockSlab> slab, uint8_t* data, size_t bytes)
      : slab_(std::move(slab)), data_(data), bytes_(bytes) {}
  BlockMemory(BlockMemory&& other) noexcept { *this = std::move(other); }
  BlockMemory& operator=(BlockMemory&& other) noexcept {
    std::swap(slab_, other.slab_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~BlockMemory() {
    if (slab_ != nullptr) slab_->GiveBack(data_, bytes_);
  }

  uint8_t* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<BlockSlab> slab_;
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

/// Cuts blocks from slabs. One thread each.
class BlockAllocator {
 public:
  BlockAllocator(size_t slab_bytes, MemoryBudget* budget)
      : slab_bytes_(slab_bytes), budget_(budget) {}

  /// The slab size for a budget: so small that a few open ones do not eat it, and no
  /// larger than a huge page.
  static size_t SlabBytesFor(int64_t budget_bytes);

  /// `bytes` of uninitialised memory, a multiple of 8, or up to a page more: larger
  /// blocks are made of whole pages, so that all of them can be given back. What does not
  /// fit a slab gets one of its own. Empty (no data) if the budget refuses.
  BlockMemory Allocate(size_t bytes);
  /// Lets go of what is left of the open slab.
  void Abandon() { slab_.reset(); }

 private:
  const size_t slab_bytes_;
  MemoryBudget* const budget_;
  std::shared_ptr<BlockSlab> slab_;
  size_t cut_bytes_ = 0;
};

}  // namespace planish
