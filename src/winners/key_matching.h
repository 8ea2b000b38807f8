// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/hashing.h"
#include "base/memory_budget.h"
#include "winners/record_set.h"
#include "winners/record_table.h"

/// \file
/// Two ways to bring records with equal keys together. Both tell a
/// `decision`: the table calls `Match(held, id)` for each record whose key has been met
/// before, where `*held` is a record with that key and may be replaced by `id`; sorting
/// calls `Run(begin, end)` for the ids of each key in the total order and is given back
/// the one that stands for all of them from then on. What was told by a table that gave
/// up is told again. `survivors`, if given, becomes one id for each key: what the table
/// held for it at last.

namespace planish {

/// Records by 32-bit ids: id / kStretch says which stretch of consecutive
/// records in one block, id % kStretch which of them. Ids have gaps where blocks end.
template <typename Entry>
class RecordIndex {
 public:
  explicit RecordIndex(const RecordSet& records) {
    for (const RecordBlock& block : records.blocks) {
      first_ids_.push_back(stretches_.size() * kStretch);
      for (uint32_t at = 0; at < block.num_records; at += kStretch) {
        stretches_.push_back(block.entries<Entry>() + at);
      }
    }
  }

  /// False if there are too many for their ids.
  bool valid() const { return stretches_.size() * kStretch <= RecordTable::kNoRecord; }
  /// Ids are below this.
  size_t end() const { return stretches_.size() * kStretch; }
  uint32_t first_id(size_t block) const {
    return static_cast<uint32_t>(first_ids_[block]);
  }
  const Entry& operator[](uint32_t id) const {
    return stretches_[id / kStretch][id % kStretch];
  }

 private:
  // Small blocks waste ids, large ones waste entries of this index.
  static constexpr uint32_t kStretch = 128;
  std::vector<const Entry*> stretches_;
  std::vector<size_t> first_ids_;
};

/// Key equality and the total order, for records without payloads, with order bytes only,
/// and with key bytes too.
template <typename EntryType, bool kComparesKeys>
struct RecordRules {
  using Entry = EntryType;

  static bool SameKey(const Entry& a, const Entry& b) {
    if (a.low != b.low || a.high != b.high) return false;
    if constexpr (kComparesKeys) return a.key() == b.key();
    return true;
  }

  static bool Before(const Entry& a, const Entry& b) {
    if constexpr (std::is_same_v<Entry, PayloadRecord>) {
      // Both std::char_traits<char> and the encoder compare bytes as unsigned.
      const int order = a.order().compare(b.order());
      if (order != 0) return order < 0;
    }
    return a.row < b.row;
  }

  /// By key in any order, then by the total order.
  static bool SortsBefore(const Entry& a, const Entry& b) {
    if (a.low != b.low) return a.low < b.low;
    if (a.high != b.high) return a.high < b.high;
    if constexpr (kComparesKeys) {
      const int order = a.key().compare(b.key());
      if (order != 0) return order < 0;
    }
    return Before(a, b);
  }
};

enum class Matching { kDone, kOutOfMemory, kClustered };

/// In time proportional to the records, unless hashes fail to spread them: then it gives
/// up.
template <typename Rules, typename Decision>
Matching MatchByTable(const RecordSet& records,
                      const RecordIndex<typename Rules::Entry>& index,
                      MemoryBudget* budget, Decision* decision,
                      std::vector<uint32_t>* survivors) {
  using Entry = typename Rules::Entry;
  // A dependent read of memory costs ten times an independent one: ask for a batch of
  // slots, then for the records that they name, and only then look.
  constexpr uint32_t kBatch = 32;
  // Ten times what lookups pass in a table that is about to grow.
  constexpr int64_t kDetoursPerRecord = 32;
  RecordTable table(budget);
  uint32_t tags[kBatch];
  int64_t allowed_detours = 4096;
  for (size_t b = 0; b < records.blocks.size(); ++b) {
    const Entry* entries = records.blocks[b].template entries<Entry>();
    const uint32_t num_records = records.blocks[b].num_records;
    for (uint32_t begin = 0; begin < num_records; begin += kBatch) {
      const uint32_t size = std::min(kBatch, num_records - begin);
      if (!table.MakeRoom(size, records.num_records)) return Matching::kOutOfMemory;
      for (uint32_t i = 0; i < size; ++i) {
        const Entry& entry = entries[begin + i];
        // The low bits: the high ones are the same in all of a partition.
        tags[i] = static_cast<uint32_t>(HashWords(entry.low, entry.high));
        table.Prefetch(tags[i]);
      }
      for (uint32_t i = 0; i < size; ++i) {
        const uint32_t guess = table.Guess(tags[i]);
        if (guess != RecordTable::kNoRecord) __builtin_prefetch(&index[guess]);
      }
      for (uint32_t i = 0; i < size; ++i) {
        const uint32_t id = index.first_id(b) + begin + i;
        const Entry& entry = entries[begin + i];
        uint32_t* held = table.FindOrInsert(tags[i], id, [&](uint32_t other) {
          return Rules::SameKey(entry, index[other]);
        });
        if (held != nullptr) decision->Match(held, id);
      }
      allowed_detours += kDetoursPerRecord * size;
      if (table.num_detours() > allowed_detours) return Matching::kClustered;
    }
  }
  if (survivors != nullptr) table.ListHeld(survivors);
  return Matching::kDone;
}

/// In O(n log n) comparisons whatever the keys and hashes are, in less memory than a
/// table.
template <typename Rules, typename Decision>
Matching MatchBySorting(const RecordSet& records,
                        const RecordIndex<typename Rules::Entry>& index,
                        MemoryBudget* budget, Decision* decision,
                        std::vector<uint32_t>* survivors) {
  MemoryReservation reservation(budget);
  if (!reservation.TryGrow(records.num_records * static_cast<int64_t>(sizeof(uint32_t))))
    return Matching::kOutOfMemory;
  const auto num_records = static_cast<size_t>(records.num_records);
  std::unique_ptr<uint32_t[]> ids(new (std::nothrow) uint32_t[num_records]);
  if (ids == nullptr) return Matching::kOutOfMemory;
  uint32_t* end = ids.get();
  for (size_t b = 0; b < records.blocks.size(); ++b) {
    for (uint32_t i = 0; i < records.blocks[b].num_records; ++i) {
      *end++ = index.first_id(b) + i;
    }
  }
  std::sort(ids.get(), end, [&](uint32_t a, uint32_t b) {
    return Rules::SortsBefore(index[a], index[b]);
  });
  for (const uint32_t* run = ids.get(); run != end;) {
    const uint32_t* run_end = run + 1;
    while (run_end != end && Rules::SameKey(index[*run], index[*run_end])) ++run_end;
    const uint32_t survivor = decision->Run(run, run_end);
    if (survivors != nullptr) survivors->push_back(survivor);
    run = run_end;
  }
  return Matching::kDone;
}

}  // namespace planish
