// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/result.h"
#include "io/file_system.h"
#include "planish/dataset_options.h"

namespace planish {

/// An error (kUnfinished) if an input lies in a dataset whose files are of two states,
/// because a publish was interrupted after its commit.
arrow::Status CheckInputsFinished(FileSystem* fs, const DatasetOptions& dataset);

/// What an interrupted run has left in an input directory, or one that is still at it, in
/// a sentence; empty if nothing.
arrow::Result<std::string> DescribeUnfinished(FileSystem* fs,
                                              const DatasetOptions& dataset);

}  // namespace planish
