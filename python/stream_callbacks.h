// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "arrow/status.h"
#include "planish/run_context.h"
#include "python/fields.h"
#include "python/held_object.h"

namespace planish::python {

/// What a stream tells Python, and what Python says to it while the stream is read: of
/// callbacks, of signals, of a source that is Python code. All of that happens on the
/// thread that reads; what other threads of the run have to log waits for it.
class StreamCallbacks : public std::enable_shared_from_this<StreamCallbacks> {
 public:
  /// With the GIL.
  explicit StreamCallbacks(const Fields& context);

  /// Makes `context` call this, which lives as long as the context or any copy of it.
  void Attach(RunContext* context);

  /// The calling thread is the one that reads now. Without the GIL.
  void BeginReading() { reader_.store(std::this_thread::get_id()); }
  /// Hands over what there is to log. With the GIL.
  void EndReading();

  /// Keeps the exception that is being handled, the first one. With the GIL.
  arrow::Status KeepException();
  bool has_raised() const { return cancel_.load(); }
  /// Throws what was kept, if anything was, and keeps it no longer: an exception knows
  /// the frames it went through, and these the stream. With the GIL.
  void Rethrow();

  /// Forgets callbacks and exceptions, and what they refer to. With the GIL.
  void Drop();

 private:
  arrow::Status OnProgress(const Progress& progress);
  void OnLog(LogLevel level, const std::string& message);
  void DeliverLog();

  HeldObject on_progress_, on_log_;
  std::atomic<std::thread::id> reader_;
  std::chrono::steady_clock::time_point signals_heard_;

  std::mutex mutex_;  ///< guards the log
  std::vector<std::pair<LogLevel, std::string>> log_;

  std::exception_ptr raised_;
  std::atomic<bool> cancel_{false};
};

}  // namespace planish::python
