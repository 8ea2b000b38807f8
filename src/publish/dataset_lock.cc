// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_lock.h"

#include <algorithm>
#include <thread>

#include "base/error_builder.h"

namespace planish {
namespace {

/// Short against what a run takes, long against what a try takes.
constexpr std::chrono::milliseconds kPause{20};

Error Locked(FileSystem* fs, const std::string& dataset,
             std::chrono::milliseconds timeout) {
  Error error(ErrorKind::kLocked, "dataset is locked by another run");
  error.File(dataset);
  const auto holder = fs->HolderOfLock(dataset);
  if (holder.ok() && holder->has_value()) {
    const LockHolder& by = **holder;
    error.Fact("holder", "process " + std::to_string(by.process) +
                             (by.host.empty() ? "" : " on " + by.host) +
                             (by.started.empty() ? "" : ", started " + by.started));
    if (!by.user.empty()) error.Fact("user", by.user);
    if (!by.command.empty()) error.Fact("command", by.command);
  }
  if (timeout.count() > 0) {
    error.Fact("waited", std::to_string(timeout.count() / 1000) + " s");
  }
  error.Hint("run again when it is done, or wait for it with `lock_timeout`, in seconds");
  return error;
}

}  // namespace

arrow::Result<std::unique_ptr<FileLock>> LockDataset(FileSystem* fs,
                                                     const std::string& dataset,
                                                     std::chrono::milliseconds timeout,
                                                     const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(dataset));
  if (!status.exists) {
    return Error(ErrorKind::kMissingPath, "dataset not found: " + dataset)
        .Hint("check the path");
  }
  if (status.kind != EntryKind::kDirectory) {
    return Error(ErrorKind::kInvalidOption, "dataset is not a directory: " + dataset)
        .Hint("name the directory that holds the files");
  }
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto lock, fs->TryLock(dataset));
    if (lock != nullptr) return lock;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Locked(fs, dataset, timeout);
    if (proceed) ARROW_RETURN_NOT_OK(proceed());
    std::this_thread::sleep_for(std::min(left, kPause));
  }
}

}  // namespace planish
