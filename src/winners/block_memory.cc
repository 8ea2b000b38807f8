// SPDX-License-Identifier: Apache-2.0
#include "winners/block_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

namespace planish {

namespace {

constexpr size_t kSmallestSlab = size_t{16} << 10;
// Enough for mapping to cost nothing beside touching. Not asked to be huge pages: those
// are touched three times faster where the machine has them at hand, but three times
// slower where a hypervisor first has to find them, and dropping parts of one gives
// nothing back.
constexpr size_t kLargestSlab = size_t{2} << 20;

size_t PageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

std::shared_ptr<BlockSlab> BlockSlab::Map(size_t bytes, bool populate,
                                          MemoryBudget* budget) {
  bytes = RoundUp(bytes, PageBytes());
  if (!budget->TryReserve(static_cast<int64_t>(bytes))) return nullptr;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_POPULATE
  // One call for all pages costs a third of a fault for each.
  if (populate) flags |= MAP_POPULATE;
#endif
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (data == MAP_FAILED) {
    budget->Release(static_cast<int64_t>(bytes));
    return nullptr;
  }
  return std::shared_ptr<BlockSlab>(
      new BlockSlab(static_cast<uint8_t*>(data), bytes, budget));
}

BlockSlab::~BlockSlab() {
  munmap(data_, bytes_);
  budget_->Release(reserved_.load());
}

void BlockSlab::GiveBack(uint8_t* data, size_t bytes) {
  const uintptr_t page = PageBytes();
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(data) + bytes) / page * page;
  if (begin >= end) return;
#ifdef __linux__
  // To unmap pages interrupts every other core. While memory is plentiful the slab's end
  // gives them back, all at once.
  if (budget_->available() > budget_->limit() / 2) return;
  // Elsewhere MADV_DONTNEED is only a hint; there the slab's end gives the pages back.
  if (madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) != 0) return;
  const auto freed = static_cast<int64_t>(end - begin);
  reserved_.fetch_sub(freed);
  budget_->Release(freed);
#endif
}

size_t BlockAllocator::SlabBytesFor(int64_t budget_bytes) {
  const auto share = static_cast<uint64_t>(std::max<int64_t>(budget_bytes / 256, 1));
  return std::clamp(static_cast<size_t>(std::bit_floor(share)), kSmallestSlab,
                    kLargestSlab);
}

BlockMemory BlockAllocator::Allocate(size_t bytes) {
  const size_t page = PageBytes();
  const bool whole_pages = bytes > page / 2;
  if (whole_pages) bytes = RoundUp(bytes, page);
  if (bytes > slab_bytes_) {
    std::shared_ptr<BlockSlab> own = BlockSlab::Map(bytes, true, budget_);
    if (own == nullptr) return {};
    uint8_t* data = own->data();
    return BlockMemory(std::move(own), data, bytes);
  }
  size_t begin = whole_pages ? RoundUp(cut_bytes_, page) : cut_bytes_;
  if (slab_ == nullptr || begin + bytes > slab_->bytes()) {
    // The last slab's rest is lost until its blocks are gone; blocks are small beside
    // slabs.
    // The first one may stay nearly empty.
    std::shared_ptr<BlockSlab> next =
        BlockSlab::Map(slab_bytes_, slab_ != nullptr, budget_);
    if (next == nullptr) return {};
    slab_ = std::move(next);
    begin = 0;
  }
  cut_bytes_ = begin + bytes;
  return BlockMemory(slab_, slab_->data() + begin, bytes);
}

}  // namespace planish
