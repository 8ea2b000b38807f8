// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/status.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/merge.h"
#include "planish/report.h"

namespace planish {

/// Proves, before it is published, that the result at `view` is what a merge of `source`
/// into `target` was to give: merged into that once more, the source must find nothing to
/// insert, update or delete, and as many rows with its keys as there were, less those
/// deleted, plus those inserted. So no key of the source is missing that must be there,
/// none is there that must not be, none has come in twice, and rows that took values have
/// them. Rows with other keys are counted.
///
/// `matched`: rows of the target whose key the source had. `report` has what the merge
/// did. Reads all keys of both sides, whatever statistics say, and of matched rows all
/// columns that they take; the engine is the one that is not the reference. Error:
/// kVerification.
arrow::Status VerifyMerge(Run* run, const MergeOptions& options, const Inventory& target,
                          const std::shared_ptr<const Inventory>& source,
                          const std::string& view, int64_t matched, Report* report);

}  // namespace planish
