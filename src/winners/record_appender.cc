// SPDX-License-Identifier: Apache-2.0
#include "winners/record_appender.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "base/error_builder.h"
#include "base/raised_limit.h"
#include "planish/quantities.h"
#include "winners/record_spiller.h"

namespace planish {

namespace {

using Record = RecordStore::Record;

// 64 KiB blocks of 2 MiB slabs: large enough that locks and accounts are noise, and a
// good write when they are to be spilled.
constexpr size_t kBlocksPerSlab = 32;
constexpr size_t kFirstBlocksPerSlab = 128;
constexpr size_t kSmallestBlock = 1024;

// Distances in a block are 32 bits wide.
constexpr size_t kLongestPayload = size_t{0xFF000000};

// Together a fifth of a second, in which every other thread has gone some batches on.
constexpr int kAttempts = 100;
constexpr std::chrono::milliseconds kPause{2};

uint32_t FirstBlock(size_t slab_bytes) {
  return static_cast<uint32_t>(
      std::max(slab_bytes / kFirstBlocksPerSlab, kSmallestBlock));
}

size_t LargestBlock(size_t slab_bytes) {
  return std::max(slab_bytes / kBlocksPerSlab, kSmallestBlock);
}

}  // namespace

RecordAppender::RecordAppender(RecordStore::State* store)
    : store_(store),
      entry_bytes_(store->has_payload ? sizeof(PayloadRecord) : sizeof(Record)),
      allocator_(store->slab_bytes, store->budget),
      order_(store->partitions.size()),
      cursors_(store->partitions.size()),
      open_(store->partitions.size()),
      next_block_bytes_(store->partitions.size(), FirstBlock(store->slab_bytes)) {}

arrow::Status RecordAppender::Append(const KeyBatch& batch, int64_t first_row,
                                     const RowBitmap* only) {
  assert(batch.has_payload == store_->has_payload);
  for (int64_t begin = 0; begin < batch.num_rows; begin += PartitionOrder::kMostRows) {
    const int64_t end = std::min(begin + PartitionOrder::kMostRows, batch.num_rows);
    order_.Assign(batch, begin, end, first_row, only);
    for (size_t partition = 0; partition < cursors_.size(); ++partition) {
      ARROW_RETURN_NOT_OK(store_->has_payload
                              ? CopyWithPayload(partition, batch, begin, first_row)
                              : Copy(partition, batch, begin, first_row));
    }
  }
  return arrow::Status::OK();
}

arrow::Status RecordAppender::Copy(size_t partition, const KeyBatch& batch, int64_t begin,
                                   int64_t first_row) {
  const uint16_t* row = order_.begin(partition);
  const uint16_t* const last = order_.end(partition);
  const KeyBatch::Words* const words = batch.words.data() + begin;
  Cursor& cursor = cursors_[partition];
  while (row != last) {
    if (cursor.next == cursor.end) ARROW_RETURN_NOT_OK(OpenBlock(partition, 0));
    const auto room = (cursor.end - cursor.next) / static_cast<ptrdiff_t>(sizeof(Record));
    const uint16_t* const stop = row + std::min<ptrdiff_t>(last - row, room);
    auto* record = reinterpret_cast<Record*>(cursor.next);
    for (; row != stop; ++row) {
      *record++ = {words[*row].low, words[*row].high, first_row + begin + *row};
    }
    cursor.next = reinterpret_cast<uint8_t*>(record);
  }
  return arrow::Status::OK();
}

arrow::Status RecordAppender::CopyWithPayload(size_t partition, const KeyBatch& batch,
                                              int64_t begin, int64_t first_row) {
  Cursor& cursor = cursors_[partition];
  const uint16_t* const last = order_.end(partition);
  for (const uint16_t* row = order_.begin(partition); row != last; ++row) {
    const auto index = static_cast<size_t>(begin + *row);
    const uint64_t payload = batch.payload_offsets[index];
    const uint64_t length = batch.payload_offsets[index + 1] - payload;
    if (static_cast<uint64_t>(cursor.end - cursor.next) <
        sizeof(PayloadRecord) + length) {
      ARROW_RETURN_NOT_OK(OpenBlock(partition, length));
    }
    cursor.end -= length;
    if (length > 0) std::memcpy(cursor.end, batch.payload.data() + payload, length);
    PayloadRecord record;
    record.low = batch.words[index].low;
    record.high = batch.words[index].high;
    record.row = first_row + static_cast<int64_t>(index);
    record.payload_distance = static_cast<uint32_t>(cursor.end - cursor.next);
    record.key_length = batch.key_lengths[index];
    std::memcpy(cursor.next, &record, sizeof(record));
    cursor.next += sizeof(record);
  }
  return arrow::Status::OK();
}

arrow::Status RecordAppender::OpenBlock(size_t partition, size_t payload_bytes) {
  HandOver(partition);
  const size_t largest = LargestBlock(store_->slab_bytes);
  size_t bytes = next_block_bytes_[partition];
  next_block_bytes_[partition] = static_cast<uint32_t>(std::min(2 * bytes, largest));
  if (payload_bytes > kLongestPayload) {
    return Error(ErrorKind::kUnsupported,
                 "key and order values of a row too long: " +
                     FormatByteSize(static_cast<int64_t>(payload_bytes)))
        .Fact("at most", FormatByteSize(kLongestPayload));
  }
  // The sentinel, the record, and its payload.
  bytes = std::max(bytes, (2 * sizeof(PayloadRecord) + payload_bytes + 7) / 8 * 8);
  RecordBlock& block = open_[partition];
  block.memory = allocator_.Allocate(bytes);
  if (block.memory.data() == nullptr) {
    ARROW_ASSIGN_OR_RAISE(block.memory, AllocateAfterSpilling(bytes));
  }
  bytes = block.memory.bytes();
  if (!store_->has_payload) bytes = bytes / sizeof(Record) * sizeof(Record);
  Cursor& cursor = cursors_[partition];
  cursor = {block.memory.data(), block.memory.data() + bytes};
  if (store_->has_payload) {
    PayloadRecord sentinel;
    sentinel.payload_distance = static_cast<uint32_t>(bytes);
    std::memcpy(cursor.next, &sentinel, sizeof(sentinel));
    cursor.next += sizeof(sentinel);
  }
  return arrow::Status::OK();
}

arrow::Result<BlockMemory> RecordAppender::AllocateAfterSpilling(size_t bytes) {
  if (store_->spiller == nullptr) return LimitReached(bytes);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // What is open can only be spilled by whom it belongs to.
    for (size_t partition = 0; partition < open_.size(); ++partition) {
      HandOver(partition);
      next_block_bytes_[partition] = FirstBlock(store_->slab_bytes);
    }
    allocator_.Abandon();
    store_->spiller->MakeRoom(static_cast<int64_t>(std::max(bytes, store_->slab_bytes)));
    BlockMemory memory = allocator_.Allocate(bytes);
    ARROW_RETURN_NOT_OK(store_->spiller->status());
    if (memory.data() != nullptr) return memory;
    // Other threads hold what is missing; they go on, and give some of it back.
    std::this_thread::sleep_for(kPause);
  }
  return LimitReached(bytes);
}

void RecordAppender::HandOver(size_t partition) {
  RecordBlock block = std::exchange(open_[partition], {});
  Cursor cursor = std::exchange(cursors_[partition], {});
  if (block.memory.data() == nullptr) return;
  const auto entries =
      static_cast<size_t>(cursor.next - block.memory.data()) / entry_bytes_;
  block.num_records = static_cast<uint32_t>(entries - (store_->has_payload ? 1 : 0));
  store_->num_records.fetch_add(block.num_records, std::memory_order_relaxed);
  store_->num_bytes.fetch_add(static_cast<int64_t>(block.memory.bytes()),
                              std::memory_order_relaxed);
  store_->partitions[partition].Adopt(std::move(block));
}

arrow::Status RecordAppender::Finish() {
  for (size_t partition = 0; partition < open_.size(); ++partition) HandOver(partition);
  return arrow::Status::OK();
}

arrow::Status RecordAppender::LimitReached(size_t asked) const {
  const MemoryBudget& budget = *store_->budget;
  const int64_t records = store_->num_records.load();
  const int64_t bytes = store_->num_bytes.load();
  // What other stages hold stays; the rest of the records and one partition's table come
  // on top.
  int64_t missing = static_cast<int64_t>(std::max(asked, store_->slab_bytes));
  if (store_->expected_records > records && records > 0) {
    const double bytes_each = static_cast<double>(bytes) / static_cast<double>(records);
    const auto left = static_cast<double>(store_->expected_records - records);
    const auto partitions = static_cast<double>(store_->partitions.size());
    const double table =
        32.0 * static_cast<double>(store_->expected_records) / partitions;
    missing += static_cast<int64_t>(left * bytes_each + table);
  }
  Error error(ErrorKind::kMemoryLimit, "memory limit reached: key records");
  error.Fact("stage", "winners")
      .Fact("records", FormatCount(records) + " in " + FormatByteSize(bytes))
      .Fact("asked for", FormatByteSize(static_cast<int64_t>(asked)))
      .Fact("in use", FormatByteSize(budget.used()))
      .Fact("limit", FormatByteSize(budget.limit()));
  const char* how = store_->expected_records > 0 ? "about " : "more than ";
  return error.Hint(std::string("raise `memory_limit` to ") + how +
                    RaisedLimit(budget.limit(), budget.used() + missing));
}

}  // namespace planish
