// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "keys/key_batch.h"

namespace planish {

/// How text of one common form fits 16 bytes, so that it needs no digest, and no second
/// look at what digests find. Each form maps different texts to different words.
enum class TextPacking : uint8_t {
  kNone,
  kShort,  ///< up to 15 bytes of anything, and nulls
  kHex,    ///< 32 lower-case hexadecimal digits: MD5, and 128-bit ids in general
  kUuid,   ///< the same in groups of 8-4-4-4-12 with hyphens between them
};

/// The form that all of `sample` have, or kNone, which an empty one has too. Null values
/// are views of `null_marker`.
TextPacking ChoosePacking(std::span<const std::string_view> sample,
                          std::string_view null_marker);

/// Packs `value` (or a null). False, and `words` undefined, if it has another form.
bool PackText(TextPacking packing, std::string_view value, bool is_null,
              KeyBatch::Words* words);

}  // namespace planish
