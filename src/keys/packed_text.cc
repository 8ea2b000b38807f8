// SPDX-License-Identifier: Apache-2.0
#include "keys/packed_text.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace planish {

namespace {

constexpr size_t kWordBytes = 8;
constexpr size_t kHexDigits = 32;
constexpr size_t kUuidLength = 36;
constexpr size_t kLongestShort = 15;

// The last byte of a short text's words: no text has this length.
constexpr uint64_t kNullLength = 0xFF;

constexpr uint64_t EachByte(uint8_t byte) {
  return byte * uint64_t{0x0101010101010101};
}

/// Eight hexadecimal digits as 32 bits; all eight at a time. False if one is not a digit
/// or not in lower case.
bool PackDigits(const char* text, uint32_t* packed) {
  uint64_t digits = 0;
  std::memcpy(&digits, text, kWordBytes);
  // Bit 6 tells letters from digits in ASCII; 'a' ends in 1 and means 10.
  const uint64_t letters = (digits >> 6) & EachByte(1);
  uint64_t nibbles = (digits & EachByte(0x0F)) + letters * 9;
  // Spelling the nibbles out again proves that they are what was there.
  const uint64_t above_nine = ((nibbles + EachByte(6)) >> 4) & EachByte(1);
  const uint64_t spelled = nibbles + EachByte('0') + above_nine * ('a' - '9' - 1);
  if (spelled != digits || (nibbles & EachByte(0xF0)) != 0) return false;
  nibbles = (nibbles | nibbles >> 4) & 0x00FF00FF00FF00FF;
  nibbles = (nibbles | nibbles >> 8) & 0x0000FFFF0000FFFF;
  *packed = static_cast<uint32_t>(nibbles | nibbles >> 16);
  return true;
}

bool PackHex(const char* text, KeyBatch::Words* words) {
  uint32_t parts[4];
  for (size_t i = 0; i < 4; ++i) {
    if (!PackDigits(text + i * kWordBytes, &parts[i])) return false;
  }
  words->low = parts[0] | uint64_t{parts[1]} << 32;
  words->high = parts[2] | uint64_t{parts[3]} << 32;
  return true;
}

bool PackUuid(const char* text, KeyBatch::Words* words) {
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
    return false;
  }
  char digits[kHexDigits];
  std::memcpy(digits, text, 8);
  std::memcpy(digits + 8, text + 9, 4);
  std::memcpy(digits + 12, text + 14, 4);
  std::memcpy(digits + 16, text + 19, 4);
  std::memcpy(digits + 20, text + 24, 12);
  return PackHex(digits, words);
}

void PackShort(std::string_view value, KeyBatch::Words* words) {
  char bytes[2 * kWordBytes] = {};
  if (!value.empty()) std::memcpy(bytes, value.data(), value.size());
  std::memcpy(&words->low, bytes, kWordBytes);
  std::memcpy(&words->high, bytes + kWordBytes, kWordBytes);
  words->high |= uint64_t{value.size()} << 56;
}

}  // namespace

TextPacking ChoosePacking(std::span<const std::string_view> sample,
                          std::string_view null_marker) {
  for (const TextPacking packing :
       {TextPacking::kHex, TextPacking::kUuid, TextPacking::kShort}) {
    const bool all_fit = std::all_of(sample.begin(), sample.end(), [&](auto value) {
      KeyBatch::Words words;
      return PackText(packing, value, value.data() == null_marker.data(), &words);
    });
    if (all_fit && !sample.empty()) return packing;
  }
  return TextPacking::kNone;
}

bool PackText(TextPacking packing, std::string_view value, bool is_null,
              KeyBatch::Words* words) {
  static_assert(std::endian::native == std::endian::little);
  switch (packing) {
    case TextPacking::kNone:
      return false;
    case TextPacking::kShort:
      if (is_null) {
        *words = {0, kNullLength << 56};
        return true;
      }
      if (value.size() > kLongestShort) return false;
      PackShort(value, words);
      return true;
    case TextPacking::kHex:
      return !is_null && value.size() == kHexDigits && PackHex(value.data(), words);
    case TextPacking::kUuid:
      return !is_null && value.size() == kUuidLength && PackUuid(value.data(), words);
  }
  return false;
}

}  // namespace planish
