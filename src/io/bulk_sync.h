// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_descriptor.h"

namespace planish {

/// FileSystem::SyncAll for files that `open` opens, from any thread: waits for the disk
/// with several threads, which do nothing else and end before this returns. Returns the
/// first error that any of them met.
arrow::Status SyncInBulk(
    const std::vector<std::string>& paths,
    const std::function<arrow::Result<FileDescriptor>(const std::string&)>& open);

}  // namespace planish
