// SPDX-License-Identifier: Apache-2.0
#include "winners/key_lookup.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/hashing.h"

namespace planish {

namespace {

constexpr size_t kKeyBlockBytes = size_t{64} << 10;
/// Slots of the table for each entry, at most, in bytes.
constexpr int64_t kTableShare = 32;

std::string_view KeyOf(const KeyBatch& batch, size_t row) {
  return {
      reinterpret_cast<const char*>(batch.payload.data()) + batch.payload_offsets[row],
      batch.key_lengths[row]};
}

uint32_t TagOf(const KeyBatch::Words& words) {
  return static_cast<uint32_t>(HashWords(words.low, words.high));
}

}  // namespace

KeyLookup::KeyLookup(KeyForm form, int64_t most_bytes, MemoryBudget* budget)
    : form_(form), most_bytes_(most_bytes), reservation_(budget), table_(budget) {}

bool KeyLookup::Allow(int64_t bytes) {
  const int64_t table = (num_entries_ + kPageEntries) * kTableShare;
  return reservation_.bytes() + bytes + table <= most_bytes_ &&
         reservation_.TryGrow(bytes);
}

bool KeyLookup::CopyKey(std::string_view key, const uint8_t** copy) {
  if (key.size() > key_room_) {
    const size_t size = std::max(kKeyBlockBytes, key.size());
    if (!Allow(static_cast<int64_t>(size))) return false;
    std::unique_ptr<uint8_t[]> block(new (std::nothrow) uint8_t[size]);
    if (block == nullptr) return false;
    next_key_ = block.get();
    key_room_ = size;
    key_blocks_.push_back(std::move(block));
  }
  *copy = next_key_;
  if (!key.empty()) std::memcpy(next_key_, key.data(), key.size());
  next_key_ += key.size();
  key_room_ -= key.size();
  return true;
}

bool KeyLookup::AddEntry(const KeyBatch& batch, size_t row, int64_t ordinal) {
  if (num_entries_ == static_cast<int64_t>(pages_.size()) * kPageEntries) {
    if (num_entries_ + kPageEntries >= int64_t{RecordTable::kNoRecord}) return false;
    if (!Allow(kPageEntries * static_cast<int64_t>(sizeof(Entry)))) return false;
    std::unique_ptr<Entry[]> page(new (std::nothrow) Entry[kPageEntries]);
    if (page == nullptr || !table_.MakeRoom(kPageEntries, 0)) return false;
    pages_.push_back(std::move(page));
  }
  const auto id = static_cast<uint32_t>(num_entries_);
  Entry& added = pages_.back()[id % kPageEntries];
  added.low = batch.words[row].low;
  added.high = batch.words[row].high;
  added.row = ordinal;
  if (form_ == KeyForm::kBytes) {
    const std::string_view key = KeyOf(batch, row);
    if (!CopyKey(key, &added.key)) return false;
    added.key_length = static_cast<uint32_t>(key.size());
  }
  const uint32_t* known =
      table_.FindOrInsert(TagOf(batch.words[row]), id,
                          [&](uint32_t other) { return Same(entry(other), batch, row); });
  if (known == nullptr) ++num_entries_;
  return true;
}

bool KeyLookup::Add(const KeyBatch& batch, int64_t first_row, const RowBitmap& except,
                    const HashSlice& slice) {
  for (int64_t i = 0; i < batch.num_rows; ++i) {
    const auto row = static_cast<size_t>(i);
    const KeyBatch::Words& words = batch.words[row];
    if (except.Contains(first_row + i)) continue;
    if (!batch.unmatchable.empty() && batch.unmatchable[row] != 0) continue;
    if (!slice.Contains({words.low, words.high, 0})) continue;
    if (!AddEntry(batch, row, first_row + i)) return false;
  }
  return true;
}

bool KeyLookup::Same(const Entry& entry, const KeyBatch& batch, size_t row) const {
  const KeyBatch::Words& words = batch.words[row];
  if (entry.low != words.low || entry.high != words.high) return false;
  if (form_ == KeyForm::kInline) return true;
  const std::string_view key = KeyOf(batch, row);
  return key.size() == entry.key_length &&
         (key.empty() || std::memcmp(key.data(), entry.key, key.size()) == 0);
}

void KeyLookup::BuildFilter() {
  constexpr int64_t kBitsPerKey = 16;
  const uint64_t bits = std::bit_ceil(static_cast<uint64_t>(num_entries_ * kBitsPerKey));
  if (num_entries_ == 0 || bits > uint64_t{1} << 32) return;
  const uint64_t words = std::max<uint64_t>(1, bits / 64);
  if (!Allow(static_cast<int64_t>(words * sizeof(uint64_t)))) return;
  filter_.assign(words, 0);
  filter_mask_ = static_cast<uint32_t>(words * 64 - 1);
  for (int64_t id = 0; id < num_entries_; ++id) {
    const Entry& added = entry(static_cast<uint32_t>(id));
    const uint32_t tag = TagOf({added.low, added.high});
    filter_[(tag & filter_mask_) / 64] |= uint64_t{1} << (tag % 64);
  }
}

void KeyLookup::Find(const KeyBatch& batch, int64_t* rows) const {
  // Independent reads of memory overlap: ask for a batch of slots, then for the entries
  // that they name, and only then look.
  constexpr int64_t kAhead = 32;
  if (num_entries_ == 0) {
    std::fill_n(rows, batch.num_rows, int64_t{-1});
    return;
  }
  uint32_t tags[kAhead];
  size_t sought[kAhead];
  for (int64_t row = 0; row < batch.num_rows;) {
    int64_t size = 0;
    for (; row < batch.num_rows && size < kAhead; ++row) {
      tags[size] = TagOf(batch.words[static_cast<size_t>(row)]);
      sought[size] = static_cast<size_t>(row);
      rows[row] = -1;
      // Without a branch, which nobody could foresee.
      size += static_cast<int64_t>(MayContain(tags[size]));
    }
    for (int64_t i = 0; i < size; ++i) table_.Prefetch(tags[i]);
    for (int64_t i = 0; i < size; ++i) {
      const uint32_t guess = table_.Guess(tags[i]);
      if (guess != RecordTable::kNoRecord) __builtin_prefetch(&entry(guess));
    }
    for (int64_t i = 0; i < size; ++i) {
      const uint32_t id = table_.Find(
          tags[i], [&](uint32_t other) { return Same(entry(other), batch, sought[i]); });
      if (id != RecordTable::kNoRecord) rows[sought[i]] = entry(id).row;
    }
  }
}

}  // namespace planish
