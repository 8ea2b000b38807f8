// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// Takes the lock that everything holds which writes into `dataset`, a directory; it goes
/// with the result, or with the process. Tries again until `timeout` is over, asking
/// `proceed`, if set, in between. Errors: kLocked, which names the holder as far as the
/// system tells; kUnsupported; kMissingPath.
arrow::Result<std::unique_ptr<FileLock>> LockDataset(FileSystem* fs,
                                                     const std::string& dataset,
                                                     std::chrono::milliseconds timeout,
                                                     const Proceed& proceed);

}  // namespace planish
