// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace planish {

/// How a key is represented in its record.
enum class KeyForm {
  kInline,  ///< the two words are the key: equal words are equal keys
  kDigest,  ///< the two words are a digest: equal words are candidates
  kBytes,   ///< the two words are a digest, and the payload has the key itself
};

/// Encoded keys of consecutive rows.
///
/// A row's payload is key bytes (kBytes only), then order bytes (kInline and kBytes, if
/// there are order columns); both ways byte equality means equality, and order bytes
/// compare as memcmp does (a prefix before what it is a prefix of). A key's words as
/// kDigest and as kBytes are the same. canonical_keys.h and order_bytes.h say what the
/// bytes are.
struct KeyBatch {
  struct Words {
    uint64_t low = 0, high = 0;
  };

  int64_t num_rows = 0;
  std::vector<Words> words;  ///< one a row
  bool has_payload = false;
  std::vector<uint8_t> payload;           ///< all rows' payloads, one behind the other
  std::vector<uint64_t> payload_offsets;  ///< num_rows + 1, if has_payload
  std::vector<uint32_t> key_lengths;      ///< leading bytes of each payload that are key
  /// Rows that equal no other row, not even themselves (a NaN where NaN differ); empty:
  /// none.
  std::vector<uint8_t> unmatchable;

  /// Empties it. Capacity stays, so that a batch used again does not allocate.
  void Clear();
};

}  // namespace planish
