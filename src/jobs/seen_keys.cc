// SPDX-License-Identifier: Apache-2.0
#include "jobs/seen_keys.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "base/hashing.h"

namespace planish {
namespace {

constexpr uint64_t kFirstCapacity = 16;
/// Rows whose entries are asked from memory before the first is looked at.
constexpr int64_t kPrefetched = 32;
/// Ten times what lookups pass in a table that is about to grow.
constexpr int64_t kDetoursPerRow = 64;
constexpr int64_t kVisitedKeys = 4096;
constexpr size_t kLengthBytes = sizeof(uint32_t);
constexpr int kAlignShift = 3;

/// Multiplication instead of a mask, so that a capacity can be any number.
uint64_t SlotOf(uint64_t hash, uint64_t capacity) {
  return ((hash & 0xFFFFFFFF) * capacity) >> 32;
}

uint32_t TagOf(uint64_t entry) {
  return static_cast<uint32_t>(entry);
}

int BlockShift(int64_t most_bytes) {
  const auto wanted = static_cast<uint64_t>(std::max<int64_t>(most_bytes / 64, 1));
  return std::clamp(static_cast<int>(std::bit_width(wanted)), 10, 20);
}

size_t ShardOf(uint64_t hash, int shard_bits) {
  return hash >> (64 - shard_bits);
}

std::string_view KeyOf(const KeyBatch& batch, size_t row) {
  return {
      reinterpret_cast<const char*>(batch.payload.data()) + batch.payload_offsets[row],
      batch.key_lengths[row]};
}

}  // namespace

SeenKeys::SeenKeys(KeyForm form, int64_t most_bytes, arrow::MemoryPool* pool)
    : form_(form),
      most_bytes_(most_bytes),
      pool_(pool),
      block_shift_(BlockShift(most_bytes)),
      allowed_detours_(kVisitedKeys) {}

std::unique_ptr<arrow::Buffer> SeenKeys::Allocate(int64_t bytes) {
  if (bytes > most_bytes_ - bytes_) return nullptr;
  auto memory = arrow::AllocateBuffer(bytes, pool_);
  if (!memory.ok()) return nullptr;
  bytes_ += (*memory)->capacity();
  return *std::move(memory);
}

bool SeenKeys::MakeRoom(Shard* shard, uint64_t words) {
  // Three quarters full: a lookup of a new key passes eight entries then.
  if (4 * (shard->num_entries + 1) <= 3 * shard->capacity) return true;
  return Grow(shard, words);
}

uint64_t SeenKeys::HashOf(const uint64_t* entry, uint64_t words) const {
  if (words == 2) return HashWords(entry[0], entry[1]);
  return form_ == KeyForm::kInline ? HashWords(entry[0], 0) : TagOf(entry[0]);
}

bool SeenKeys::Grow(Shard* shard, uint64_t words) {
  const uint64_t capacity =
      std::max(kFirstCapacity, shard->capacity + shard->capacity / 2);
  if (capacity > std::numeric_limits<uint32_t>::max()) return false;
  const uint64_t bytes = capacity * words * sizeof(uint64_t);
  auto memory = Allocate(static_cast<int64_t>(bytes));
  if (memory == nullptr) return false;
  std::memset(memory->mutable_data(), 0, bytes);
  auto* entries = reinterpret_cast<uint64_t*>(memory->mutable_data());
  for (uint64_t old = 0; old < shard->capacity; ++old) {
    const uint64_t* entry = shard->entries + old * words;
    // The last word of an entry is never zero.
    if (entry[words - 1] == 0) continue;
    uint64_t slot = SlotOf(HashOf(entry, words), capacity);
    while (entries[slot * words + words - 1] != 0) {
      if (++slot == capacity) slot = 0;
    }
    std::copy_n(entry, words, entries + slot * words);
  }
  if (shard->memory != nullptr) bytes_ -= shard->memory->capacity();
  *shard = {std::move(memory), entries, capacity, shard->num_entries};
  return true;
}

SeenKeys::Outcome SeenKeys::InsertNarrow(uint64_t hash, uint64_t word) {
  if (word == 0) {
    return std::exchange(has_zero_, true) ? Outcome::kKnown : Outcome::kFresh;
  }
  Shard* shard = &narrow_[ShardOf(hash, kShardBits)];
  if (!MakeRoom(shard, 1)) return Outcome::kRefused;
  for (uint64_t slot = SlotOf(hash, shard->capacity);; --allowed_detours_) {
    uint64_t* entry = shard->entries + slot;
    if (*entry == word) return Outcome::kKnown;
    if (*entry == 0) {
      *entry = word;
      ++shard->num_entries;
      return Outcome::kFresh;
    }
    if (++slot == shard->capacity) slot = 0;
  }
}

SeenKeys::Outcome SeenKeys::InsertWide(uint64_t hash, const KeyBatch::Words& words) {
  Shard* shard = &wide_[ShardOf(hash, kShardBits)];
  if (!MakeRoom(shard, 2)) return Outcome::kRefused;
  for (uint64_t slot = SlotOf(hash, shard->capacity);; --allowed_detours_) {
    uint64_t* entry = shard->entries + 2 * slot;
    if (entry[0] == words.low && entry[1] == words.high) return Outcome::kKnown;
    if (entry[1] == 0) {
      entry[0] = words.low;
      entry[1] = words.high;
      ++shard->num_entries;
      return Outcome::kFresh;
    }
    if (++slot == shard->capacity) slot = 0;
  }
}

SeenKeys::Outcome SeenKeys::InsertBytes(uint64_t hash, std::string_view key) {
  Shard* shard = &narrow_[ShardOf(hash, kShardBits)];
  if (!MakeRoom(shard, 1)) return Outcome::kRefused;
  for (uint64_t slot = SlotOf(hash, shard->capacity);; --allowed_detours_) {
    uint64_t* entry = shard->entries + slot;
    if (*entry == 0) {
      uint32_t place = 0;
      if (!AppendBytes(key, &place)) return Outcome::kRefused;
      *entry = (uint64_t{place} << 32) | TagOf(hash);
      ++shard->num_entries;
      return Outcome::kFresh;
    }
    if (TagOf(*entry) == TagOf(hash) &&
        KeyAt(static_cast<uint32_t>(*entry >> 32)) == key) {
      return Outcome::kKnown;
    }
    if (++slot == shard->capacity) slot = 0;
  }
}

SeenKeys::Outcome SeenKeys::Insert(uint64_t hash, const KeyBatch& batch, size_t row) {
  if (form_ != KeyForm::kInline) return InsertBytes(hash, KeyOf(batch, row));
  const KeyBatch::Words& words = batch.words[row];
  return words.high == 0 ? InsertNarrow(hash, words.low) : InsertWide(hash, words);
}

void SeenKeys::Prefetch(uint64_t hash, const KeyBatch::Words& words) const {
  const bool wide = form_ == KeyForm::kInline && words.high != 0;
  const Shard& shard = (wide ? wide_ : narrow_)[ShardOf(hash, kShardBits)];
  if (shard.capacity == 0) return;
  __builtin_prefetch(
      shard.entries + SlotOf(hash, shard.capacity) * (wide ? uint64_t{2} : 1), 1);
}

int64_t SeenKeys::Insert(const KeyBatch& batch, uint8_t* fresh) {
  std::array<uint64_t, kPrefetched> hashes;
  for (int64_t begin = 0; begin < batch.num_rows && !refused_; begin += kPrefetched) {
    const int64_t count = std::min(kPrefetched, batch.num_rows - begin);
    for (int64_t i = 0; i < count; ++i) {
      const KeyBatch::Words& words = batch.words[static_cast<size_t>(begin + i)];
      hashes[static_cast<size_t>(i)] = HashWords(words.low, words.high);
      Prefetch(hashes[static_cast<size_t>(i)], words);
    }
    for (int64_t i = 0; i < count; ++i) {
      const auto row = static_cast<size_t>(begin + i);
      fresh[row] = 1;
      if (!batch.unmatchable.empty() && batch.unmatchable[row] != 0) continue;
      const Outcome outcome = Insert(hashes[static_cast<size_t>(i)], batch, row);
      if (outcome == Outcome::kRefused) {
        refused_ = true;
        return begin + i;
      }
      fresh[row] = outcome == Outcome::kFresh ? 1 : 0;
      num_keys_ += fresh[row];
    }
    allowed_detours_ += kDetoursPerRow * count;
    refused_ = allowed_detours_ < 0;
    if (refused_) return begin + count;
  }
  return refused_ ? 0 : batch.num_rows;
}

bool SeenKeys::AddBlocks(size_t bytes) {
  const size_t block_bytes = size_t{1} << block_shift_;
  const size_t count = (bytes + block_bytes - 1) >> block_shift_;
  const size_t end = (blocks_.size() + count) << block_shift_;
  if ((end >> kAlignShift) > std::numeric_limits<uint32_t>::max()) return false;
  auto memory = Allocate(static_cast<int64_t>(count << block_shift_));
  if (memory == nullptr) return false;
  next_ = blocks_.size() << block_shift_;
  end_ = end;
  for (size_t i = 0; i < count; ++i) {
    blocks_.push_back(memory->mutable_data() + (i << block_shift_));
  }
  arena_.push_back(std::move(memory));
  return true;
}

bool SeenKeys::AppendBytes(std::string_view key, uint32_t* place) {
  constexpr size_t kMask = (size_t{1} << kAlignShift) - 1;
  // What is stored 0 places in would make an entry of a hash of 0 look vacant: the arena
  // begins with a gap.
  if (blocks_.empty()) {
    if (!AddBlocks(1)) return false;
    next_ = kMask + 1;
  }
  const size_t bytes = (kLengthBytes + key.size() + kMask) & ~kMask;
  if (bytes > end_ - next_ && !AddBlocks(bytes)) return false;
  *place = static_cast<uint32_t>(next_ >> kAlignShift);
  uint8_t* record =
      blocks_[next_ >> block_shift_] + (next_ & ((size_t{1} << block_shift_) - 1));
  const auto length = static_cast<uint32_t>(key.size());
  std::memcpy(record, &length, kLengthBytes);
  if (!key.empty()) std::memcpy(record + kLengthBytes, key.data(), key.size());
  next_ += bytes;
  return true;
}

std::string_view SeenKeys::KeyAt(uint32_t place) const {
  const size_t offset = size_t{place} << kAlignShift;
  const uint8_t* record =
      blocks_[offset >> block_shift_] + (offset & ((size_t{1} << block_shift_) - 1));
  uint32_t length = 0;
  std::memcpy(&length, record, kLengthBytes);
  return {reinterpret_cast<const char*>(record) + kLengthBytes, length};
}

arrow::Status SeenKeys::VisitInline(const Visitor& visitor) const {
  KeyBatch batch;
  const auto flush = [&]() -> arrow::Status {
    batch.num_rows = static_cast<int64_t>(batch.words.size());
    if (batch.num_rows > 0) ARROW_RETURN_NOT_OK(visitor(batch));
    batch.Clear();
    return arrow::Status::OK();
  };
  if (has_zero_) batch.words.push_back({});
  for (const uint64_t words : {1, 2}) {
    for (const Shard& shard : words == 1 ? narrow_ : wide_) {
      for (uint64_t slot = 0; slot < shard.capacity; ++slot) {
        const uint64_t* entry = shard.entries + slot * words;
        if (entry[words - 1] == 0) continue;
        batch.words.push_back({entry[0], words == 2 ? entry[1] : 0});
        if (batch.words.size() == kVisitedKeys) ARROW_RETURN_NOT_OK(flush());
      }
    }
  }
  return flush();
}

arrow::Status SeenKeys::VisitBytes(const Visitor& visitor) const {
  KeyBatch batch;
  const auto flush = [&]() -> arrow::Status {
    batch.num_rows = static_cast<int64_t>(batch.key_lengths.size());
    if (batch.num_rows > 0) ARROW_RETURN_NOT_OK(visitor(batch));
    batch.Clear();
    batch.has_payload = true;
    batch.payload_offsets.push_back(0);
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(flush());
  for (const Shard& shard : narrow_) {
    for (uint64_t slot = 0; slot < shard.capacity; ++slot) {
      if (shard.entries[slot] == 0) continue;
      const std::string_view key =
          KeyAt(static_cast<uint32_t>(shard.entries[slot] >> 32));
      batch.payload.insert(batch.payload.end(), key.begin(), key.end());
      batch.payload_offsets.push_back(batch.payload.size());
      batch.key_lengths.push_back(static_cast<uint32_t>(key.size()));
      if (batch.key_lengths.size() == kVisitedKeys ||
          batch.payload.size() >> block_shift_ > 0) {
        ARROW_RETURN_NOT_OK(flush());
      }
    }
  }
  return flush();
}

arrow::Status SeenKeys::Visit(const Visitor& visitor) const {
  return form_ == KeyForm::kInline ? VisitInline(visitor) : VisitBytes(visitor);
}

}  // namespace planish
