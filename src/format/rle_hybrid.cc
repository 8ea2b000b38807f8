// SPDX-License-Identifier: Apache-2.0
#include "format/rle_hybrid.h"

#include <algorithm>
#include <cstring>

namespace planish {
namespace {

constexpr int64_t kGroup = 8;  // packed numbers come in eights

uint64_t LoadUpTo8(const uint8_t* bytes, const uint8_t* end) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, static_cast<size_t>(std::min<int64_t>(8, end - bytes)));
  return word;
}

uint8_t* PutVarint(uint64_t value, uint8_t* out) {
  while (value >= 0x80) {
    *out++ = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<uint8_t>(value);
  return out;
}

/// Packs eight numbers into `bit_width` bytes.
template <typename Number>
uint8_t* PackGroup(const Number* numbers, int bit_width, uint8_t* out) {
  uint64_t word = 0;
  int bits = 0;
  for (int i = 0; i < kGroup; ++i) {
    word |= static_cast<uint64_t>(static_cast<uint32_t>(numbers[i])) << bits;
    bits += bit_width;
    if (bits >= 32) {
      const auto low = static_cast<uint32_t>(word);
      std::memcpy(out, &low, 4);
      out += 4;
      word >>= 32;
      bits -= 32;
    }
  }
  std::memcpy(out, &word, static_cast<size_t>(bits / 8));
  return out + bits / 8;
}

template <typename Number>
uint8_t* PackRun(const Number* numbers, int64_t count, int bit_width, uint8_t* out) {
  const int64_t groups = (count + kGroup - 1) / kGroup;
  out = PutVarint(static_cast<uint64_t>(groups) << 1 | 1, out);
  for (int64_t i = 0; i + kGroup <= count; i += kGroup) {
    out = PackGroup(numbers + i, bit_width, out);
  }
  if (count % kGroup != 0) {
    Number padded[kGroup] = {};
    std::copy(numbers + count / kGroup * kGroup, numbers + count, padded);
    out = PackGroup(padded, bit_width, out);
  }
  return out;
}

template <typename Number>
uint8_t* RepeatRun(Number number, int64_t count, int bit_width, uint8_t* out) {
  out = PutVarint(static_cast<uint64_t>(count) << 1, out);
  const auto value = static_cast<uint32_t>(number);
  std::memcpy(out, &value, static_cast<size_t>((bit_width + 7) / 8));
  return out + (bit_width + 7) / 8;
}

template <typename Number>
int64_t CountRepeats(const Number* numbers, int64_t count) {
  int64_t repeats = 1;
  while (repeats < count && numbers[repeats] == numbers[0]) ++repeats;
  return repeats;
}

/// Enough for any sequence: packed groups alone cost a header more, and repeated runs are
/// taken only where they are shorter.
int64_t MaxBytes(int64_t count, int bit_width) {
  const int64_t groups = (count + kGroup - 1) / kGroup;
  return groups * (bit_width + 8) + 32;
}

}  // namespace

arrow::Status RleHybridReader::NextRun() {
  uint64_t header = 0;
  for (int shift = 0;; shift += 7) {
    if (next_ == end_ || shift > 28) return arrow::Status::Invalid("damaged run header");
    header |= static_cast<uint64_t>(*next_ & 0x7F) << shift;
    if ((*next_++ & 0x80) == 0) break;
  }
  if ((header & 1) == 0) {
    const int64_t bytes = (bit_width_ + 7) / 8;
    if (end_ - next_ < bytes) return arrow::Status::Invalid("truncated run");
    repeats_left_ = static_cast<int64_t>(header >> 1);
    repeated_ = 0;
    std::memcpy(&repeated_, next_, static_cast<size_t>(bytes));
    next_ += bytes;
  } else {
    // Some writers leave out the bytes of the padding.
    const int64_t bytes =
        std::min(static_cast<int64_t>(header >> 1) * bit_width_, end_ - next_);
    packed_left_ = bit_width_ == 0 ? static_cast<int64_t>(header >> 1) * kGroup
                                   : bytes * 8 / bit_width_;
    packed_ = next_;
    bit_offset_ = 0;
    next_ += bytes;
  }
  return arrow::Status::OK();
}

void RleHybridReader::Unpack(int64_t count, uint32_t* out) {
  const uint64_t mask = (uint64_t{1} << bit_width_) - 1;
  int64_t bit = bit_offset_;
  int64_t i = 0;
  // Whole words where they do not reach beyond the bytes there are.
  const int64_t safe_bits = (end_ - packed_ - 8) * 8;
  for (; i < count && bit <= safe_bits; ++i, bit += bit_width_) {
    uint64_t word;
    std::memcpy(&word, packed_ + (bit >> 3), 8);
    out[i] = static_cast<uint32_t>((word >> (bit & 7)) & mask);
  }
  for (; i < count; ++i, bit += bit_width_) {
    const uint64_t word = LoadUpTo8(packed_ + (bit >> 3), end_);
    out[i] = static_cast<uint32_t>((word >> (bit & 7)) & mask);
  }
  bit_offset_ = bit;
}

arrow::Status RleHybridReader::Read(int64_t count, uint32_t* out) {
  while (count > 0) {
    int64_t taken = 0;
    if (repeats_left_ > 0) {
      taken = std::min(count, repeats_left_);
      std::fill(out, out + taken, repeated_);
      repeats_left_ -= taken;
    } else if (packed_left_ > 0) {
      taken = std::min(count, packed_left_);
      Unpack(taken, out);
      packed_left_ -= taken;
    } else {
      ARROW_RETURN_NOT_OK(NextRun());
    }
    out += taken;
    count -= taken;
  }
  return arrow::Status::OK();
}

template <typename Number>
arrow::Status AppendRleHybrid(const Number* numbers, int64_t count, int bit_width,
                              arrow::BufferBuilder* out) {
  ARROW_RETURN_NOT_OK(out->Reserve(MaxBytes(count, bit_width)));
  uint8_t* const begin = out->mutable_data() + out->length();
  uint8_t* end = begin;
  int64_t packed_from = 0;
  int64_t i = 0;
  while (i < count) {
    // A repeated run must begin where a group of eight would.
    const int64_t repeats = CountRepeats(numbers + i, count - i);
    if (repeats < kGroup) {
      i = std::min(i + kGroup, count);
      continue;
    }
    if (i > packed_from) {
      end = PackRun(numbers + packed_from, i - packed_from, bit_width, end);
    }
    end = RepeatRun(numbers[i], repeats, bit_width, end);
    i += repeats;
    packed_from = i;
  }
  if (count > packed_from) {
    end = PackRun(numbers + packed_from, count - packed_from, bit_width, end);
  }
  out->UnsafeAdvance(end - begin);
  return arrow::Status::OK();
}

arrow::Status AppendRleRun(uint32_t number, int64_t count, int bit_width,
                           arrow::BufferBuilder* out) {
  constexpr int64_t kMostRunBytes = 16;
  ARROW_RETURN_NOT_OK(out->Reserve(kMostRunBytes));
  uint8_t* const begin = out->mutable_data() + out->length();
  out->UnsafeAdvance(RepeatRun(number, count, bit_width, begin) - begin);
  return arrow::Status::OK();
}

template arrow::Status AppendRleHybrid(const uint32_t*, int64_t, int,
                                       arrow::BufferBuilder*);
template arrow::Status AppendRleHybrid(const int16_t*, int64_t, int,
                                       arrow::BufferBuilder*);

}  // namespace planish
