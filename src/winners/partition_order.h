// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/row_bitmap.h"
#include "keys/key_batch.h"

namespace planish {

/// Rows of a batch in the order of their partitions, so that each partition's are written
/// in one go: a third to half cheaper than one by one to hundreds of places, which
/// thrashes the first cache and the address translation.
class PartitionOrder {
 public:
  /// Rows that are ordered at a time: few enough for their words and short payloads to be
  /// in the second cache when they are picked up again, many enough for runs of some
  /// length.
  static constexpr int64_t kMostRows = 16 * 1024;

  /// `num_partitions` is a power of two.
  explicit PartitionOrder(size_t num_partitions);

  /// Orders rows [begin, end) of a batch, at most kMostRows, without those that are
  /// unmatchable or, if `only` is given, whose ordinal, `first_row` for row 0, is not in
  /// it.
  void Assign(const KeyBatch& batch, int64_t begin, int64_t end, int64_t first_row,
              const RowBitmap* only);

  /// The rows of a partition, less `begin`, in ascending order.
  const uint16_t* begin(size_t partition) const {
    return rows_.data() + ends_[partition];
  }
  const uint16_t* end(size_t partition) const {
    return rows_.data() + ends_[partition + 1];
  }

 private:
  template <bool kSelective>
  uint32_t FindPartitions(const KeyBatch& batch, int64_t begin, int64_t end,
                          int64_t first_row, const RowBitmap* only);

  const int shift_;
  std::vector<uint32_t> ends_;  ///< of the partition before, in rows_
  std::vector<uint16_t> rows_;
  /// Of each row that is taken, in the batch's order. The rows' own numbers are kept only
  /// if some are left out.
  std::vector<uint16_t> partitions_;
  std::vector<uint16_t> taken_;
};

}  // namespace planish
