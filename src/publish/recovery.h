// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/result.h"
#include "io/file_system.h"
#include "planish/recover.h"

namespace planish {

/// What an interrupted run has left in or beside `dataset`, and what settling it would
/// do, without doing it. Does not look whether the run is still alive. Errors:
/// kUnfinished where a journal cannot be used.
arrow::Result<Recovery> FindUnfinished(FileSystem* fs, const std::string& dataset);

/// Does it: a committed transaction is completed, any other removed. The caller holds the
/// dataset's lock. Errors: kUnfinished where that cannot be done safely (nothing has been
/// changed then), or those of the file system (it may be called again).
arrow::Result<Recovery> SettleUnfinished(FileSystem* fs, const std::string& dataset,
                                         bool sync, const Proceed& proceed);

/// An error (kUnfinished) if there is a committed transaction in `dataset` that has not
/// been completed: files of it may be of either state.
arrow::Status CheckFinished(FileSystem* fs, const std::string& dataset);

}  // namespace planish
