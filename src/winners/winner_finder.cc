// SPDX-License-Identifier: Apache-2.0
#include "winners/winner_finder.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <new>

#include "winners/key_matching.h"
#include "winners/partition_matching.h"

namespace planish {

namespace {

/// Marks losers as keys are matched. A row that has lost to one row loses, so what is
/// told twice does no harm.
template <typename Rules>
class LoserMarking {
 public:
  using Index = RecordIndex<typename Rules::Entry>;

  LoserMarking(KeepPolicy keep, RowBitmap* losers) : keep_(keep), losers_(losers) {}

  bool Begin(const Index& index, const std::vector<uint32_t>&, bool, MemoryBudget*) {
    index_ = &index;
    return true;
  }
  void Carry(const std::vector<uint32_t>&) {}
  void Commit() {}
  void StartOver() {}

  void Match(uint32_t* held, uint32_t id) {
    const auto& known = (*index_)[*held];
    const auto& found = (*index_)[id];
    if (keep_ == KeepPolicy::kNone) {
      losers_->Add(known.row);
      losers_->Add(found.row);
      return;
    }
    const bool found_wins = Rules::Before(found, known) == (keep_ == KeepPolicy::kFirst);
    losers_->Add(found_wins ? known.row : found.row);
    if (found_wins) *held = id;
  }

  uint32_t Run(const uint32_t* begin, const uint32_t* end) {
    const uint32_t winner = keep_ == KeepPolicy::kLast ? *(end - 1) : *begin;
    if (end - begin < 2) return winner;
    if (keep_ == KeepPolicy::kFirst) ++begin;
    if (keep_ == KeepPolicy::kLast) --end;
    for (; begin != end; ++begin) losers_->Add((*index_)[*begin].row);
    return winner;
  }

 private:
  const KeepPolicy keep_;
  RowBitmap* const losers_;
  const Index* index_ = nullptr;
};

/// Counts the rows of keys that more than one row has.
template <typename Rules>
class GroupCollecting {
 public:
  using Index = RecordIndex<typename Rules::Entry>;

  explicit GroupCollecting(std::vector<KeyGroup>* groups)
      : groups_(groups), num_before_(groups->size()) {}

  bool Begin(const Index& index, const std::vector<uint32_t>& carried_ids, bool only_run,
             MemoryBudget* budget) {
    index_ = &index;
    group_of_.reset();
    reservation_ = MemoryReservation(budget);
    if (only_run) return true;
    if (!reservation_.TryGrow(static_cast<int64_t>(index.end() * sizeof(uint32_t)))) {
      return false;
    }
    group_of_.reset(new (std::nothrow) uint32_t[index.end()]());
    if (group_of_ == nullptr) return false;
    for (size_t i = 0; i < carried_ids.size(); ++i) {
      group_of_[carried_ids[i]] = carried_groups_[i];
    }
    return true;
  }
  void Carry(const std::vector<uint32_t>& survivors) {
    carried_groups_.clear();
    for (const uint32_t id : survivors) carried_groups_.push_back(group_of_[id]);
  }
  void Commit() { num_before_ = groups_->size(); }
  void StartOver() {
    groups_->resize(num_before_);
    group_of_.reset();
    reservation_.Reset();
  }

  void Match(uint32_t* held, uint32_t id) { Join(*held, id, &group_of_[*held]); }

  uint32_t Run(const uint32_t* begin, const uint32_t* end) {
    // One of them may have been carried here, with its group.
    uint32_t survivor = *begin;
    for (const uint32_t* id = begin; id != end && group_of_ != nullptr; ++id) {
      if (group_of_[*id] != 0) survivor = *id;
    }
    uint32_t no_group = 0;
    uint32_t& group = group_of_ != nullptr ? group_of_[survivor] : no_group;
    for (; begin != end; ++begin) {
      if (*begin != survivor) Join(survivor, *begin, &group);
    }
    return survivor;
  }

 private:
  void Join(uint32_t held, uint32_t id, uint32_t* group) {
    if (*group == 0) {
      groups_->push_back({(*index_)[held].row, 1});
      *group = static_cast<uint32_t>(groups_->size() - num_before_);
    }
    KeyGroup& found = (*groups_)[num_before_ + *group - 1];
    found.first_row = std::min(found.first_row, (*index_)[id].row);
    ++found.rows;
  }

  std::vector<KeyGroup>* const groups_;
  size_t num_before_;
  const Index* index_ = nullptr;
  MemoryReservation reservation_;
  /// By the id that stands for a key: its group's place, from 1; 0 while it has none.
  /// Null where all rows of a key come in one run.
  std::unique_ptr<uint32_t[]> group_of_;
  std::vector<uint32_t> carried_groups_;
};

template <typename Rules>
arrow::Status MarkLosers(RecordStore* store, int partition, KeepPolicy keep,
                         MemoryBudget* budget, RowBitmap* losers) {
  LoserMarking<Rules> decision(keep, losers);
  return PartitionMatching<Rules, LoserMarking<Rules>>(store, partition, budget,
                                                       &decision)
      .Execute();
}

template <typename Rules>
arrow::Status FindGroups(RecordStore* store, int partition, MemoryBudget* budget,
                         std::vector<KeyGroup>* groups) {
  GroupCollecting<Rules> decision(groups);
  return PartitionMatching<Rules, GroupCollecting<Rules>>(store, partition, budget,
                                                          &decision)
      .Execute();
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
  ARROW_RETURN_NOT_OK(
      !store_->has_payload()
          ? MarkLosers<WordRules>(store_, partition, keep_, budget_, losers)
      : form_ == KeyForm::kBytes
          ? MarkLosers<BytesRules>(store_, partition, keep_, budget_, losers)
          : MarkLosers<OrderRules>(store_, partition, keep_, budget_, losers));
  store_->Drop(partition);
  return arrow::Status::OK();
}

arrow::Status WinnerFinder::CollectGroups(int partition, std::vector<KeyGroup>* groups) {
  ARROW_RETURN_NOT_OK(!store_->has_payload()
                          ? FindGroups<WordRules>(store_, partition, budget_, groups)
                      : form_ == KeyForm::kBytes
                          ? FindGroups<BytesRules>(store_, partition, budget_, groups)
                          : FindGroups<OrderRules>(store_, partition, budget_, groups));
  store_->Drop(partition);
  return arrow::Status::OK();
}

}  // namespace planish
