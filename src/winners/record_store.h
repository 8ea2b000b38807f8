// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "keys/key_batch.h"

namespace planish {

/// Key records of a dataset, radix-partitioned by hash: rows with equal keys meet in one partition.
/// A record is a key's two words, the row's global ordinal and, if the store has payloads, the
/// row's payload. Blocks of records are asked from the budget; a refusal is a kMemoryLimit error
/// (and, once spilling exists, the moment to spill).
class RecordStore {
 public:
  struct Record {
    uint64_t low = 0, high = 0;
    int64_t row = 0;
  };
  struct Payload {
    const uint8_t* data = nullptr;
    uint32_t key_length = 0;  ///< leading bytes that are key; the rest is order
    uint32_t length = 0;
  };
  /// Records of one partition, in memory and at rest, in no order.
  class Partition;
  /// Where one thread puts its records. Finish hands over what is buffered; call it before deciding.
  class Appender {
   public:
    virtual ~Appender() = default;
    /// Adds the rows of `batch`, whose first row has the ordinal `first_row`, except unmatchable
    /// ones and, if `only` is given, those not in it.
    virtual arrow::Status Append(const KeyBatch& batch, int64_t first_row,
                                 const RowBitmap* only) = 0;
    virtual arrow::Status Finish() = 0;
  };

  /// `num_partitions` is a power of two.
  static arrow::Result<std::unique_ptr<RecordStore>> Make(int num_partitions, bool has_payload,
                                                          MemoryBudget* budget);
  ~RecordStore();

  /// Thread-safe.
  std::unique_ptr<Appender> NewAppender();

  int num_partitions() const;
  int64_t num_records() const;
  const Partition& partition(int index) const;
  /// Frees a partition that has been decided.
  void Drop(int index);

 private:
  RecordStore() = default;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace planish
