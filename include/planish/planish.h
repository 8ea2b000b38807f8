// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Everything planish offers to C++.

#include "planish/check.h"             // IWYU pragma: export
#include "planish/dataset_options.h"   // IWYU pragma: export
#include "planish/dedup.h"             // IWYU pragma: export
#include "planish/error.h"             // IWYU pragma: export
#include "planish/error_text.h"        // IWYU pragma: export
#include "planish/in_place_options.h"  // IWYU pragma: export
#include "planish/inspect.h"           // IWYU pragma: export
#include "planish/local_path.h"        // IWYU pragma: export
#include "planish/merge.h"             // IWYU pragma: export
#include "planish/on_error.h"          // IWYU pragma: export
#include "planish/recover.h"           // IWYU pragma: export
#include "planish/report.h"            // IWYU pragma: export
#include "planish/restore.h"           // IWYU pragma: export
#include "planish/run_context.h"       // IWYU pragma: export
#include "planish/stream.h"            // IWYU pragma: export
#include "planish/version.h"           // IWYU pragma: export
#include "planish/writer_options.h"    // IWYU pragma: export
