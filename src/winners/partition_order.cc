// SPDX-License-Identifier: Apache-2.0
#include "winners/partition_order.h"

#include <algorithm>
#include <bit>

#include "base/hashing.h"

namespace planish {

PartitionOrder::PartitionOrder(size_t num_partitions)
    : shift_(63 - std::countr_zero(num_partitions)), ends_(num_partitions + 1) {}

void PartitionOrder::Assign(const KeyBatch& batch, int64_t begin, int64_t end,
                            int64_t first_row, const RowBitmap* only) {
  const auto most = static_cast<size_t>(end - begin);
  const bool selective = only != nullptr || !batch.unmatchable.empty();
  if (partitions_.size() < most) partitions_.resize(most);
  if (rows_.size() < most) rows_.resize(most);
  if (selective && taken_.size() < most) taken_.resize(most);
  std::fill(ends_.begin(), ends_.end(), 0);
  const uint32_t num_taken =
      selective ? FindPartitions<true>(batch, begin, end, first_row, only)
                : FindPartitions<false>(batch, begin, end, first_row, only);
  // Counts become beginnings, and beginnings, as rows are put, ends.
  uint32_t sum = 0;
  for (size_t p = 1; p < ends_.size(); ++p) {
    const uint32_t count = ends_[p];
    ends_[p] = sum;
    sum += count;
  }
  for (uint32_t i = 0; i < num_taken; ++i) {
    rows_[ends_[partitions_[i] + size_t{1}]++] =
        selective ? taken_[i] : static_cast<uint16_t>(i);
  }
}

template <bool kSelective>
uint32_t PartitionOrder::FindPartitions(const KeyBatch& batch, int64_t begin, int64_t end,
                                        int64_t first_row, const RowBitmap* only) {
  uint32_t num_taken = 0;
  for (int64_t row = begin; row < end; ++row) {
    if (kSelective) {
      const bool unmatchable =
          !batch.unmatchable.empty() && batch.unmatchable[static_cast<size_t>(row)] != 0;
      if (unmatchable || (only != nullptr && !only->Contains(first_row + row))) continue;
      taken_[num_taken] = static_cast<uint16_t>(row - begin);
    }
    const KeyBatch::Words& words = batch.words[static_cast<size_t>(row)];
    // In two steps, as one partition means a shift by 64, which is not defined.
    const uint64_t partition = (HashWords(words.low, words.high) >> 1) >> shift_;
    partitions_[num_taken++] = static_cast<uint16_t>(partition);
    ++ends_[partition + 1];
  }
  return num_taken;
}

}  // namespace planish
