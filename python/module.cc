// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "arrow/config.h"
#include "planish/version.h"
#include "python/dataset_verbs.h"
#include "python/merge_verb.h"
#include "python/stream_verbs.h"

NB_MODULE(_planish, module) {
  module.doc() = "The engine. Use the package planish, which documents it.";
  module.attr("version") = planish::Version();
  module.attr("arrow_version") = ARROW_VERSION_STRING;
  planish::python::BindDatasetVerbs(&module);
  planish::python::BindMergeVerb(&module);
  planish::python::BindStreamVerbs(&module);
}
