// SPDX-License-Identifier: Apache-2.0
#include "base/overdraft_pool.h"

#include <algorithm>
#include <cstring>

namespace planish {

arrow::Status OverdraftPool::refusal() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return refusal_;
}

arrow::Status OverdraftPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  const arrow::Status status = inner_->Allocate(size, alignment, out);
  return status.IsOutOfMemory() ? Overdraw(status, size, alignment, out) : status;
}

arrow::Status OverdraftPool::Reallocate(int64_t old_size, int64_t new_size,
                                        int64_t alignment, uint8_t** ptr) {
  arrow::Status refused;
  if (!IsOverdrawn(*ptr)) {
    refused = inner_->Reallocate(old_size, new_size, alignment, ptr);
    if (!refused.IsOutOfMemory()) return refused;
  }
  uint8_t* moved = nullptr;
  ARROW_RETURN_NOT_OK(Overdraw(refused, new_size, alignment, &moved));
  std::memcpy(moved, *ptr, static_cast<size_t>(std::min(old_size, new_size)));
  Free(*ptr, old_size, alignment);
  *ptr = moved;
  return arrow::Status::OK();
}

void OverdraftPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (overdrawn_.erase(buffer) == 0) return inner_->Free(buffer, size, alignment);
  }
  arrow::system_memory_pool()->Free(buffer, size, alignment);
}

bool OverdraftPool::IsOverdrawn(uint8_t* buffer) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return overdrawn_.contains(buffer);
}

arrow::Status OverdraftPool::Overdraw(const arrow::Status& refusal, int64_t size,
                                      int64_t alignment, uint8_t** out) {
  ARROW_RETURN_NOT_OK(arrow::system_memory_pool()->Allocate(size, alignment, out));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (refusal_.ok()) refusal_ = refusal;
  // An empty buffer is the same for all, and nobody's.
  if (size > 0) overdrawn_.insert(*out);
  return arrow::Status::OK();
}

}  // namespace planish
