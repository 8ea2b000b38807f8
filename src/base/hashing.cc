// SPDX-License-Identifier: Apache-2.0
#include "base/hashing.h"

// Header-only, so that nothing has to be linked and short inputs cost no call.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cassert>

namespace planish {

Digest HashBytes(const void* data, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits(data, size);
  const uint64_t mask = internal::hash_mask.load(std::memory_order_relaxed);
  return {hash.low64 & mask, mask == ~uint64_t{0} ? hash.high64 : 0};
}

uint64_t Checksum(const void* data, size_t size) {
  return XXH3_64bits(data, size);
}

void NarrowHashesForTesting(int bits) {
  assert(bits >= 0 && bits <= 64);
  internal::hash_mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

}  // namespace planish
