// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/result.h"
#include "jobs/publication.h"
#include "planish/dataset_options.h"
#include "planish/in_place_options.h"
#include "planish/report.h"

namespace planish {

/// The dataset itself: `dataset` has one input, its directory. Takes its lock, settles
/// what an interrupted run has left, notes which files there are, and gives scratch its
/// place beside it. Publish fails with kDrift if these files are not the same any more.
/// Errors: those of LockDataset and SettleUnfinished; kInvalidOption; kUnsupported for
/// symbolic links. `run` must outlive it.
arrow::Result<std::unique_ptr<Publication>> PublishInPlace(Run* run,
                                                           const DatasetOptions& dataset,
                                                           const InPlaceOptions& options,
                                                           PublishReport* report);

}  // namespace planish
