// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"
#include "publish/backup.h"
#include "publish/dataset_transaction.h"
#include "publish/staged_files.h"

namespace planish {

/// Replaces a dataset's directory by another in one step. The new one is made beside it,
/// under a hidden name; it shares the files that stay by hard links. Then the two change
/// places, and the old one goes. Who has opened the directory before sees the old dataset
/// whole, for as long as that is kept (see TransactionOptions::backup); who opens it
/// after, the new one. Going away unpublished removes every trace. The caller holds the
/// dataset's lock. The dataset is pinned as long as this lives (see FileSystem::Pin).
/// Makes nothing on disk before files() is asked for. One thread.
class DatasetSwap {
 public:
  /// `dataset`: an existing directory. With a backup, the old directory itself becomes
  /// it, so it must be on the same file system.
  static arrow::Result<std::unique_ptr<DatasetSwap>> Make(FileSystem* fs,
                                                          const std::string& dataset,
                                                          TransactionOptions options);
  ~DatasetSwap();
  DatasetSwap(const DatasetSwap&) = delete;
  DatasetSwap& operator=(const DatasetSwap&) = delete;

  /// Where the files of the new directory are made that differ from the old one.
  arrow::Result<StagedFiles*> files();

  // As in DatasetTransaction. What none of them names stays.
  void Replace(const std::string& path);
  void Add(const std::string& path);
  void Remove(const std::string& path);

  /// As DatasetTransaction::Commit. kUnsupported, if the file system has no hard links or
  /// no exchange.
  arrow::Status Commit(const Proceed& last_check);

 private:
  DatasetSwap(FileSystem* fs, std::string dataset, TransactionOptions options);
  arrow::Status Mark();
  arrow::Status TakeOver(const std::string& directory);
  arrow::Status Finish();

  FileSystem* const fs_;
  const std::string dataset_;
  const TransactionOptions options_;
  Backup backup_;
  const std::string name_;  ///< of the new directory, while it is beside the old one
  std::unique_ptr<PinnedDirectory> dataset_pin_;
  std::optional<StagedFiles> files_;
  std::set<std::string> replaced_, removed_;
  bool changes_ = false;
  bool swapped_ = false;
};

// What tells a directory that was made to be swapped in, for recovery: a file in its
// hidden directory. Its text names the directory, and whether the other is to be kept.
std::string SwapMarkerPath(const std::string& dataset);
std::string SwapMarkerText(const std::string& name, bool keep);
/// Paths of the directories beside `dataset` that bear the name of one to be swapped in.
arrow::Result<std::vector<std::string>> FindSwapDirectories(FileSystem* fs,
                                                            const std::string& dataset);

}  // namespace planish
