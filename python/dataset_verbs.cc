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
#include "python/run_callbacks.h"

namespace nb = nanobind;

namespace planish::python {
namespace {

/// Runs a verb with options and context from Python, and gives its report.
template <typename Options, typename Result>
std::string RunVerb(Options (*options_of)(const Fields&),
                    arrow::Result<Result> (*verb)(const Options&, const RunContext&),
                    const nb::dict& options, const nb::dict& context) {
  const Options read_options = options_of(Fields(options));
  const Fields context_fields(context);
  RunContext read_context = RunContextOf(context_fields);
  CallingThread thread;
  AttachCallbacks(context_fields, &thread, &read_context);
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
  module->def("restore", [](const nb::dict& options, const nb::dict& context) {
    return RunVerb(&RestoreOptionsOf, &Restore, options, context);
  });
  module->def("inspect", [](const nb::dict& options, const nb::dict& context) {
    return RunVerb(&DatasetOptionsOf, &Inspect, options, context);
  });
}

}  // namespace planish::python
