// SPDX-License-Identifier: Apache-2.0
#include "base/large_block_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

namespace planish {

#ifdef __linux__

bool LargeBlockPool::IsLarge(int64_t size) {
  return size >= kLargeBlock;
}

void LargeBlockPool::Unmap(uint8_t* block, int64_t footprint) {
  munmap(block, static_cast<size_t>(footprint));
  Count(-footprint);
}

arrow::Status LargeBlockPool::Map(int64_t size, uint8_t** out) {
  size = Footprint(size);
  void* const block = mmap(nullptr, static_cast<size_t>(size), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) {
    return arrow::Status::OutOfMemory("the system refused memory: ", size, " bytes");
  }
  *out = static_cast<uint8_t*>(block);
  ++num_mapped_;
  Count(size);
  return arrow::Status::OK();
}

#else

bool LargeBlockPool::IsLarge(int64_t) {
  return false;
}

arrow::Status LargeBlockPool::Map(int64_t size, uint8_t** out) {
  return inner_->Allocate(size, out);
}

void LargeBlockPool::Unmap(uint8_t*, int64_t) {}

#endif

int64_t LargeBlockPool::Footprint(int64_t size) {
  // What damaged files ask for can be anything; nobody has so much.
  constexpr int64_t kTooMuch = int64_t{1} << 60;
  if (!IsLarge(size) || size >= kTooMuch) return size;
  const auto step = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(size)) / 8);
  return (size + step - 1) / step * step;
}

void LargeBlockPool::Count(int64_t bytes) {
  mapped_ += bytes;
  if (bytes > 0) total_mapped_ += bytes;
}

int64_t LargeBlockPool::Keep(uint8_t* block, int64_t size, int64_t alignment) {
  const int64_t footprint = Footprint(size);
  if (!IsLarge(size) || footprint > most_kept_) {
    Free(block, size, alignment);
    return footprint;
  }
  int64_t dropped_bytes = 0;
  std::vector<Block> dropped;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (; kept_bytes_ + footprint > most_kept_; kept_.pop_front()) {
      dropped.push_back(kept_.front());
      kept_bytes_ -= kept_.front().footprint;
      dropped_bytes += kept_.front().footprint;
    }
    kept_.push_back({block, footprint});
    kept_bytes_ += footprint;
  }
  for (const Block& other : dropped) Unmap(other.data, other.footprint);
  return dropped_bytes;
}

uint8_t* LargeBlockPool::TakeKept(int64_t size) {
  if (!IsLarge(size)) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  // The one kept last is the likeliest to be in some cache.
  const auto found =
      std::ranges::find(kept_.rbegin(), kept_.rend(), Footprint(size), &Block::footprint);
  if (found == kept_.rend()) return nullptr;
  uint8_t* const block = found->data;
  kept_bytes_ -= found->footprint;
  kept_.erase(std::next(found).base());
  return block;
}

int64_t LargeBlockPool::DropKept() {
  std::deque<Block> dropped;
  int64_t bytes = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(kept_);
    std::swap(bytes, kept_bytes_);
  }
  for (const Block& block : dropped) Unmap(block.data, block.footprint);
  return bytes;
}

arrow::Status LargeBlockPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  // Mappings begin at a page, which any alignment in use divides.
  return IsLarge(size) ? Map(size, out) : inner_->Allocate(size, alignment, out);
}

arrow::Status LargeBlockPool::Reallocate(int64_t old_size, int64_t new_size,
                                         int64_t alignment, uint8_t** ptr) {
  if (!IsLarge(old_size) && !IsLarge(new_size)) {
    return inner_->Reallocate(old_size, new_size, alignment, ptr);
  }
#ifdef __linux__
  if (GrowsInPlace(old_size, new_size)) {
    old_size = Footprint(old_size);
    const int64_t footprint = Footprint(new_size);
    if (old_size == footprint) return arrow::Status::OK();
    void* const block = mremap(*ptr, static_cast<size_t>(old_size),
                               static_cast<size_t>(footprint), MREMAP_MAYMOVE);
    if (block == MAP_FAILED) {
      return arrow::Status::OutOfMemory("the system refused memory: ", new_size,
                                        " bytes");
    }
    *ptr = static_cast<uint8_t*>(block);
    Count(footprint - old_size);
    return arrow::Status::OK();
  }
#endif
  uint8_t* block = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &block));
  std::memcpy(block, *ptr, static_cast<size_t>(std::min(old_size, new_size)));
  Free(*ptr, old_size, alignment);
  *ptr = block;
  return arrow::Status::OK();
}

void LargeBlockPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  if (!IsLarge(size)) return inner_->Free(buffer, size, alignment);
  Unmap(buffer, Footprint(size));
}

}  // namespace planish
