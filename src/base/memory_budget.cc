// SPDX-License-Identifier: Apache-2.0
#include "base/memory_budget.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

#include "base/error_builder.h"
#include "base/raised_limit.h"
#include "planish/quantities.h"

namespace planish {
namespace {

/// Reservations after which what is resident is measured again.
constexpr int64_t kMeasuringStep = int64_t{2} << 20;

/// From here on the limit bounds what is resident as it is; below, a process' own size
/// would leave too little to work with.
constexpr int64_t kStrictLimit = int64_t{128} * 1000 * 1000;
constexpr int64_t kAllowance = int64_t{64} << 20;

/// Part of the limit kept for what becomes resident between two measurements.
constexpr int64_t kMarginShare = 16;

/// However much else is resident, this part of the limit can be reserved: with less no
/// work would ever be done.
constexpr int64_t kFloorShare = 8;

/// Part of the limit that blocks may take that are kept for the next to come.
constexpr int64_t kKeptShare = 32;

/// A reclaimer of this thread is running.
thread_local bool reclaiming = false;

void RaiseTo(std::atomic<int64_t>* peak, int64_t value) {
  int64_t seen = peak->load(std::memory_order_relaxed);
  while (seen < value &&
         !peak->compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

/// A limit, above the present one, under which `bytes` would fit now.
int64_t Sufficient(const MemoryBudget& budget, int64_t bytes) {
  // Damaged files ask for anything.
  bytes = std::min(bytes, std::numeric_limits<int64_t>::max() / 4);
  const int64_t needed = budget.used() + budget.unaccounted() + bytes;
  // Of a limit, a margin is kept.
  return std::max(budget.limit() + bytes, needed + needed / (kMarginShare - 1) + 1);
}

arrow::Status LimitReached(const MemoryBudget& budget, int64_t asked, const char* what) {
  return Error(ErrorKind::kMemoryLimit, std::string("memory limit reached: ") + what)
      .Fact("asked for", FormatByteSize(asked))
      .Fact("in use", FormatByteSize(budget.used()))
      .Fact("limit", FormatByteSize(budget.limit()))
      .Hint("raise `memory_limit` to " +
            RaisedLimit(budget.limit(), Sufficient(budget, asked)) +
            " or more, or use fewer threads");
}

}  // namespace

arrow::Result<std::unique_ptr<MemoryBudget>> MemoryBudget::Make(int64_t limit) {
  if (limit < kMinimumLimit) {
    return Error(ErrorKind::kInvalidOption,
                 "`memory_limit` too small: " + FormatByteSize(limit))
        .Fact("least", FormatByteSize(kMinimumLimit));
  }
  return std::unique_ptr<MemoryBudget>(new MemoryBudget(limit));
}

void MemoryBudget::MeasureResident(int64_t (*resident)()) {
  assert(used() == 0);
  resident_ = resident;
  resident_limit_ = limit_ < kStrictLimit ? limit_ + kAllowance : limit_;
  uncounted_ = std::max<int64_t>(0, resident() - resident_limit_ / 2);
  Measure(kMeasuringStep);
}

bool MemoryBudget::TryReserve(int64_t bytes) {
  assert(bytes >= 0);
  if (Take(bytes)) {
    if (resident_ != nullptr) Measure(bytes);
    return true;
  }
  if (reclaiming) return false;
  if (resident_ != nullptr) {
    // The last measurement may be of a busier moment.
    Measure(kMeasuringStep);
    if (Take(bytes)) return true;
  }
  std::shared_lock<std::shared_mutex> lock(reclaimers_mutex_);
  for (const auto& [id, reclaim] : reclaimers_) {
    reclaiming = true;
    reclaim(bytes);
    reclaiming = false;
    if (Take(bytes)) return true;
  }
  return false;
}

bool MemoryBudget::Take(int64_t bytes) {
  // Not add-and-take-back: that would refuse others for the moment in between.
  int64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > reservable_.load(std::memory_order_relaxed) - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  RaiseTo(&peak_, used + bytes);
  return true;
}

void MemoryBudget::Measure(int64_t bytes) {
  if (unmeasured_.fetch_add(bytes, std::memory_order_relaxed) + bytes < kMeasuringStep) {
    return;
  }
  unmeasured_.store(0, std::memory_order_relaxed);
  // What was reserved a moment ago may not be touched yet, so that one sample can be too
  // low: rise at once, sink slowly.
  const int64_t before = unaccounted();
  SetUnaccounted(resident_(), before - before / 16);
}

void MemoryBudget::Remeasure() {
  if (resident_ != nullptr) SetUnaccounted(resident_(), 0);
}

void MemoryBudget::SetUnaccounted(int64_t resident, int64_t at_least) {
  if (resident == 0) return;
  const int64_t now = std::max(resident - uncounted_ - used(), at_least);
  unaccounted_.store(std::max<int64_t>(now, 0), std::memory_order_relaxed);
  const int64_t room = resident_limit_ - resident_limit_ / kMarginShare - unaccounted();
  reservable_.store(std::clamp(room, limit_ / kFloorShare, limit_),
                    std::memory_order_relaxed);
}

bool MemoryBudget::Fits(int64_t bytes) const {
  return bytes <= reservable_.load(std::memory_order_relaxed) - used();
}

int64_t MemoryBudget::available() const {
  return std::max<int64_t>(0, reservable_.load(std::memory_order_relaxed) - used());
}

int MemoryBudget::AddReclaimer(Reclaimer reclaimer) {
  std::unique_lock<std::shared_mutex> lock(reclaimers_mutex_);
  reclaimers_.emplace_back(next_reclaimer_, std::move(reclaimer));
  return next_reclaimer_++;
}

void MemoryBudget::RemoveReclaimer(int id) {
  std::unique_lock<std::shared_mutex> lock(reclaimers_mutex_);
  std::erase_if(reclaimers_, [id](const auto& entry) { return entry.first == id; });
}

void MemoryBudget::Release(int64_t bytes) {
  assert(bytes >= 0);
  [[maybe_unused]] int64_t before = used_.fetch_sub(bytes, std::memory_order_relaxed);
  assert(before >= bytes);
}

MemoryReservation::MemoryReservation(MemoryReservation&& other) noexcept
    : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& other) noexcept {
  if (this != &other) {
    Reset();
    budget_ = other.budget_;
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

arrow::Status MemoryReservation::Grow(int64_t bytes, const char* what) {
  if (TryGrow(bytes)) return arrow::Status::OK();
  return LimitReached(*budget_, bytes, what);
}

bool MemoryReservation::TryGrow(int64_t bytes) {
  assert(budget_ != nullptr);
  if (!budget_->TryReserve(bytes)) return false;
  bytes_ += bytes;
  return true;
}

void MemoryReservation::Reset() {
  if (bytes_ != 0) budget_->Release(std::exchange(bytes_, 0));
}

BudgetedPool::BudgetedPool(MemoryBudget* budget, arrow::MemoryPool* inner)
    : budget_(budget),
      blocks_(inner, budget->limit() / kKeptShare),
      inner_(&blocks_),
      reclaimer_(budget->AddReclaimer([this](int64_t) { DropKept(); })) {}

BudgetedPool::~BudgetedPool() {
  budget_->RemoveReclaimer(reclaimer_);
  DropKept();
}

arrow::Status BudgetedPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  // Arrow's own pools judge a negative size.
  if (size <= 0) return inner_->Allocate(size, alignment, out);
  // What is kept is reserved.
  if (uint8_t* const kept = blocks_.TakeKept(size); kept != nullptr) {
    *out = kept;
    Record(size);
    return arrow::Status::OK();
  }
  const int64_t footprint = LargeBlockPool::Footprint(size);
  if (!budget_->TryReserve(footprint)) return Refuse(footprint);
  arrow::Status status = inner_->Allocate(size, alignment, out);
  if (!status.ok()) {
    budget_->Release(footprint);
    return AddContext(status, ErrorKind::kMemoryLimit, "");
  }
  Record(size);
  return status;
}

arrow::Status BudgetedPool::Reallocate(int64_t old_size, int64_t new_size,
                                       int64_t alignment, uint8_t** ptr) {
  if (new_size < 0) return inner_->Reallocate(old_size, new_size, alignment, ptr);
  const int64_t old_footprint = LargeBlockPool::Footprint(old_size);
  const int64_t footprint = LargeBlockPool::Footprint(new_size);
  uint8_t* const kept = footprint > old_footprint ? blocks_.TakeKept(new_size) : nullptr;
  if (kept != nullptr) {
    // To copy costs less than to touch new memory at the end.
    std::memcpy(kept, *ptr, static_cast<size_t>(old_size));
    Free(std::exchange(*ptr, kept), old_size, alignment);
    Record(new_size);
    return arrow::Status::OK();
  }
  // To grow is to copy but for large blocks, so both are resident for a moment. To shrink
  // must not fail for want of memory, so that moment goes unaccounted.
  const bool in_place = LargeBlockPool::GrowsInPlace(old_size, new_size);
  const int64_t reserved = footprint <= old_footprint ? 0
                           : in_place                 ? footprint - old_footprint
                                                      : footprint;
  if (!budget_->TryReserve(reserved)) return Refuse(reserved);
  arrow::Status status = inner_->Reallocate(old_size, new_size, alignment, ptr);
  if (!status.ok()) {
    budget_->Release(reserved);
    return AddContext(status, ErrorKind::kMemoryLimit, "");
  }
  budget_->Release(old_footprint + reserved - footprint);
  Record(new_size - old_size);
  return status;
}

void BudgetedPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  Record(-size);
  budget_->Release(blocks_.Keep(buffer, size, alignment));
}

arrow::Status BudgetedPool::Refuse(int64_t size) const {
  return LimitReached(*budget_, size, "column buffer");
}

void BudgetedPool::Record(int64_t change) {
  const int64_t now = allocated_.fetch_add(change) + change;
  if (change > 0) RaiseTo(&peak_, now);
}

MemoryBudget* BudgetOf(const arrow::MemoryPool* pool) {
  const auto* const budgeted = dynamic_cast<const BudgetedPool*>(pool);
  return budgeted == nullptr ? nullptr : budgeted->budget();
}

}  // namespace planish
