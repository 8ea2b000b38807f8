// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_budget.h"

namespace planish {

/// Which records of a partition have been seen: a table of record ids, open-addressed and
/// probed linearly. A slot has 32 bits of its record's hash beside the id, so that a
/// lookup that ends at a vacant slot, as nine of ten do, touches no record, and growing
/// touches none either.
class RecordTable {
 public:
  static constexpr uint32_t kNoRecord = 0xFFFFFFFF;

  explicit RecordTable(MemoryBudget* budget) : budget_(budget), reservation_(budget) {}

  /// Room for `records` more; false if the budget refuses, or the system. `expected` is
  /// how many there will be at most, duplicates included.
  bool MakeRoom(uint32_t records, int64_t expected) {
    return num_records_ + records <= capacity_ || Grow(num_records_ + records, expected);
  }

  void Prefetch(uint32_t tag) const { __builtin_prefetch(&slots_[tag & mask_], 1); }

  /// The record that a lookup of `tag` most likely ends at, or kNoRecord.
  uint32_t Guess(uint32_t tag) const {
    const Slot& slot = slots_[tag & mask_];
    return slot.tag == tag ? slot.id : kNoRecord;
  }

  /// The id held for the key of record `id`, to be read or replaced by another of the
  /// same key, or null if there was none: then `id` is held now. `same` compares the
  /// record's key with that of the record whose id it is given. Needs room for one.
  template <typename Same>
  uint32_t* FindOrInsert(uint32_t tag, uint32_t id, const Same& same) {
    for (size_t at = tag & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.id == kNoRecord) {
        slot = {tag, id};
        ++num_records_;
        return nullptr;
      }
      if (slot.tag == tag && same(slot.id)) return &slot.id;
      ++num_detours_;
    }
  }

  /// The id held for a key, or kNoRecord; `same` as for FindOrInsert. Any thread, while
  /// nothing is inserted.
  template <typename Same>
  uint32_t Find(uint32_t tag, const Same& same) const {
    if (slots_ == nullptr) return kNoRecord;
    for (size_t at = tag & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.id == kNoRecord || (slot.tag == tag && same(slot.id))) return slot.id;
    }
  }

  /// Appends the ids that are held, in no order.
  void ListHeld(std::vector<uint32_t>* ids) const {
    for (size_t at = 0; slots_ != nullptr && at <= mask_; ++at) {
      if (slots_[at].id != kNoRecord) ids->push_back(slots_[at].id);
    }
  }

  /// Occupied slots that lookups had to pass.
  int64_t num_detours() const { return num_detours_; }

 private:
  struct Slot {
    uint32_t tag = 0;
    uint32_t id = kNoRecord;
  };

  bool Grow(int64_t needed, int64_t expected);

  MemoryBudget* const budget_;
  MemoryReservation reservation_;
  std::unique_ptr<Slot[]> slots_;
  size_t mask_ = 0;
  int64_t capacity_ = 0;
  int64_t num_records_ = 0;
  int64_t num_detours_ = 0;
};

}  // namespace planish
