// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace planish::python {

/// Adds the verbs that work on files: dedup, check, inspect, recover. Each takes its
/// options and its context as dicts, and returns the report as JSON.
void BindDatasetVerbs(nanobind::module_* module);

}  // namespace planish::python
