// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "io/file_system.h"

namespace planish {

/// Removes a directory that a process of this user made and left behind when it died:
/// one that meets `demand`, and the lock of which, at `lock_path`, nobody holds; that is
/// the directory itself, or a file in it. False if it stays: it is another user's or in
/// use, or another process is removing it.
bool RemoveStaleDirectory(FileSystem* fs, const std::string& path, PinDemand demand,
                          const std::string& lock_path);

}  // namespace planish
