// SPDX-License-Identifier: Apache-2.0
#include "python/calling_thread.h"

#include <nanobind/nanobind.h>

#include <chrono>
#include <thread>

namespace nb = nanobind;

namespace planish::python {
namespace {

/// Python notes signals at once, but acts on them in the main thread only, when asked.
constexpr std::chrono::milliseconds kSignalInterval{50};

arrow::Status Stopped() {
  return arrow::Status::Cancelled("Python code raised an exception");
}

}  // namespace

void CallingThread::Run(const std::function<void()>& job) {
  {
    nb::gil_scoped_release release;
    std::thread worker([&] {
      job();
      std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
      wake_.notify_all();
    });
    std::unique_lock<std::mutex> lock(mutex_);
    while (!done_) {
      wake_.wait_for(lock, kSignalInterval, [&] { return done_ || call_ != nullptr; });
      if (call_ != nullptr) Answer(&lock);
      if (!done_) HearSignals(&lock);
    }
    lock.unlock();
    worker.join();
  }
  if (raised_) std::rethrow_exception(raised_);
}

arrow::Status CallingThread::Call(const std::function<void()>& call) {
  std::unique_lock<std::mutex> lock(mutex_);
  answered_.wait(lock, [&] { return call_ == nullptr; });
  if (!cancel_.load()) {
    call_ = &call;
    wake_.notify_all();
    answered_.wait(lock, [&] { return call_ != &call; });
  }
  return cancel_.load() ? Stopped() : arrow::Status::OK();
}

void CallingThread::Answer(std::unique_lock<std::mutex>* lock) {
  const std::function<void()>& call = *call_;
  lock->unlock();
  {
    nb::gil_scoped_acquire acquire;
    try {
      call();
    } catch (...) {
      (void)KeepException();
    }
  }
  lock->lock();
  call_ = nullptr;
  answered_.notify_all();
}

void CallingThread::HearSignals(std::unique_lock<std::mutex>* lock) {
  lock->unlock();
  {
    nb::gil_scoped_acquire acquire;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    } catch (...) {
      (void)KeepException();
    }
  }
  lock->lock();
}

arrow::Status CallingThread::KeepException() {
  if (!raised_) raised_ = std::current_exception();
  cancel_.store(true);
  return Stopped();
}

}  // namespace planish::python
