// SPDX-License-Identifier: Apache-2.0
#include "io/bulk_sync.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <system_error>
#include <thread>

namespace planish {
namespace {

/// File systems with a journal commit all syncs that wait at the same time together: with
/// 16 of them 1,500 files take as long as with one syncfs, which would wait for the files
/// of other processes, too (bench/results/2026-11-28-in-place-small-files.md).
constexpr size_t kThreads = 16;

using Open = std::function<arrow::Result<FileDescriptor>(const std::string&)>;

arrow::Status SyncPath(const Open& open, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(FileDescriptor file, open(path));
  ARROW_RETURN_NOT_OK(file.Sync());
  return file.Close();
}

/// What the threads share.
class BulkSync {
 public:
  BulkSync(const std::vector<std::string>& paths, const Open& open)
      : paths_(paths), open_(open) {}

  void TakeTurns() {
    while (!failed_) {
      const size_t at = next_++;
      if (at >= paths_.size()) return;
      arrow::Status synced = SyncPath(open_, paths_[at]);
      if (synced.ok()) continue;
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failed_.exchange(true)) status_ = std::move(synced);
    }
  }

  /// When all have ended.
  const arrow::Status& status() const { return status_; }

 private:
  const std::vector<std::string>& paths_;
  const Open& open_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  arrow::Status status_;
};

}  // namespace

arrow::Status SyncInBulk(const std::vector<std::string>& paths, const Open& open) {
  BulkSync sync(paths, open);
  std::vector<std::thread> others;
  const size_t wanted = std::min(kThreads, paths.size());
  // A system that gives no more threads has it done by those that there are.
  try {
    while (others.size() + 1 < wanted) others.emplace_back([&sync] { sync.TakeTurns(); });
  } catch (const std::system_error&) {
  }
  sync.TakeTurns();
  for (std::thread& thread : others) thread.join();
  return sync.status();
}

}  // namespace planish
