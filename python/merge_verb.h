// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace planish::python {

/// Adds merge: it takes options and context as dicts and, unless the options name source
/// paths, a source as OpenSource does. Returns the report as JSON.
void BindMergeVerb(nanobind::module_* module);

}  // namespace planish::python
