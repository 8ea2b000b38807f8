// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace planish {

/// A 128-bit digest. Equal digests never prove equal keys.
struct Digest {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const Digest&) const = default;
};

/// XXH3 of `size` bytes, narrowed by NarrowHashesForTesting.
Digest HashBytes(const void* data, size_t size);

/// Mixes two words into one whose every bit depends on every bit of both; narrowed likewise.
uint64_t HashWords(uint64_t a, uint64_t b);

/// Test seam: from now on keep only the lowest `bits` (0 to 64) of every hash, and of a digest's
/// low word (its high word becomes 0 unless `bits` is 64). Process-wide; not for use during a run.
void NarrowHashesForTesting(int bits);

}  // namespace planish
