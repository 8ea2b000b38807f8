// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace planish {

/// A set of rows by ordinal. Add and AddRange may run in several threads at once.
/// Contains, Count and CopyWords may run beside them where they ask for other rows than
/// those that are being added; nothing may run beside Remove. Takes num_rows / 8 bytes,
/// which the owner accounts for.
class RowBitmap {
 public:
  RowBitmap() = default;
  explicit RowBitmap(int64_t num_rows);

  int64_t num_rows() const { return num_rows_; }
  static int64_t BytesFor(int64_t num_rows) { return ((num_rows + 63) / 64) * 8; }

  void Add(int64_t row) {
    // A plain atomic: std::vector cannot hold std::atomic, and words are only ever or-ed.
    __atomic_fetch_or(&words_[row >> 6], uint64_t{1} << (row & 63), __ATOMIC_RELAXED);
  }
  void Remove(int64_t row) { words_[row >> 6] &= ~(uint64_t{1} << (row & 63)); }
  /// Adds the rows in [begin, end).
  void AddRange(int64_t begin, int64_t end);
  bool Contains(int64_t row) const { return (SharedWord(row >> 6) >> (row & 63)) & 1; }
  /// Rows of the set in [begin, end).
  int64_t Count(int64_t begin, int64_t end) const;
  int64_t Count() const { return Count(0, num_rows_); }
  /// Replaces `words` by those that hold the rows [begin, end): `begin` is bit begin % 64
  /// of the first one.
  void CopyWords(int64_t begin, int64_t end, std::vector<uint64_t>* words) const;

 private:
  /// A word that may have rows of others, who may be adding them.
  uint64_t SharedWord(int64_t index) const {
    return __atomic_load_n(&words_[static_cast<size_t>(index)], __ATOMIC_RELAXED);
  }

  int64_t num_rows_ = 0;
  std::vector<uint64_t> words_;
};

/// Rows [begin, begin + num_rows) of a bitmap, seen as rows 0 to num_rows - 1. Does not
/// own.
struct RowBitmapSlice {
  const RowBitmap* bitmap = nullptr;
  int64_t begin = 0;
  int64_t num_rows = 0;

  bool Contains(int64_t row) const { return bitmap->Contains(begin + row); }
  int64_t Count() const { return bitmap->Count(begin, begin + num_rows); }
};

}  // namespace planish
