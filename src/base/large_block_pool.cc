// SPDX-License-Identifier: Apache-2.0
#include "base/large_block_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstring>

namespace planish {

#ifdef __linux__

bool LargeBlockPool::IsLarge(int64_t size) {
  return size >= kLargeBlock;
}

arrow::Status LargeBlockPool::Map(int64_t size, uint8_t** out) {
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

#endif

void LargeBlockPool::Count(int64_t bytes) {
  mapped_ += bytes;
  if (bytes > 0) total_mapped_ += bytes;
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
    void* const block = mremap(*ptr, static_cast<size_t>(old_size),
                               static_cast<size_t>(new_size), MREMAP_MAYMOVE);
    if (block == MAP_FAILED) {
      return arrow::Status::OutOfMemory("the system refused memory: ", new_size,
                                        " bytes");
    }
    *ptr = static_cast<uint8_t*>(block);
    Count(new_size - old_size);
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
#ifdef __linux__
  munmap(buffer, static_cast<size_t>(size));
#endif
  Count(-size);
}

}  // namespace planish
