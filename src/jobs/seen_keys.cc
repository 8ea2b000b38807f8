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
constexpr size_t kVisitedBytes = size_t{1} << 20;
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

int WordsOf(KeyForm form, int key_bytes) {
  return form == KeyForm::kInline && key_bytes > 8 ? 2 : 1;
}

std::string_view KeyOf(const KeyBatch& batch, int64_t row) {
  return {reinterpret_cast<const char*>(batch.payload.data()) +
              batch.payload_offsets[static_cast<size_t>(row)],
          batch.key_lengths[static_cast<size_t>(row)]};
}

}  // namespace

SeenKeys::SeenKeys(KeyForm form, int key_bytes, int64_t most_bytes,
                   arrow::MemoryPool* pool)
    : form_(form),
      words_(WordsOf(form, key_bytes)),
      most_bytes_(most_bytes),
      pool_(pool),
      block_shift_(BlockShift(most_bytes)),
      allowed_detours_(kVisitedKeys) {}

std::unique_ptr<arrow::Buffer> SeenKeys::Allocate(int64_t bytes) {
  if (bytes > most_bytes_ - bytes_) return nullptr;
  auto memory = arrow::AllocateBuffer(bytes, pool_);
  if (!memory.ok()) return nullptr;
  bytes_ += bytes;
  return *std::move(memory);
}

bool SeenKeys::MakeRoom(Shard* shard) {
  // Three quarters full: a lookup of a new key passes eight entries then.
  if (4 * (shard->num_entries + 1) <= 3 * shard->capacity) return true;
  return Grow(shard);
}

bool SeenKeys::Grow(Shard* shard) {
  const uint64_t capacity =
      std::max(kFirstCapacity, shard->capacity + shard->capacity / 2);
  if (capacity > std::numeric_limits<uint32_t>::max()) return false;
  const uint64_t entry_bytes = static_cast<uint64_t>(words_) * sizeof(uint64_t);
  auto memory = Allocate(static_cast<int64_t>(capacity * entry_bytes));
  if (memory == nullptr) return false;
  std::memset(memory->mutable_data(), 0, capacity * entry_bytes);
  Shard grown;
  grown.entries = reinterpret_cast<uint64_t*>(memory->mutable_data());
  grown.memory = std::move(memory);
  grown.capacity = capacity;
  grown.num_entries = shard->num_entries;
  for (uint64_t slot = 0; slot < shard->capacity; ++slot) {
    const uint64_t* entry = shard->entries + slot * static_cast<uint64_t>(words_);
    if (words_ == 2) {
      if ((entry[0] | entry[1]) != 0)
        Place<2>(&grown, entry, HashWords(entry[0], entry[1]));
    } else if (entry[0] != 0) {
      Place<1>(&grown, entry,
               form_ == KeyForm::kInline ? HashWords(entry[0], 0) : TagOf(entry[0]));
    }
  }
  if (shard->memory != nullptr) bytes_ -= shard->memory->size();
  *shard = std::move(grown);
  return true;
}

template <int kWords>
void SeenKeys::Place(Shard* shard, const uint64_t* entry, uint64_t hash) const {
  uint64_t slot = SlotOf(hash, shard->capacity);
  const auto vacant = [&](const uint64_t* at) {
    return kWords == 2 ? (at[0] | at[1]) == 0 : at[0] == 0;
  };
  while (!vacant(shard->entries + slot * kWords)) {
    if (++slot == shard->capacity) slot = 0;
  }
  std::copy_n(entry, kWords, shard->entries + slot * kWords);
}

template <int kWords>
SeenKeys::Outcome SeenKeys::InsertInline(uint64_t hash, const KeyBatch::Words& words) {
  if ((words.low | words.high) == 0) {
    if (std::exchange(has_zero_, true)) return Outcome::kKnown;
    return Outcome::kFresh;
  }
  Shard* shard = ShardOf(hash);
  if (!MakeRoom(shard)) return Outcome::kRefused;
  for (uint64_t slot = SlotOf(hash, shard->capacity);; --allowed_detours_) {
    uint64_t* entry = shard->entries + slot * kWords;
    if (entry[0] == words.low && (kWords == 1 || entry[kWords - 1] == words.high)) {
      return Outcome::kKnown;
    }
    if (entry[0] == 0 && entry[kWords - 1] == 0) {
      entry[0] = words.low;
      if (kWords == 2) entry[kWords - 1] = words.high;
      ++shard->num_entries;
      return Outcome::kFresh;
    }
    if (++slot == shard->capacity) slot = 0;
  }
}

SeenKeys::Outcome SeenKeys::InsertBytes(uint64_t hash, std::string_view key) {
  Shard* shard = ShardOf(hash);
  if (!MakeRoom(shard)) return Outcome::kRefused;
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

template <int kWords>
int64_t SeenKeys::InsertAll(const KeyBatch& batch, uint8_t* fresh) {
  std::array<uint64_t, kPrefetched> hashes;
  for (int64_t begin = 0; begin < batch.num_rows; begin += kPrefetched) {
    const int64_t count = std::min(kPrefetched, batch.num_rows - begin);
    for (int64_t i = 0; i < count; ++i) {
      const KeyBatch::Words& words = batch.words[static_cast<size_t>(begin + i)];
      const uint64_t hash = HashWords(words.low, words.high);
      hashes[static_cast<size_t>(i)] = hash;
      const Shard* shard = ShardOf(hash);
      __builtin_prefetch(shard->entries + SlotOf(hash, shard->capacity) * kWords, 1);
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = begin + i;
      fresh[row] = 1;
      if (!batch.unmatchable.empty() &&
          batch.unmatchable[static_cast<size_t>(row)] != 0) {
        continue;
      }
      const uint64_t hash = hashes[static_cast<size_t>(i)];
      const Outcome outcome =
          form_ == KeyForm::kInline
              ? InsertInline<kWords>(hash, batch.words[static_cast<size_t>(row)])
              : InsertBytes(hash, KeyOf(batch, row));
      if (outcome == Outcome::kRefused) return row;
      fresh[row] = outcome == Outcome::kFresh ? 1 : 0;
      num_keys_ += fresh[row];
    }
    allowed_detours_ += kDetoursPerRow * count;
    if (allowed_detours_ < 0) return begin + count;
  }
  return batch.num_rows;
}

int64_t SeenKeys::Insert(const KeyBatch& batch, uint8_t* fresh) {
  if (refused_) return 0;
  const int64_t taken =
      words_ == 2 ? InsertAll<2>(batch, fresh) : InsertAll<1>(batch, fresh);
  refused_ = taken < batch.num_rows || allowed_detours_ < 0;
  return taken;
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

template <int kWords>
arrow::Status SeenKeys::VisitInline(
    const std::function<arrow::Status(const KeyBatch&)>& visitor) const {
  KeyBatch batch;
  const auto flush = [&]() -> arrow::Status {
    batch.num_rows = static_cast<int64_t>(batch.words.size());
    if (batch.num_rows > 0) ARROW_RETURN_NOT_OK(visitor(batch));
    batch.Clear();
    return arrow::Status::OK();
  };
  if (has_zero_) batch.words.push_back({});
  for (const Shard& shard : shards_) {
    for (uint64_t slot = 0; slot < shard.capacity; ++slot) {
      const uint64_t* entry = shard.entries + slot * kWords;
      const KeyBatch::Words words{entry[0], kWords == 2 ? entry[kWords - 1] : 0};
      if ((words.low | words.high) == 0) continue;
      batch.words.push_back(words);
      if (batch.words.size() == kVisitedKeys) ARROW_RETURN_NOT_OK(flush());
    }
  }
  return flush();
}

arrow::Status SeenKeys::VisitBytes(
    const std::function<arrow::Status(const KeyBatch&)>& visitor) const {
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
  for (const Shard& shard : shards_) {
    for (uint64_t slot = 0; slot < shard.capacity; ++slot) {
      if (shard.entries[slot] == 0) continue;
      const std::string_view key =
          KeyAt(static_cast<uint32_t>(shard.entries[slot] >> 32));
      batch.payload.insert(batch.payload.end(), key.begin(), key.end());
      batch.payload_offsets.push_back(batch.payload.size());
      batch.key_lengths.push_back(static_cast<uint32_t>(key.size()));
      if (batch.key_lengths.size() == kVisitedKeys ||
          batch.payload.size() > kVisitedBytes) {
        ARROW_RETURN_NOT_OK(flush());
      }
    }
  }
  return flush();
}

arrow::Status SeenKeys::Visit(
    const std::function<arrow::Status(const KeyBatch&)>& visitor) const {
  if (form_ != KeyForm::kInline) return VisitBytes(visitor);
  return words_ == 2 ? VisitInline<2>(visitor) : VisitInline<1>(visitor);
}

}  // namespace planish
