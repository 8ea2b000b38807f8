// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/large_block_pool.h"

namespace planish {

/// The one account of a run's memory. Everything that grows asks it first. What is
/// resident besides (code, footers, what allocators keep) can be measured and counts too.
/// Thread-safe.
class MemoryBudget {
 public:
  static constexpr int64_t kMinimumLimit = int64_t{1} << 20;

  /// Fails below kMinimumLimit.
  static arrow::Result<std::unique_ptr<MemoryBudget>> Make(int64_t limit);

  /// From now on, `resident` (bytes of this process now, or 0 if unknown) is asked every
  /// few MiB that are reserved, and reservations are refused that would bring it over the
  /// limit, less a margin for what happens between two measurements; limits below 128 MiB
  /// are for the reservations, and what is resident may be 64 MiB more. What a process
  /// has before its run, beyond half of the limit, is not counted: that is not the run's
  /// to give back. Call before the first reservation.
  void MeasureResident(int64_t (*resident)());

  /// Takes `bytes` (>= 0) if they fit, after asking reclaimers for room if they do not;
  /// false takes nothing: spill, shrink, wait, or fail.
  bool TryReserve(int64_t bytes);
  /// Gives back what TryReserve took.
  void Release(int64_t bytes);
  /// Measures at once what is resident, as after memory was given back to the system.
  void Remeasure();
  /// Whether TryReserve would succeed without reclaiming.
  bool Fits(int64_t bytes) const;

  /// Frees memory, by giving back reservations, until `bytes` fit or there is nothing
  /// more to free.
  using Reclaimer = std::function<void(int64_t bytes)>;
  /// Reclaimers are called in the order they were added, on the thread whose reservation
  /// did not fit, possibly several at once. While one runs on a thread, that thread's own
  /// reservations are refused without reclaiming. Returns what RemoveReclaimer takes.
  int AddReclaimer(Reclaimer reclaimer);
  /// Returns once no call of it is running. Not to be called by a reclaimer.
  void RemoveReclaimer(int id);

  int64_t limit() const { return limit_; }
  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  /// What is resident without having been reserved, as measured last.
  int64_t unaccounted() const { return unaccounted_.load(std::memory_order_relaxed); }
  /// What fits, if nothing is reclaimed; never negative.
  int64_t available() const;

 private:
  explicit MemoryBudget(int64_t limit)
      : limit_(limit), reservable_(limit), resident_limit_(limit) {}

  bool Take(int64_t bytes);
  void Measure(int64_t bytes);
  void SetUnaccounted(int64_t resident, int64_t at_least);

  const int64_t limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> peak_{0};
  /// Most that may be reserved at the moment.
  std::atomic<int64_t> reservable_;

  int64_t (*resident_)() = nullptr;
  int64_t resident_limit_;
  int64_t uncounted_ = 0;
  std::atomic<int64_t> unmeasured_{0};
  std::atomic<int64_t> unaccounted_{0};

  std::shared_mutex reclaimers_mutex_;
  std::vector<std::pair<int, Reclaimer>> reclaimers_;
  int next_reclaimer_ = 0;
};

/// Bytes taken from a budget, given back when this goes. Not thread-safe; the budget must
/// outlive it.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  explicit MemoryReservation(MemoryBudget* budget) : budget_(budget) {}
  MemoryReservation(MemoryReservation&& other) noexcept;
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;
  ~MemoryReservation() { Reset(); }

  /// Takes `bytes` more. `what` names the purpose in the error: a kMemoryLimit naming the
  /// limit, what was asked and what was left.
  arrow::Status Grow(int64_t bytes, const char* what);
  bool TryGrow(int64_t bytes);
  void Reset();
  int64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  int64_t bytes_ = 0;
};

/// Arrow's allocations, accounted for by a budget; large ones by LargeBlockPool, so that
/// what is given back is not resident any more, but for a small part of the limit: blocks
/// that are kept for the next to come, as long as nobody wants the budget for more. A
/// refusal is an OutOfMemory status that carries an ErrorDetail. Thread-safe. The budget
/// and `inner` must outlive it and every buffer from it.
class BudgetedPool : public arrow::MemoryPool {
 public:
  BudgetedPool(MemoryBudget* budget, arrow::MemoryPool* inner);
  ~BudgetedPool() override;

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  /// Also makes the budget see what was given back.
  void ReleaseUnused() override {
    DropKept();
    inner_->ReleaseUnused();
    budget_->Remeasure();
  }
  int64_t bytes_allocated() const override { return allocated_.load(); }
  int64_t total_bytes_allocated() const override {
    return inner_->total_bytes_allocated();
  }
  int64_t num_allocations() const override { return inner_->num_allocations(); }
  int64_t max_memory() const override { return peak_.load(); }
  std::string backend_name() const override { return inner_->backend_name(); }
  MemoryBudget* budget() const { return budget_; }

 private:
  arrow::Status Refuse(int64_t size) const;
  void DropKept() { budget_->Release(blocks_.DropKept()); }
  void Record(int64_t change);

  MemoryBudget* const budget_;
  LargeBlockPool blocks_;
  arrow::MemoryPool* const inner_;
  int reclaimer_;
  std::atomic<int64_t> allocated_{0};
  std::atomic<int64_t> peak_{0};
};

/// The budget that a pool accounts to, for what is about to become objects that no pool
/// knows of. Null if it is none of BudgetedPool.
MemoryBudget* BudgetOf(const arrow::MemoryPool* pool);

}  // namespace planish
