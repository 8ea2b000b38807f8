// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/status.h"
#include "keys/key_batch.h"

namespace planish {

/// The keys that a stream has had so far, and nothing else of their rows. An exact set:
/// hashes find the place, key bytes decide. One thread.
///
/// It is made of shards, each an open-addressed table that grows on its own, so that to
/// grow takes a fraction of the memory that is held. Inline keys are their own entries,
/// of 8 or 16 bytes; of longer keys the entry has 32 bits of the hash, and where the
/// bytes are.
class SeenKeys {
 public:
  /// `form` is kInline or kBytes. Memory comes from `pool`, which must outlive it, at
  /// most `most_bytes` in total.
  SeenKeys(KeyForm form, int64_t most_bytes, arrow::MemoryPool* pool);

  /// Takes the rows of `batch`, whose payloads are all key, in order. Sets fresh[row] to
  /// 1 where the key was not there before, or matches nothing, else to 0. Returns how
  /// many rows were taken: all of them, unless memory is refused, or hashes do not spread
  /// the keys. The set is whole then, but takes no more.
  int64_t Insert(const KeyBatch& batch, uint8_t* fresh);

  /// Hands out all keys in no particular order, a few thousand at a time: inline ones as
  /// words, others as payloads.
  using Visitor = std::function<arrow::Status(const KeyBatch&)>;
  arrow::Status Visit(const Visitor& visitor) const;

  int64_t num_keys() const { return num_keys_; }
  /// Bytes taken from the pool.
  int64_t bytes() const { return bytes_; }

 private:
  static constexpr int kShardBits = 6;

  struct Shard {
    std::unique_ptr<arrow::Buffer> memory;
    uint64_t* entries = nullptr;
    uint64_t capacity = 0;
    uint64_t num_entries = 0;
  };

  using Shards = std::array<Shard, size_t{1} << kShardBits>;

  /// What happened to a key.
  enum class Outcome { kFresh, kKnown, kRefused };

  Outcome Insert(uint64_t hash, const KeyBatch& batch, size_t row);
  Outcome InsertNarrow(uint64_t hash, uint64_t word);
  Outcome InsertWide(uint64_t hash, const KeyBatch::Words& words);
  Outcome InsertBytes(uint64_t hash, std::string_view key);
  void Prefetch(uint64_t hash, const KeyBatch::Words& words) const;

  /// Room for an entry of `words` words more; false if refused.
  bool MakeRoom(Shard* shard, uint64_t words);
  bool Grow(Shard* shard, uint64_t words);
  uint64_t HashOf(const uint64_t* entry, uint64_t words) const;
  std::unique_ptr<arrow::Buffer> Allocate(int64_t bytes);

  arrow::Status VisitInline(const Visitor& visitor) const;
  arrow::Status VisitBytes(const Visitor& visitor) const;

  /// Appends a key to the arena; false if refused.
  bool AppendBytes(std::string_view key, uint32_t* place);
  bool AddBlocks(size_t bytes);
  std::string_view KeyAt(uint32_t place) const;

  const KeyForm form_;
  const int64_t most_bytes_;
  arrow::MemoryPool* const pool_;
  const int block_shift_;  ///< the arena's blocks have 1 << block_shift_ bytes
  Shards narrow_, wide_;
  bool has_zero_ = false;  ///< the inline key of zeros, which as an entry means vacant
  bool refused_ = false;
  int64_t num_keys_ = 0;
  int64_t bytes_ = 0;
  int64_t allowed_detours_;

  /// The arena: records of a 32-bit length and the bytes, at multiples of 8.
  std::vector<std::unique_ptr<arrow::Buffer>> arena_;
  std::vector<uint8_t*> blocks_;
  size_t next_ = 0, end_ = 0;  ///< where the next record goes, and may go, in bytes
};

}  // namespace planish
