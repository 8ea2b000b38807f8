// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "keys/key_batch.h"
#include "winners/record_table.h"
#include "winners/spilled_extent.h"

namespace planish {

/// Rows by their keys, each key once. Hashes find a row, keys decide. Built by one
/// thread, then read by any.
class KeyLookup {
 public:
  /// For keys of `form`, kInline or kBytes, whose payloads hold nothing but keys. Takes
  /// at most `most_bytes` from the budget.
  KeyLookup(KeyForm form, int64_t most_bytes, MemoryBudget* budget);

  /// Adds the rows of `batch` whose keys are in `slice`, but for those in `except` and
  /// those that are unmatchable; the first has the ordinal `first_row`. False if they do
  /// not fit: the object is good for nothing then.
  bool Add(const KeyBatch& batch, int64_t first_row, const RowBitmap& except,
           const HashSlice& slice);

  /// Makes finding what is not there faster, if there is memory for it. Call when all is
  /// added.
  void BuildFilter();

  /// Sets rows[i] to the row with the key of the batch's row i, or -1.
  void Find(const KeyBatch& batch, int64_t* rows) const;

  int64_t num_rows() const { return num_entries_; }

 private:
  struct Entry {
    uint64_t low = 0, high = 0;
    int64_t row = 0;
    const uint8_t* key = nullptr;  ///< kBytes only
    uint32_t key_length = 0;
  };
  static constexpr uint32_t kPageEntries = 4096;

  bool Allow(int64_t bytes);
  bool AddEntry(const KeyBatch& batch, size_t row, int64_t ordinal);
  bool CopyKey(std::string_view key, const uint8_t** copy);
  const Entry& entry(uint32_t id) const {
    return pages_[id / kPageEntries][id % kPageEntries];
  }
  bool MayContain(uint32_t tag) const {
    return filter_.empty() || (filter_[(tag & filter_mask_) / 64] >> (tag % 64) & 1) != 0;
  }
  bool Same(const Entry& entry, const KeyBatch& batch, size_t row) const;

  const KeyForm form_;
  const int64_t most_bytes_;
  MemoryReservation reservation_;
  RecordTable table_;
  std::vector<std::unique_ptr<Entry[]>> pages_;
  int64_t num_entries_ = 0;
  /// A bit for each of a key's possible tags, as far as the mask tells them apart, many
  /// more than there are keys; small enough for a cache where the table is not.
  std::vector<uint64_t> filter_;
  uint32_t filter_mask_ = 0;
  std::vector<std::unique_ptr<uint8_t[]>> key_blocks_;
  uint8_t* next_key_ = nullptr;
  size_t key_room_ = 0;
};

}  // namespace planish
