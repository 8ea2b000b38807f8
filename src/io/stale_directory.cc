// SPDX-License-Identifier: Apache-2.0
#include "io/stale_directory.h"

#include <utility>

#include "planish/error.h"

namespace planish {
namespace {

/// Appended to a directory that is about to be removed.
constexpr const char* kDoomed = ".removed";

bool IsMissing(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr && detail->kind == ErrorKind::kMissingPath;
}

}  // namespace

bool RemoveStaleDirectory(FileSystem* fs, const std::string& path, PinDemand demand,
                          const std::string& lock_path) {
  auto pin = fs->Pin(path, demand);
  if (!pin.ok()) return false;
  auto lock = fs->TryLock(lock_path);
  // Without a file to lock, its process died before it made one, or is about to.
  if (!lock.ok() && !IsMissing(lock.status())) return false;
  if (lock.ok() && *lock == nullptr) return false;
  // Renamed first: a process that has just made this directory and not locked it yet then
  // finds that out, instead of losing a directory that it believes to own.
  std::string doomed = path;
  if (!path.ends_with(kDoomed)) {
    doomed += kDoomed;
    if (!fs->Rename(path, doomed).ok()) return false;
  }
  if (lock.ok()) lock->reset();
  // In a shared directory the name may be somebody else's by now.
  auto again = fs->Pin(doomed, demand);
  return again.ok() && fs->RemoveAll(doomed).ok();
}

}  // namespace planish
