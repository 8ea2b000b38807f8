// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "planish/run_context.h"
#include "python/calling_thread.h"
#include "python/fields.h"

namespace planish::python {

/// Makes `context` call the callbacks that `fields` name on the calling thread, and hear
/// of what is raised there. They must outlive the run, as the caller's dict does.
void AttachCallbacks(const Fields& fields, CallingThread* thread, RunContext* context);

}  // namespace planish::python
