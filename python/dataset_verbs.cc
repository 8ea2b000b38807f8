// SPDX-License-Identifier: Apache-2.0
#include "python/dataset_verbs.h"

#include <optional>
#include <string>
#include <utility>

#include "planish/planish.h"
#include "python/calling_thread.h"
#include "python/exceptions.h"
#include "python/fields.h"
#include "python/options.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// Callbacks of a run, which run on the calling thread.
void Attach(const Fields& fields, CallingThread* thread, RunContext* context) {
  context->cancel = thread->cancel();
  // Borrowed: the caller's dict holds them for as long as the run lasts.
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

/// Runs a verb with options and context from Python, and gives its report.
template <typename Options, typename Result>
std::string RunVerb(Options (*options_of)(const Fields&),
                    arrow::Result<Result> (*verb)(const Options&, const RunContext&),
                    const nb::dict& options, const nb::dict& context) {
  const Options read_options = options_of(Fields(options));
  const Fields context_fields(context);
  RunContext read_context = RunContextOf(context_fields);
  CallingThread thread;
  Attach(context_fields, &thread, &read_context);
  std::optional<arrow::Result<Result>> result;
  thread.Run([&] { result.emplace(verb(read_options, read_context)); });
  return ValueOrThrow(*std::move(result)).ToJson();
}

}  // namespace

void BindDatasetVerbs(nb::module_* module) {
  module->def("dedup", [](const nb::dict& options, const nb::dict& context) {
    return RunVerb(&DedupOptionsOf, &Dedup, options, context);
  });
  module->def("check", [](const nb::dict& options, const nb::dict& context) {
    return RunVerb(&CheckOptionsOf, &Check, options, context);
  });
  module->def("recover", [](const nb::dict& options) {
    return RunVerb(&RecoverOptionsOf, &Recover, options, nb::dict());
  });
  module->def("inspect", [](const nb::dict& options, const nb::dict& context) {
    return RunVerb(&DatasetOptionsOf, &Inspect, options, context);
  });
}

}  // namespace planish::python
