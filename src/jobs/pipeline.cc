// SPDX-License-Identifier: Apache-2.0
#include "jobs/pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "base/without_exceptions.h"

namespace planish {

namespace {

/// The first error in index order. Tasks are started in index order, so when one has
/// failed, all with smaller indexes are running or done: waiting for them finds the
/// smallest.
class FirstError {
 public:
  void Set(int64_t index, arrow::Status status) {
    if (status_.ok() || index < index_) {
      index_ = index;
      status_ = std::move(status);
    }
  }
  bool ok() const { return status_.ok(); }
  const arrow::Status& status() const { return status_; }

 private:
  int64_t index_ = 0;
  arrow::Status status_;
};

thread_local bool on_worker_thread = false;

void RunTeam(int threads, const std::function<void(int)>& body) {
  std::vector<std::thread> team;
  for (int worker = 1; worker < threads; ++worker) {
    team.emplace_back([&body, worker] {
      on_worker_thread = true;
      body(worker);
    });
  }
  body(0);
  for (std::thread& thread : team) thread.join();
}

int TeamSize(int threads, int64_t num_tasks) {
  return static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(threads, num_tasks)));
}

/// State of RunOrdered. Indexes below `next_consume` are finished, those from
/// `next_produce` on not begun. Only one thread drains at a time; it hands over to nobody
/// but takes all that is ready.
class OrderedRun {
 public:
  OrderedRun(int64_t num_tasks, int64_t window,
             const std::function<arrow::Status(int64_t)>& produce,
             const std::function<arrow::Status(int64_t)>& consume,
             const std::function<bool(int64_t)>& admit)
      : num_tasks_(num_tasks),
        window_(std::max<int64_t>(1, window)),
        produce_(produce),
        consume_(consume),
        admit_(admit),
        ready_(static_cast<size_t>(window_), false) {}

  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      Drain(&lock);
      if (!error_.ok() || next_produce_ == num_tasks_) return;
      if (next_produce_ - next_consume_ == window_ ||
          (admit_ && !admit_(next_produce_))) {
        room_.wait(lock);
        continue;
      }
      Produce(&lock);
    }
  }

  const arrow::Status& status() const { return error_.status(); }

 private:
  size_t Slot(int64_t index) const { return static_cast<size_t>(index % window_); }

  void Produce(std::unique_lock<std::mutex>* lock) {
    const int64_t index = next_produce_++;
    lock->unlock();
    arrow::Status status = WithoutExceptions([&] { return produce_(index); });
    lock->lock();
    if (status.ok()) {
      ready_[Slot(index)] = true;
    } else {
      error_.Set(index, std::move(status));
      room_.notify_all();
    }
  }

  void Drain(std::unique_lock<std::mutex>* lock) {
    if (draining_) return;
    draining_ = true;
    while (error_.ok() && next_consume_ < next_produce_ && ready_[Slot(next_consume_)]) {
      const int64_t index = next_consume_;
      lock->unlock();
      arrow::Status status = WithoutExceptions([&] { return consume_(index); });
      lock->lock();
      ready_[Slot(index)] = false;
      ++next_consume_;
      if (!status.ok()) error_.Set(index, std::move(status));
      room_.notify_all();
    }
    draining_ = false;
  }

  const int64_t num_tasks_, window_;
  const std::function<arrow::Status(int64_t)>& produce_;
  const std::function<arrow::Status(int64_t)>& consume_;
  const std::function<bool(int64_t)>& admit_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::vector<bool> ready_;
  int64_t next_produce_ = 0, next_consume_ = 0;
  bool draining_ = false;
  FirstError error_;
};

}  // namespace

arrow::Status RunParallel(int threads, int64_t num_tasks,
                          const std::function<arrow::Status(int64_t, int)>& task) {
  std::mutex mutex;
  int64_t next = 0;
  FirstError error;
  RunTeam(TeamSize(threads, num_tasks), [&](int worker) {
    std::unique_lock<std::mutex> lock(mutex);
    while (error.ok() && next < num_tasks) {
      const int64_t index = next++;
      lock.unlock();
      arrow::Status status = WithoutExceptions([&] { return task(index, worker); });
      lock.lock();
      if (!status.ok()) error.Set(index, std::move(status));
    }
  });
  return error.status();
}

arrow::Status RunOrdered(int threads, int64_t num_tasks, int64_t window,
                         const std::function<arrow::Status(int64_t)>& produce,
                         const std::function<arrow::Status(int64_t)>& consume,
                         const std::function<bool(int64_t)>& admit) {
  OrderedRun run(num_tasks, window, produce, consume, admit);
  RunTeam(TeamSize(threads, num_tasks), [&](int) { run.Work(); });
  return run.status();
}

bool OnWorkerThread() {
  return on_worker_thread;
}

int ResolveThreads(int requested) {
  if (requested > 0) return requested;
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace planish
