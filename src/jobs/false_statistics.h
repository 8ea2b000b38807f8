// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "arrow/status.h"
#include "dataset/inventory.h"
#include "jobs/run.h"

namespace planish {

/// Reads `columns` (of the inventory's schema, data columns among them) and holds their
/// values against what the files say of them: statistics, page indexes, bloom filters. An
/// error (kVerification, with file, row group and column) for the first row group whose
/// values are not what is said. What cannot be read is passed over. For who has found
/// that a result is wrong, and asks whose fault that is.
arrow::Status CheckStatisticsAreTrue(Run* run, const Inventory& inventory,
                                     const std::vector<int>& columns);

}  // namespace planish
