// SPDX-License-Identifier: Apache-2.0
#include "winners/record_spiller.h"

#include <algorithm>

namespace planish {

namespace {

/// To spill little and often makes small writes and smaller extents.
constexpr int64_t kRoomShare = 8;

/// Partitions join those that are spilled in this many steps.
constexpr size_t kSteps = 16;

/// A piece that is read back at a time: good reads, and a small part of the budget.
constexpr int64_t kLargestExtent = int64_t{1} << 20;
constexpr int64_t kExtentShare = 64;

}  // namespace

RecordSpiller::RecordSpiller(RecordStore::State* store, ScratchDirectory* scratch)
    : store_(store),
      scratch_(scratch),
      first_spilled_(store->partitions.size()),
      claimed_(store->partitions.size()),
      reclaimer_(
          store->budget->AddReclaimer([this](int64_t bytes) { MakeRoom(bytes); })) {}

RecordSpiller::~RecordSpiller() {
  store_->budget->RemoveReclaimer(reclaimer_);
}

void RecordSpiller::MakeRoom(int64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  // Another thread's turn may have made room for this one, too.
  if (!status_.ok() || store_->budget->Fits(bytes)) return;
  const int64_t room = std::max(bytes, store_->budget->limit() / kRoomShare);
  const size_t num_partitions = store_->partitions.size();
  const size_t step = std::max<size_t>(1, num_partitions / kSteps);
  status_ = SpillFrom(first_spilled_, num_partitions);
  while (status_.ok() && first_spilled_ > 0 && !store_->budget->Fits(room)) {
    const size_t end = first_spilled_;
    first_spilled_ -= std::min(step, first_spilled_);
    status_ = SpillFrom(first_spilled_, end);
  }
  if (status_.ok() && writer_ != nullptr) status_ = writer_->Flush();
}

arrow::Status RecordSpiller::SpillFrom(size_t begin, size_t end) {
  for (size_t p = begin; p < end; ++p) ARROW_RETURN_NOT_OK(Spill(p));
  return arrow::Status::OK();
}

arrow::Status RecordSpiller::Spill(size_t partition) {
  if (claimed_[partition]) return arrow::Status::OK();
  const RecordSet records = store_->partitions[partition].Take();
  if (records.num_records == 0) return arrow::Status::OK();
  if (file_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(file_, scratch_->NewFile("records"));
    const int64_t extent_bytes =
        std::min(kLargestExtent, store_->budget->limit() / kExtentShare);
    writer_ =
        std::make_unique<ExtentWriter>(file_.get(), store_->has_payload, extent_bytes);
  }
  return writer_->Add(records.blocks, store_->partitions[partition].mutable_extents());
}

arrow::Status RecordSpiller::Claim(int partition) {
  std::lock_guard<std::mutex> lock(mutex_);
  // From here on a partition is in memory as a whole or not at all.
  if (!sealed_ && status_.ok()) {
    sealed_ = true;
    status_ = SpillFrom(first_spilled_, store_->partitions.size());
    if (status_.ok() && writer_ != nullptr) status_ = writer_->Flush();
  }
  claimed_[static_cast<size_t>(partition)] = true;
  return status_;
}

arrow::Status RecordSpiller::status() {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

}  // namespace planish
