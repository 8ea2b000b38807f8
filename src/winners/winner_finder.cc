// SPDX-License-Identifier: Apache-2.0
#include "winners/winner_finder.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "base/error_builder.h"
#include "planish/quantities.h"
#include "winners/key_matching.h"

namespace planish {

namespace {

template <typename Rules>
class LoserMarking {
 public:
  using Index = RecordIndex<typename Rules::Entry>;

  LoserMarking(const Index& index, KeepPolicy keep, RowBitmap* losers)
      : index_(index), keep_(keep), losers_(losers) {}

  bool Prepare(MemoryBudget*) { return true; }

  void Match(uint32_t* held, uint32_t id) {
    const auto& known = index_[*held];
    const auto& found = index_[id];
    if (keep_ == KeepPolicy::kNone) {
      losers_->Add(known.row);
      losers_->Add(found.row);
      return;
    }
    const bool found_wins = Rules::Before(found, known) == (keep_ == KeepPolicy::kFirst);
    losers_->Add(found_wins ? known.row : found.row);
    if (found_wins) *held = id;
  }

  void Run(const uint32_t* begin, const uint32_t* end) {
    if (end - begin < 2) return;
    if (keep_ == KeepPolicy::kFirst) ++begin;
    if (keep_ == KeepPolicy::kLast) --end;
    for (; begin != end; ++begin) losers_->Add(index_[*begin].row);
  }

  // A row that has lost to one row loses.
  void StartOver() {}

 private:
  const Index& index_;
  const KeepPolicy keep_;
  RowBitmap* const losers_;
};

template <typename Rules>
class GroupCollecting {
 public:
  using Index = RecordIndex<typename Rules::Entry>;

  GroupCollecting(const Index& index, std::vector<KeyGroup>* groups)
      : index_(index), groups_(groups), num_before_(groups->size()) {}

  bool Prepare(MemoryBudget* budget) {
    reservation_ = MemoryReservation(budget);
    if (!reservation_.TryGrow(static_cast<int64_t>(index_.end() * sizeof(uint32_t)))) {
      return false;
    }
    group_of_.reset(new (std::nothrow) uint32_t[index_.end()]());
    return group_of_ != nullptr;
  }

  void Match(uint32_t* held, uint32_t id) {
    uint32_t& group = group_of_[*held];
    if (group == 0) {
      groups_->push_back({index_[*held].row, 1});
      group = static_cast<uint32_t>(groups_->size() - num_before_);
    }
    KeyGroup& found = (*groups_)[num_before_ + group - 1];
    found.first_row = std::min(found.first_row, index_[id].row);
    ++found.rows;
  }

  void Run(const uint32_t* begin, const uint32_t* end) {
    if (end - begin < 2) return;
    KeyGroup found{index_[*begin].row, end - begin};
    for (; begin != end; ++begin) {
      found.first_row = std::min(found.first_row, index_[*begin].row);
    }
    groups_->push_back(found);
  }

  void StartOver() {
    groups_->resize(num_before_);
    group_of_.reset();
    reservation_.Reset();
  }

 private:
  const Index& index_;
  std::vector<KeyGroup>* const groups_;
  const size_t num_before_;
  MemoryReservation reservation_;
  /// By the id that the table holds for a key: its group's place, from 1; 0 while it has
  /// none.
  std::unique_ptr<uint32_t[]> group_of_;
};

arrow::Status OutOfMemory(const RecordStore::Partition& partition,
                          const MemoryBudget& budget) {
  const int64_t needed = SortingBytes(partition);
  return Error(ErrorKind::kMemoryLimit,
               "memory limit reached: deciding a partition of keys")
      .Fact("stage", "winners")
      .Fact("records", FormatCount(partition.num_records()))
      .Fact("asked for", FormatByteSize(needed))
      .Fact("in use", FormatByteSize(budget.used()))
      .Fact("limit", FormatByteSize(budget.limit()))
      .Hint("raise memory_limit to " + FormatByteSize(budget.used() + needed) +
            " or more, or use fewer threads");
}

template <typename Rules, typename Decision>
arrow::Status Match(const RecordStore::Partition& partition,
                    const RecordIndex<typename Rules::Entry>& index, MemoryBudget* budget,
                    Decision* decision) {
  if (!index.valid()) {
    return Error(ErrorKind::kUnsupported, "too many records in one partition of keys: " +
                                              FormatCount(partition.num_records()));
  }
  Matching matching = Matching::kOutOfMemory;
  if (decision->Prepare(budget)) {
    matching = MatchByTable<Rules>(partition, index, budget, decision);
  }
  if (matching == Matching::kDone) return arrow::Status::OK();
  decision->StartOver();
  matching = MatchBySorting<Rules>(partition, index, budget, decision);
  if (matching == Matching::kDone) return arrow::Status::OK();
  return OutOfMemory(partition, *budget);
}

template <typename Rules>
arrow::Status MarkLosers(const RecordStore::Partition& partition, KeepPolicy keep,
                         MemoryBudget* budget, RowBitmap* losers) {
  const RecordIndex<typename Rules::Entry> index(partition);
  LoserMarking<Rules> decision(index, keep, losers);
  return Match<Rules>(partition, index, budget, &decision);
}

template <typename Rules>
arrow::Status FindGroups(const RecordStore::Partition& partition, MemoryBudget* budget,
                         std::vector<KeyGroup>* groups) {
  const RecordIndex<typename Rules::Entry> index(partition);
  GroupCollecting<Rules> decision(index, groups);
  return Match<Rules>(partition, index, budget, &decision);
}

using WordRules = RecordRules<RecordStore::Record, false>;
using OrderRules = RecordRules<PayloadRecord, false>;
using BytesRules = RecordRules<PayloadRecord, true>;

}  // namespace

WinnerFinder::WinnerFinder(RecordStore* store, KeyForm form, KeepPolicy keep,
                           MemoryBudget* budget)
    : store_(store), form_(form), keep_(keep), budget_(budget) {
  assert(form != KeyForm::kBytes || store->has_payload());
}

arrow::Status WinnerFinder::Decide(int partition, RowBitmap* losers) {
  const RecordStore::Partition& records = store_->partition(partition);
  ARROW_RETURN_NOT_OK(!store_->has_payload()
                          ? MarkLosers<WordRules>(records, keep_, budget_, losers)
                      : form_ == KeyForm::kBytes
                          ? MarkLosers<BytesRules>(records, keep_, budget_, losers)
                          : MarkLosers<OrderRules>(records, keep_, budget_, losers));
  store_->Drop(partition);
  return arrow::Status::OK();
}

arrow::Status WinnerFinder::CollectGroups(int partition, std::vector<KeyGroup>* groups) {
  const RecordStore::Partition& records = store_->partition(partition);
  ARROW_RETURN_NOT_OK(
      !store_->has_payload()     ? FindGroups<WordRules>(records, budget_, groups)
      : form_ == KeyForm::kBytes ? FindGroups<BytesRules>(records, budget_, groups)
                                 : FindGroups<OrderRules>(records, budget_, groups));
  store_->Drop(partition);
  return arrow::Status::OK();
}

}  // namespace planish
