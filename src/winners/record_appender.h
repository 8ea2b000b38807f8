// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "winners/partition_order.h"
#include "winners/record_block.h"
#include "winners/record_partition.h"
#include "winners/record_store.h"

namespace planish {

/// Scatters records into an open block a partition, handed over when full. A partition's
/// blocks double from small to kBlocksPerSlab-th of a slab, so that what is open stays in
/// proportion to what was appended however many appenders and partitions there are.
class RecordAppender : public RecordStore::Appender {
 public:
  explicit RecordAppender(RecordStore::State* store);

  arrow::Status Append(const KeyBatch& batch, int64_t first_row,
                       const RowBitmap* only) override;
  arrow::Status Finish() override;

 private:
  /// Where the next record of a partition goes: it fits while `next` is below `end`, or
  /// with payloads while record and payload fit between them.
  struct Cursor {
    uint8_t* next = nullptr;
    uint8_t* end = nullptr;
  };

  /// Copies the rows of a partition, as `order_` has them from row `begin` of the batch
  /// on.
  arrow::Status Copy(size_t partition, const KeyBatch& batch, int64_t begin,
                     int64_t first_row);
  arrow::Status CopyWithPayload(size_t partition, const KeyBatch& batch, int64_t begin,
                                int64_t first_row);
  /// Hands over a partition's open block and opens one with room for a record and
  /// `payload_bytes`.
  arrow::Status OpenBlock(size_t partition, size_t payload_bytes);
  /// Memory for a block that the budget refused: hands over all open blocks, so that they
  /// can be spilled, and waits for other threads if that is not enough.
  arrow::Result<BlockMemory> AllocateAfterSpilling(size_t bytes);
  void HandOver(size_t partition);
  arrow::Status LimitReached(size_t asked) const;

  RecordStore::State* const store_;
  const size_t entry_bytes_;
  BlockAllocator allocator_;
  PartitionOrder order_;
  std::vector<Cursor> cursors_;
  std::vector<RecordBlock> open_;
  std::vector<uint32_t> next_block_bytes_;
};

}  // namespace planish
