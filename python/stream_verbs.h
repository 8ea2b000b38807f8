// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace planish::python {

/// Adds the verbs that work on streams: drop_duplicates, stream_dataset, duplicated, and
/// the class Stream that the first two give.
void BindStreamVerbs(nanobind::module_* module);

}  // namespace planish::python
