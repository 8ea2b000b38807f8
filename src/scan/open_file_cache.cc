// SPDX-License-Identifier: Apache-2.0
#include "scan/open_file_cache.h"

#include <algorithm>

namespace planish {

std::shared_ptr<OpenFileCache::OpenFile> OpenFileCache::Entry(int file) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      files_, [&](const auto& entry) { return entry->index == file; });
  if (found == files_.end()) {
    files_.push_front(std::make_shared<OpenFile>(file, &bytes_of_closed_));
  } else {
    files_.splice(files_.begin(), files_, found);
  }
  // Held until its user is done, so that it is not idle.
  std::shared_ptr<OpenFile> entry = files_.front();
  CloseIdleFiles();
  return entry;
}

void OpenFileCache::CloseIdleFiles() {
  size_t idle = 0;
  for (auto it = files_.begin(); it != files_.end();) {
    const bool is_idle = it->use_count() == 1;
    it = is_idle && ++idle > max_idle_files_ ? files_.erase(it) : std::next(it);
  }
}

arrow::Result<std::shared_ptr<const ParquetFile>> OpenFileCache::Get(int file) {
  std::shared_ptr<OpenFile> entry = Entry(file);
  const std::lock_guard lock(entry->opening);
  if (entry->parquet == nullptr) {
    ARROW_ASSIGN_OR_RAISE(entry->parquet,
                          OpenDataFile(fs_, inventory_->files()[file], pool_));
  }
  const ParquetFile* parquet = entry->parquet.get();
  return std::shared_ptr<const ParquetFile>(std::move(entry), parquet);
}

int64_t OpenFileCache::bytes_read() const {
  const std::lock_guard lock(mutex_);
  int64_t bytes = bytes_of_closed_;
  for (const auto& entry : files_) {
    const std::lock_guard entry_lock(entry->opening);
    if (entry->parquet != nullptr) bytes += entry->parquet->input().bytes_read();
  }
  return bytes;
}

size_t OpenFileCache::num_cached() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

}  // namespace planish
