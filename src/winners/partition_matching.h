// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "arrow/result.h"
#include "winners/key_matching.h"
#include "winners/record_partition.h"
#include "winners/spilled_extent.h"

namespace planish {

/// That a partition cannot be decided in what the budget has left.
arrow::Status PartitionOutOfMemory(int64_t num_records, const MemoryBudget& budget);

/// Matches the records of one partition, wherever they are.
///
/// What was spilled comes back a batch at a time: of each batch one record for each key
/// is carried into the next, so that a key costs one record however many rows have it.
/// Where even that does not fit, the partition is read several times, each time for one
/// slice of its keys by hash.
///
/// Besides Match and Run (key_matching.h), a decision is told `Begin(index, carried_ids,
/// only_run, budget)` for each batch, where `carried_ids` are the records carried into it
/// and `only_run` says that Run will be told all records of each key at once; false says
/// that the budget refuses. `Carry(survivors)` ends a batch that has a successor and
/// names what is carried, in that order. `Commit` ends a slice. `StartOver` says that
/// what was told since the last Commit will be told again.
template <typename Rules, typename Decision>
class PartitionMatching {
 public:
  PartitionMatching(RecordStore* store, int partition, MemoryBudget* budget,
                    Decision* decision)
      : store_(*store),
        number_(partition),
        partition_(store->partition(partition)),
        budget_(budget),
        decision_(decision),
        reader_(nullptr, store->has_payload()) {}

  arrow::Status Execute() {
    ARROW_RETURN_NOT_OK(store_.Claim(number_));
    if (!partition_.extents().empty()) {
      reader_ = ExtentReader(store_.scratch_file(), store_.has_payload());
      return MatchSlice(HashSlice{});
    }
    const RecordSet& records = partition_.resident();
    Matching matching = MatchBatch(records, {}, false, nullptr);
    if (matching == Matching::kDone) return arrow::Status::OK();
    decision_->StartOver();
    matching = MatchBatch(records, {}, true, nullptr);
    return matching == Matching::kDone ? arrow::Status::OK() : OutOfMemory();
  }

 private:
  using Entry = typename Rules::Entry;
  static constexpr bool kHasPayload = std::is_same_v<Entry, PayloadRecord>;
  static constexpr uint32_t kMostSlices = 65536;
  /// Of the memory there is, a batch takes this part, its table as much again; the rest
  /// is for what is carried on and for other threads.
  static constexpr int64_t kShareOfBatch = 6;
  static constexpr size_t kRecordsPerBlock = 32 * 1024;

  arrow::Status OutOfMemory() const {
    return PartitionOutOfMemory(partition_.num_records(), *budget_);
  }

  arrow::Status MatchSlice(HashSlice slice) {
    ARROW_ASSIGN_OR_RAISE(Matching matching, TrySlice(slice, false));
    if (matching == Matching::kClustered) {
      decision_->StartOver();
      ARROW_ASSIGN_OR_RAISE(matching, TrySlice(slice, true));
    }
    if (matching == Matching::kDone) {
      decision_->Commit();
      return arrow::Status::OK();
    }
    decision_->StartOver();
    if (slice.count >= kMostSlices) return OutOfMemory();
    ARROW_RETURN_NOT_OK(MatchSlice({2 * slice.count, slice.index}));
    return MatchSlice({2 * slice.count, slice.index + slice.count});
  }

  arrow::Result<Matching> TrySlice(const HashSlice& slice, bool sort) {
    RecordSet batch;
    std::vector<uint32_t> carried_ids;
    for (size_t next_extent = 0;;) {
      const size_t before = next_extent;
      ARROW_ASSIGN_OR_RAISE(next_extent, Fill(slice, before, &batch));
      const bool complete = next_extent == partition_.extents().size();
      if (!complete && next_extent == before) return Matching::kOutOfMemory;
      std::vector<uint32_t> survivors;
      const Matching matching =
          MatchBatch(batch, carried_ids, sort, complete ? nullptr : &survivors);
      if (complete || matching != Matching::kDone) return matching;
      decision_->Carry(survivors);
      RecordSet carried;
      if (!CopySurvivors(batch, survivors, &carried)) return Matching::kOutOfMemory;
      batch = std::move(carried);
      carried_ids = IdsOf(batch);
    }
  }

  /// Adds extents from `next` on, at least one, while they fit; returns the one after.
  arrow::Result<size_t> Fill(const HashSlice& slice, size_t next, RecordSet* batch) {
    const int64_t room = budget_->available() / kShareOfBatch;
    int64_t taken = 0;
    while (next < partition_.extents().size() && (taken == 0 || taken < room)) {
      const SpilledExtent& extent = partition_.extents()[next];
      ARROW_ASSIGN_OR_RAISE(RecordBlock block, reader_.Read(extent, slice, budget_));
      if (block.memory.data() == nullptr) break;
      taken += static_cast<int64_t>(block.memory.bytes());
      batch->Add(std::move(block));
      ++next;
    }
    return next;
  }

  Matching MatchBatch(const RecordSet& records, const std::vector<uint32_t>& carried_ids,
                      bool sort, std::vector<uint32_t>* survivors) {
    const RecordIndex<Entry> index(records);
    if (!index.valid()) return Matching::kOutOfMemory;
    const bool only_run = sort && carried_ids.empty() && survivors == nullptr;
    if (!decision_->Begin(index, carried_ids, only_run, budget_)) {
      return Matching::kOutOfMemory;
    }
    return sort ? MatchBySorting<Rules>(records, index, budget_, decision_, survivors)
                : MatchByTable<Rules>(records, index, budget_, decision_, survivors);
  }

  /// False if the budget refuses.
  bool CopySurvivors(const RecordSet& from, const std::vector<uint32_t>& survivors,
                     RecordSet* to) {
    const RecordIndex<Entry> index(from);
    BlockAllocator allocator(0, budget_);
    for (size_t begin = 0; begin < survivors.size(); begin += kRecordsPerBlock) {
      const size_t end = std::min(survivors.size(), begin + kRecordsPerBlock);
      int64_t payload_bytes = 0;
      if constexpr (kHasPayload) {
        for (size_t i = begin; i < end; ++i) {
          payload_bytes += index[survivors[i]].ToPayload().length;
        }
      }
      RecordBlock block;
      block.memory = allocator.Allocate(RecordBlockBuilder::BytesFor(
          kHasPayload, static_cast<int64_t>(end - begin), payload_bytes));
      if (block.memory.data() == nullptr) return false;
      RecordBlockBuilder builder(&block, kHasPayload);
      for (size_t i = begin; i < end; ++i) {
        const Entry& entry = index[survivors[i]];
        if constexpr (kHasPayload) {
          const RecordStore::Payload payload = entry.ToPayload();
          builder.Add(entry, payload.key_length, payload.data, payload.length);
        } else {
          builder.Add(entry);
        }
      }
      to->Add(std::move(block));
    }
    return true;
  }

  /// All ids of a set, in the order of its records.
  static std::vector<uint32_t> IdsOf(const RecordSet& records) {
    const RecordIndex<Entry> index(records);
    std::vector<uint32_t> ids;
    for (size_t b = 0; b < records.blocks.size(); ++b) {
      for (uint32_t i = 0; i < records.blocks[b].num_records; ++i) {
        ids.push_back(index.first_id(b) + i);
      }
    }
    return ids;
  }

  RecordStore& store_;
  const int number_;
  const RecordStore::Partition& partition_;
  MemoryBudget* const budget_;
  Decision* const decision_;
  ExtentReader reader_;
};

}  // namespace planish
