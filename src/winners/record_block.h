// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "winners/block_memory.h"
#include "winners/record_store.h"

namespace planish {

/// A record whose row has a payload. The payload lies further on in the record's block,
/// and ends where that of the record before it begins.
struct PayloadRecord : RecordStore::Record {
  uint32_t payload_distance = 0;  ///< from this record's first byte to its payload's
  uint32_t key_length = 0;        ///< leading bytes of the payload that are key

  const uint8_t* payload() const {
    return reinterpret_cast<const uint8_t*>(this) + payload_distance;
  }
  RecordStore::Payload ToPayload() const {
    return {payload(), key_length,
            static_cast<uint32_t>((this - 1)->payload() - payload())};
  }
  std::string_view key() const {
    return {reinterpret_cast<const char*>(payload()), key_length};
  }
  std::string_view order() const {
    const char* begin = reinterpret_cast<const char*>(payload()) + key_length;
    return {begin, reinterpret_cast<const char*>((this - 1)->payload())};
  }
};

static_assert(sizeof(RecordStore::Record) == 24 && sizeof(PayloadRecord) == 32);
static_assert(std::is_trivially_copyable_v<RecordStore::Record>);

/// Records of one partition in one piece of memory that holds no pointers, so that it can
/// be written and read back as it is.
///
/// Without payloads: records, one behind the other. With payloads: a sentinel, records
/// behind it, and payloads growing towards them from the end, where the sentinel's
/// payload "begins".
struct RecordBlock {
  BlockMemory memory;
  uint32_t num_records = 0;

  template <typename Entry>
  const Entry* entries() const {
    constexpr size_t kSentinels = std::is_same_v<Entry, PayloadRecord> ? 1 : 0;
    return reinterpret_cast<const Entry*>(memory.data()) + kSentinels;
  }
};

/// Fills a block's memory with records.
class RecordBlockBuilder {
 public:
  static size_t BytesFor(bool has_payload, int64_t num_records, int64_t payload_bytes) {
    const auto records = static_cast<size_t>(num_records);
    if (!has_payload) return records * sizeof(RecordStore::Record);
    return (records + 1) * sizeof(PayloadRecord) +
           (static_cast<size_t>(payload_bytes) + 7) / 8 * 8;
  }

  /// `block` has memory, of less than 4 GiB.
  RecordBlockBuilder(RecordBlock* block, bool has_payload)
      : block_(block), next_(block->memory.data()) {
    if (!has_payload) return;
    payload_ = next_ + block->memory.bytes();
    PayloadRecord sentinel;
    sentinel.payload_distance = static_cast<uint32_t>(block->memory.bytes());
    std::memcpy(next_, &sentinel, sizeof(sentinel));
    next_ += sizeof(sentinel);
  }

  void Add(const RecordStore::Record& record) {
    std::memcpy(next_, &record, sizeof(record));
    next_ += sizeof(record);
    ++block_->num_records;
  }
  void Add(const RecordStore::Record& record, uint32_t key_length, const uint8_t* payload,
           size_t payload_length) {
    payload_ -= payload_length;
    if (payload_length > 0) std::memcpy(payload_, payload, payload_length);
    PayloadRecord copy;
    static_cast<RecordStore::Record&>(copy) = record;
    copy.key_length = key_length;
    copy.payload_distance = static_cast<uint32_t>(payload_ - next_);
    std::memcpy(next_, &copy, sizeof(copy));
    next_ += sizeof(copy);
    ++block_->num_records;
  }

 private:
  RecordBlock* const block_;
  uint8_t* next_;
  uint8_t* payload_ = nullptr;
};

}  // namespace planish
