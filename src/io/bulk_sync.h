// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "arrow/status.h"

namespace planish {

/// FileSystem::SyncAll for local files: waits for the disk with several threads, which do
/// nothing else and end before this returns. Returns the first error that any of them
/// met.
arrow::Status SyncInBulk(const std::vector<std::string>& paths);

}  // namespace planish
