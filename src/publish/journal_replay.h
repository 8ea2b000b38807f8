// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/status.h"
#include "io/file_system.h"
#include "publish/journal.h"

namespace planish {

/// Whether everything is there that ReplayJournal needs: each file of the journal is
/// staged, whole, or in its place already, and nobody has put anything else there since.
/// Errors: kUnfinished, with the file and what to do; nothing has been changed then.
arrow::Status CheckReplay(FileSystem* fs, const std::string& dataset,
                          const Journal& journal, const Proceed& proceed);

/// Does what a committed journal says, as far as it has not been done, then removes the
/// journal and what was staged. May be interrupted anywhere and called again.
arrow::Status ReplayJournal(FileSystem* fs, const std::string& dataset,
                            const Journal& journal, bool sync);

/// Removes the hidden directory of `dataset`, if nothing is in it.
arrow::Status RemoveTransactionsDirectory(FileSystem* fs, const std::string& dataset,
                                          bool sync);

}  // namespace planish
