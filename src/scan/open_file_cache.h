// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "dataset/inventory.h"
#include "format/parquet_file.h"
#include "io/file_system.h"

namespace planish {

/// Files of an inventory that are open: those in use, and a few that were used last,
/// because row groups of a file are usually read one after the other. Thread-safe.
class OpenFileCache {
 public:
  /// `max_idle_files` bounds the files kept open without being in use.
  OpenFileCache(FileSystem* fs, std::shared_ptr<const Inventory> inventory,
                size_t max_idle_files, arrow::MemoryPool* pool)
      : fs_(fs),
        inventory_(std::move(inventory)),
        max_idle_files_(max_idle_files),
        pool_(pool) {}

  /// The file, opened by the first to ask. It stays open while the result lives, which
  /// must not be longer than this object. Errors: those of OpenDataFile; the next call
  /// tries again.
  arrow::Result<std::shared_ptr<const ParquetFile>> Get(int file);

  /// Bytes read from files in the cache and from those that have left it.
  int64_t bytes_read() const;
  /// Files that are open because they are in the cache.
  size_t num_cached() const;

 private:
  struct OpenFile {
    OpenFile(int file_index, std::atomic<int64_t>* bytes_of_closed_files)
        : index(file_index), bytes_of_closed(bytes_of_closed_files) {}
    ~OpenFile() {
      if (parquet != nullptr) *bytes_of_closed += parquet->input().bytes_read();
    }

    const int index;
    std::atomic<int64_t>* const bytes_of_closed;
    std::mutex opening;  ///< held while `parquet` is set
    std::shared_ptr<ParquetFile> parquet;
  };

  std::shared_ptr<OpenFile> Entry(int file);
  void CloseIdleFiles();

  FileSystem* const fs_;
  const std::shared_ptr<const Inventory> inventory_;
  const size_t max_idle_files_;
  arrow::MemoryPool* const pool_;
  std::atomic<int64_t> bytes_of_closed_{0};
  mutable std::mutex mutex_;
  /// Used last first. A handful: searched by looking.
  std::list<std::shared_ptr<OpenFile>> files_;
};

}  // namespace planish
