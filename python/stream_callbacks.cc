// SPDX-License-Identifier: Apache-2.0
#include "python/stream_callbacks.h"

#include "python/options.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// To ask takes the GIL, for which other threads may have to wait.
constexpr std::chrono::milliseconds kSignalInterval{50};

arrow::Status Stopped() {
  return arrow::Status::Cancelled(
      "the stream has ended: its source or a callback raised an exception");
}

HeldObject Callback(const Fields& context, const char* name) {
  nb::object callback;
  context.Read(name, &callback);
  return HeldObject(std::move(callback));
}

}  // namespace

StreamCallbacks::StreamCallbacks(const Fields& context)
    : on_progress_(Callback(context, "on_progress")),
      on_log_(Callback(context, "on_log")) {}

void StreamCallbacks::Attach(RunContext* context) {
  context->cancel = &cancel_;
  context->on_progress = [self = shared_from_this()](const Progress& progress) {
    return self->OnProgress(progress);
  };
  if (!on_log_.is_valid()) return;
  context->on_log = [self = shared_from_this()](LogLevel level,
                                                const std::string& message) {
    self->OnLog(level, message);
  };
}

arrow::Status StreamCallbacks::OnProgress(const Progress& progress) {
  if (has_raised()) return Stopped();
  if (std::this_thread::get_id() != reader_.load()) return arrow::Status::OK();
  const auto now = std::chrono::steady_clock::now();
  const bool hears = now - signals_heard_ >= kSignalInterval;
  if (!hears && !on_progress_.is_valid()) return arrow::Status::OK();
  nb::gil_scoped_acquire acquire;
  try {
    DeliverLog();
    if (on_progress_.is_valid()) TellProgress(on_progress_.get(), progress);
    if (hears) {
      signals_heard_ = now;
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
    }
  } catch (...) {
    return KeepException();
  }
  return arrow::Status::OK();
}

void StreamCallbacks::OnLog(LogLevel level, const std::string& message) {
  std::lock_guard<std::mutex> lock(mutex_);
  log_.emplace_back(level, message);
}

void StreamCallbacks::DeliverLog() {
  std::vector<std::pair<LogLevel, std::string>> log;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    log.swap(log_);
  }
  if (!on_log_.is_valid()) return;
  for (const auto& [level, message] : log) TellLog(on_log_.get(), level, message);
}

void StreamCallbacks::EndReading() {
  try {
    DeliverLog();
  } catch (...) {
    (void)KeepException();
  }
}

arrow::Status StreamCallbacks::KeepException() {
  if (!cancel_.exchange(true)) raised_ = std::current_exception();
  return Stopped();
}

void StreamCallbacks::Rethrow() {
  if (raised_) std::rethrow_exception(std::exchange(raised_, nullptr));
}

void StreamCallbacks::Drop() {
  on_progress_.Reset();
  on_log_.Reset();
  raised_ = nullptr;
}

}  // namespace planish::python
