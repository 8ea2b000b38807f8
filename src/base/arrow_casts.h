// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/status.h"

namespace planish {

/// Makes all of Arrow's casts known to its registry. To be called before the first cast,
/// any number of times. Arrow's core has casts, takes and filters, which is all that
/// planish needs; where Arrow was built with its compute library, that library has to be
/// told to add itself.
arrow::Status RegisterCasts();

}  // namespace planish
