// SPDX-License-Identifier: Apache-2.0
#include "winners/record_table.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace planish {

namespace {

constexpr int64_t kFewestSlots = 64;
// The table of a partition as ChoosePartitionCount makes them is never grown. One that is
// larger may be so by a few hot keys, and grows by the keys that there really are.
constexpr int64_t kMostInitialSlots = int64_t{1} << 18;

// A lookup that ends at a vacant slot passes 3 occupied ones on average in a table that
// is five eighths full, and 7.5 in one that is three quarters full.
int64_t SlotsFor(int64_t records) {
  return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(records * 8 / 5 + 1)));
}
int64_t CapacityOf(int64_t slots) {
  return slots * 5 / 8;
}

}  // namespace

bool RecordTable::Grow(int64_t needed, int64_t expected) {
  int64_t num_slots = std::max(SlotsFor(needed), kFewestSlots);
  if (slots_ == nullptr) {
    num_slots = std::max(num_slots, std::min(SlotsFor(expected), kMostInitialSlots));
  }
  MemoryReservation reservation(budget_);
  if (!reservation.TryGrow(num_slots * static_cast<int64_t>(sizeof(Slot)))) return false;
  std::unique_ptr<Slot[]> slots(new (std::nothrow) Slot[static_cast<size_t>(num_slots)]);
  if (slots == nullptr) return false;

  const size_t mask = static_cast<size_t>(num_slots) - 1;
  for (size_t from = 0; slots_ != nullptr && from <= mask_; ++from) {
    if (slots_[from].id == kNoRecord) continue;
    size_t to = slots_[from].tag & mask;
    while (slots[to].id != kNoRecord) to = (to + 1) & mask;
    slots[to] = slots_[from];
  }
  slots_ = std::move(slots);
  reservation_ = std::move(reservation);
  mask_ = mask;
  capacity_ = CapacityOf(num_slots);
  return true;
}

}  // namespace planish
