// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/report.h"

namespace planish {

/// Counts the files that were found but are not part of the dataset, and names them in
/// the log. Those that nobody excluded, but begin as data does, are named in warnings.
void NoteOtherFiles(Run* run, const Inventory& inventory, Report* report);

}  // namespace planish
