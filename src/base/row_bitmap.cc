// SPDX-License-Identifier: Apache-2.0
#include "base/row_bitmap.h"

#include <bit>
#include <cassert>

namespace planish {
namespace {

constexpr uint64_t kAll = ~uint64_t{0};

/// Bits of the word of `begin` from `begin` on.
uint64_t MaskFrom(int64_t begin) {
  return kAll << (begin & 63);
}

/// Bits of the word of `end - 1` before `end`.
uint64_t MaskBefore(int64_t end) {
  return kAll >> (63 - ((end - 1) & 63));
}

}  // namespace

RowBitmap::RowBitmap(int64_t num_rows)
    : num_rows_(num_rows), words_(static_cast<size_t>((num_rows + 63) / 64)) {}

void RowBitmap::AddRange(int64_t begin, int64_t end) {
  assert(begin >= 0 && end <= num_rows_);
  if (begin >= end) return;
  const int64_t first = begin >> 6;
  const int64_t last = (end - 1) >> 6;
  if (first == last) {
    __atomic_fetch_or(&words_[first], MaskFrom(begin) & MaskBefore(end),
                      __ATOMIC_RELAXED);
    return;
  }
  __atomic_fetch_or(&words_[first], MaskFrom(begin), __ATOMIC_RELAXED);
  // A full word holds whatever another thread may be or-ing into it, so a store loses
  // nothing.
  for (int64_t i = first + 1; i < last; ++i) {
    __atomic_store_n(&words_[i], kAll, __ATOMIC_RELAXED);
  }
  __atomic_fetch_or(&words_[last], MaskBefore(end), __ATOMIC_RELAXED);
}

int64_t RowBitmap::Count(int64_t begin, int64_t end) const {
  assert(begin >= 0 && end <= num_rows_);
  if (begin >= end) return 0;
  const int64_t first = begin >> 6;
  const int64_t last = (end - 1) >> 6;
  if (first == last) {
    return std::popcount(SharedWord(first) & MaskFrom(begin) & MaskBefore(end));
  }
  int64_t count = std::popcount(SharedWord(first) & MaskFrom(begin)) +
                  std::popcount(SharedWord(last) & MaskBefore(end));
  // Words in between have rows of the range only.
  for (int64_t i = first + 1; i < last; ++i) count += std::popcount(words_[i]);
  return count;
}

void RowBitmap::CopyWords(int64_t begin, int64_t end,
                          std::vector<uint64_t>* words) const {
  assert(begin >= 0 && end <= num_rows_);
  words->clear();
  if (begin >= end) return;
  const int64_t first = begin >> 6;
  const int64_t last = (end - 1) >> 6;
  words->push_back(SharedWord(first));
  if (first == last) return;
  words->insert(words->end(), words_.begin() + first + 1, words_.begin() + last);
  words->push_back(SharedWord(last));
}

}  // namespace planish
