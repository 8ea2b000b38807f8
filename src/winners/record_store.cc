// SPDX-License-Identifier: Apache-2.0
#include "winners/record_store.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/error_builder.h"
#include "winners/record_appender.h"
#include "winners/record_partition.h"
#include "winners/record_spiller.h"

namespace planish {

namespace {

constexpr int kMostPartitions = 65536;
constexpr int64_t kRecordsPerPartition = 64 * 1024;
constexpr int64_t kMostUsefulPartitions = 1024;
// Records of one partition, with their table, are to be a small part of the budget when
// they come back from scratch.
constexpr int64_t kBytesPerRecord = 48;
constexpr int64_t kBudgetShareOfPartition = 32;
// Half-filled blocks start at 1 KiB; a few appenders' are to take a small part of the
// budget.
constexpr int64_t kBudgetPerPartition = 16 * 1024;

}  // namespace

int ChoosePartitionCount(int64_t rows, int64_t budget_bytes) {
  const int64_t wanted = (rows + kRecordsPerPartition - 1) / kRecordsPerPartition;
  const double share = static_cast<double>(budget_bytes) / kBudgetShareOfPartition;
  const auto that_fit = static_cast<int64_t>(std::min<double>(
      static_cast<double>(rows) * kBytesPerRecord / share, kMostPartitions));
  const int64_t allowed = std::min(budget_bytes / kBudgetPerPartition,
                                   std::max(kMostUsefulPartitions, that_fit));
  const auto ceiling =
      std::bit_floor(static_cast<uint64_t>(std::max<int64_t>(allowed, 1)));
  const auto floor = static_cast<uint64_t>(std::max<int64_t>(wanted, 1));
  // The comparison comes first: rounding up a huge number of rows would overflow.
  return static_cast<int>(floor >= ceiling ? ceiling : std::bit_ceil(floor));
}

RecordStore::State::State(int partition_count, bool with_payload, MemoryBudget* memory,
                          int64_t expected)
    : has_payload(with_payload),
      budget(memory),
      expected_records(expected),
      slab_bytes(BlockAllocator::SlabBytesFor(memory->limit())),
      partitions(static_cast<size_t>(partition_count)) {}

RecordStore::State::~State() = default;

arrow::Result<std::unique_ptr<RecordStore>> RecordStore::Make(int num_partitions,
                                                              bool has_payload,
                                                              MemoryBudget* budget,
                                                              int64_t expected_records,
                                                              ScratchDirectory* scratch) {
  if (num_partitions < 1 || num_partitions > kMostPartitions ||
      !std::has_single_bit(static_cast<uint32_t>(num_partitions))) {
    return Error(ErrorKind::kInvalidOption,
                 "number of partitions not a power of two up to " +
                     std::to_string(kMostPartitions) + ": " +
                     std::to_string(num_partitions));
  }
  std::unique_ptr<RecordStore> store(new RecordStore());
  store->state_ =
      std::make_unique<State>(num_partitions, has_payload, budget, expected_records);
  if (scratch != nullptr) {
    store->state_->spiller =
        std::make_unique<RecordSpiller>(store->state_.get(), scratch);
  }
  return store;
}

RecordStore::~RecordStore() = default;

std::unique_ptr<RecordStore::Appender> RecordStore::NewAppender() {
  return std::make_unique<RecordAppender>(state_.get());
}

int RecordStore::num_partitions() const {
  return static_cast<int>(state_->partitions.size());
}

bool RecordStore::has_payload() const {
  return state_->has_payload;
}

int64_t RecordStore::num_records() const {
  return state_->num_records.load();
}

const RecordStore::Partition& RecordStore::partition(int index) const {
  return state_->partitions[static_cast<size_t>(index)];
}

arrow::Status RecordStore::Claim(int index) {
  return state_->spiller ? state_->spiller->Claim(index) : arrow::Status::OK();
}

arrow::Status RecordStore::spill_status() {
  return state_->spiller ? state_->spiller->status() : arrow::Status::OK();
}

ScratchFile* RecordStore::scratch_file() const {
  return state_->spiller ? state_->spiller->file() : nullptr;
}

int64_t RecordStore::spilled_bytes() const {
  return state_->spiller ? state_->spiller->spilled_bytes() : 0;
}

int64_t RecordStore::spilled_extents() const {
  return state_->spiller ? state_->spiller->spilled_extents() : 0;
}

void RecordStore::Drop(int index) {
  state_->partitions[static_cast<size_t>(index)].Clear();
}

}  // namespace planish
