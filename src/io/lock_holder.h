// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "io/file_system.h"

namespace planish {

/// The process that holds the advisory lock (flock) of a file, from /proc/locks; nothing
/// where there is no such file or no such lock.
std::optional<LockHolder> FindLockHolder(dev_t device, ino_t inode);

}  // namespace planish
