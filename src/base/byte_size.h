// SPDX-License-Identifier: Apache-2.0
#pragma once

// Amounts as text are part of the public interface, so that every client writes them
// alike.
#include "planish/quantities.h"  // IWYU pragma: export
