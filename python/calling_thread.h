// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>

#include "arrow/status.h"

namespace planish::python {

/// Runs a job on a thread of its own, while the thread that called from Python waits for
/// it without the GIL, hears of signals, and runs what the job wants run in Python: so
/// Ctrl-C is heard whatever the job is busy with, and callbacks run where the caller is.
class CallingThread {
 public:
  /// Runs `job` to its end. With the GIL. Throws what Python code raised meanwhile: in
  /// calls of the job, or on a signal.
  void Run(const std::function<void()>& job);

  /// On a thread of the job: has `call` run on the calling thread, with the GIL. Fails
  /// (Cancelled) once Python code has raised, and then runs nothing.
  arrow::Status Call(const std::function<void()>& call);

  /// Keeps the exception that is being handled, the first one, for Run to throw. With the
  /// GIL, on the calling thread.
  arrow::Status KeepException();

  /// True once Python code has raised: the job shall end.
  const std::atomic<bool>* cancel() const { return &cancel_; }

 private:
  void Answer(std::unique_lock<std::mutex>* lock);
  void HearSignals(std::unique_lock<std::mutex>* lock);

  std::mutex mutex_;
  std::condition_variable wake_, answered_;
  const std::function<void()>* call_ = nullptr;  ///< what is to be run, if not null
  bool done_ = false;
  std::exception_ptr raised_;
  std::atomic<bool> cancel_{false};
};

}  // namespace planish::python
