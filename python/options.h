// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "planish/planish.h"
#include "python/fields.h"

/// \file
/// Options from keyword arguments, which have the names of the fields.

namespace planish::python {

DatasetOptions DatasetOptionsOf(const Fields& fields);
DedupOptions DedupOptionsOf(const Fields& fields);
RecoverOptions RecoverOptionsOf(const Fields& fields);
RestoreOptions RestoreOptionsOf(const Fields& fields);
CheckOptions CheckOptionsOf(const Fields& fields);
/// Without callbacks and without `cancel`.
RunContext RunContextOf(const Fields& fields);

WriterOptions WriterOptionsOf(const Fields& fields);
InPlaceOptions InPlaceOptionsOf(const Fields& fields);
/// "statistics" or "nothing".
void ReadTrust(const Fields& fields, Trust* trust);
void ReadEngine(const Fields& fields, Engine* engine);

/// The optimisations that `fields` switch on or off.
Optimizations OptimizationsOf(const Fields& fields);
void ReadKeep(const Fields& fields, Keep* keep);

/// Calls `callback` as planish.Progress and a log record are made. With the GIL.
void TellProgress(nanobind::handle callback, const Progress& progress);
void TellLog(nanobind::handle callback, LogLevel level, const std::string& message);

}  // namespace planish::python
