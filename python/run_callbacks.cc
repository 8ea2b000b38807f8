// SPDX-License-Identifier: Apache-2.0
#include "python/run_callbacks.h"

#include <string>

#include "python/options.h"

namespace nb = nanobind;

namespace planish::python {

void AttachCallbacks(const Fields& fields, CallingThread* thread, RunContext* context) {
  context->cancel = thread->cancel();
  nb::object on_progress, on_log;
  fields.Read("on_progress", &on_progress);
  fields.Read("on_log", &on_log);
  if (on_progress.is_valid()) {
    const nb::handle callback = on_progress;
    context->on_progress = [thread, callback](const Progress& progress) {
      return thread->Call([&] { TellProgress(callback, progress); });
    };
  }
  if (on_log.is_valid()) {
    const nb::handle callback = on_log;
    context->on_log = [thread, callback](LogLevel level, const std::string& message) {
      // What it raises ends the run at the next chunk.
      (void)thread->Call([&] { TellLog(callback, level, message); });
    };
  }
}

}  // namespace planish::python
