// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arrow/result.h"
#include "base/memory_budget.h"
#include "base/row_bitmap.h"
#include "io/scratch_directory.h"
#include "keys/key_batch.h"

namespace planish {

/// How many partitions suit `rows` records: a power of two, 1 to 1024.
///
/// A partition is to hold 32 to 64 Ki records: with its table that is two to three
/// megabytes, a core's share of the last cache, and still enough work to be worth a
/// scheduler's turn. Beyond 1024 the scattered writes of an appender outgrow the caches
/// and the address translation, and larger partitions cost less than that. A small budget
/// allows fewer, so that the half-filled blocks of a few appenders do not eat it.
int ChoosePartitionCount(int64_t rows, int64_t budget_bytes);

/// Key records of a dataset, radix-partitioned by hash: rows with equal keys meet in one
/// partition. A record is a key's two words, the row's global ordinal and, if the store
/// has payloads, the row's payload: 24 bytes, or 32 and the payload. Blocks of records
/// are asked from the budget; if that refuses, here or anywhere else, records go to
/// scratch, or are a kMemoryLimit error without it.
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
  /// Records of one partition, in memory and in scratch, in no order.
  class Partition;
  /// Where one thread puts its records. Finish hands over what is buffered; call it
  /// before deciding. An appender that is not finished drops what it buffered. The store
  /// must outlive it.
  class Appender {
   public:
    virtual ~Appender() = default;
    /// Adds the rows of `batch`, whose first row has the ordinal `first_row`, except
    /// unmatchable ones and, if `only` is given, those not in it. `batch` has payloads if
    /// the store has. After an error part of the batch may have been added: the store is
    /// good for nothing then.
    virtual arrow::Status Append(const KeyBatch& batch, int64_t first_row,
                                 const RowBitmap* only) = 0;
    virtual arrow::Status Finish() = 0;
  };

  /// `num_partitions` is a power of two, at most 65536. `expected_records`, where known,
  /// lets a kMemoryLimit error say what would suffice. Without `scratch` nothing is
  /// spilled. Budget and scratch must outlive the store.
  static arrow::Result<std::unique_ptr<RecordStore>> Make(
      int num_partitions, bool has_payload, MemoryBudget* budget,
      int64_t expected_records = 0, ScratchDirectory* scratch = nullptr);
  ~RecordStore();

  /// Thread-safe.
  std::unique_ptr<Appender> NewAppender();

  int num_partitions() const;
  bool has_payload() const;
  /// Records handed over so far, dropped ones included.
  int64_t num_records() const;
  const Partition& partition(int index) const;
  /// Says that a partition is about to be decided: its records stay where they are.
  /// Fails with the first error of spilling; what else failed since is its consequence.
  arrow::Status Claim(int index);
  arrow::Status spill_status();
  /// Null while nothing is spilled.
  ScratchFile* scratch_file() const;
  /// Written to scratch so far, in how many pieces.
  int64_t spilled_bytes() const;
  int64_t spilled_extents() const;
  /// Frees a partition that has been decided. Different partitions may be dropped at
  /// once.
  void Drop(int index);

  /// For appenders.
  struct State;

 private:
  RecordStore() = default;
  std::unique_ptr<State> state_;
};

}  // namespace planish
