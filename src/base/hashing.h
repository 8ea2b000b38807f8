// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace planish {

/// A 128-bit digest. Equal digests never prove equal keys.
struct Digest {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const Digest&) const = default;
};

namespace internal {
/// The bits of a hash that NarrowHashesForTesting left.
inline std::atomic<uint64_t> hash_mask{~uint64_t{0}};
}  // namespace internal

/// XXH3 of `size` bytes, narrowed by NarrowHashesForTesting.
Digest HashBytes(const void* data, size_t size);

/// XXH3 of `size` bytes, to tell damage; never narrowed.
uint64_t Checksum(const void* data, size_t size);

/// Mixes two words into one whose every bit depends on every bit of both; narrowed
/// likewise. Unless narrowed, different `a` with equal `b` never collide, nor do
/// different `b` with equal `a`.
inline uint64_t HashWords(uint64_t a, uint64_t b) {
  // Multiplications by odd numbers and xor-shifts can be undone, so nothing collapses, as
  // it can where the words are multiplied with each other.
  a *= 0x9E3779B97F4A7C15;
  a ^= a >> 32;
  a *= 0xD6E8FEB86659FD93;
  uint64_t h = a + b * 0xA0761D6478BD642F;
  // The finalizer of MurmurHash3 with Stafford's constants (variant 13).
  h ^= h >> 30;
  h *= 0xBF58476D1CE4E5B9;
  h ^= h >> 27;
  h *= 0x94D049BB133111EB;
  h ^= h >> 31;
  return h & internal::hash_mask.load(std::memory_order_relaxed);
}

/// Test seam: from now on keep only the lowest `bits` (0 to 64) of every hash, and of a
/// digest's low word (its high word becomes 0 unless `bits` is 64). Process-wide; not for
/// use during a run.
void NarrowHashesForTesting(int bits);

}  // namespace planish
