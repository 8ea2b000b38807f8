// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "dataset/input_discovery.h"
#include "jobs/publication.h"
#include "planish/dataset_options.h"
#include "planish/in_place_options.h"
#include "planish/report.h"

namespace planish {

/// The path by which runs call a dataset that they change: normal, and with the name that
/// the directory has in its parent, even where the caller stands in it.
std::string DatasetPath(const std::string& given);

/// The dataset itself: `dataset` has one input, its directory, of which `directory_files`
/// are data. Takes its lock, settles what an interrupted run has left, notes which files
/// there are, and gives scratch its place beside it. Publish fails with kDrift if these
/// files are not the same any more. Errors: those of LockDataset, SettleUnfinished and
/// DiscoverFiles, apart from kEmptyDataset; kInvalidOption; kUnsupported for symbolic
/// links. `run` must outlive it.
arrow::Result<std::unique_ptr<Publication>> PublishInPlace(Run* run,
                                                           const DatasetOptions& dataset,
                                                           DirectoryFiles directory_files,
                                                           const InPlaceOptions& options,
                                                           PublishReport* report);

}  // namespace planish
