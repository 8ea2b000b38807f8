// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"
#include "publish/backup.h"
#include "publish/journal.h"
#include "publish/staged_files.h"

namespace planish {

struct TransactionOptions {
  /// Whether files and directories are on disk before the commit, and the commit before
  /// Commit returns.
  bool sync = true;
  /// A directory that keeps what is replaced or removed, by hard links where possible;
  /// must be new or empty, and not in the dataset. Empty: nothing is kept.
  std::string backup;
  /// Which links beneath the dataset are followed to read it (see FileSystem::Pin).
  PinnedLinks links = PinnedLinks::kRefused;
  /// Asked between steps before the commit; not after.
  Proceed proceed;
};

/// Changes files of a dataset, all or none. New files are staged in its hidden directory;
/// then one rename of a journal decides, and what the journal says is done. Whoever finds
/// the journal does the rest (see recovery.h). Going away uncommitted removes every
/// trace. The caller holds the dataset's lock (see LockDataset) all the while. The
/// dataset is pinned as long as this lives (see FileSystem::Pin), and its hidden
/// directory from files() on. Makes nothing on disk before files() is asked for. One
/// thread.
class DatasetTransaction {
 public:
  /// `dataset`: an existing directory. Errors: kOutputExists, kInvalidOption for the
  /// backup.
  static arrow::Result<std::unique_ptr<DatasetTransaction>> Make(
      FileSystem* fs, const std::string& dataset, TransactionOptions options);
  ~DatasetTransaction();
  DatasetTransaction(const DatasetTransaction&) = delete;
  DatasetTransaction& operator=(const DatasetTransaction&) = delete;

  /// Where new files are made, by their paths below the dataset. The files must be
  /// closed before Commit, which syncs them if that is wanted.
  arrow::Result<StagedFiles*> files();

  // What Commit is to do. Paths are below the dataset; `old` is the file as planned with.
  void Replace(const std::string& path, const FileIdentity& old);
  void Add(const std::string& path);
  void Remove(const std::string& path, const FileIdentity& old);

  /// Decides, and does it. `last_check`, if set, is asked when all is staged: with an
  /// error nothing happens. After an error of kind kUnfinished the decision stands, and
  /// recovery completes it; after any other the dataset is as it was.
  arrow::Status Commit(const Proceed& last_check);

 private:
  DatasetTransaction(FileSystem* fs, std::string dataset, TransactionOptions options);
  arrow::Status Seal(JournalEntry* entry);
  arrow::Status Decide();

  FileSystem* const fs_;
  const std::string dataset_;
  const TransactionOptions options_;
  Backup backup_;
  Journal journal_;
  std::unique_ptr<PinnedDirectory> dataset_pin_, hidden_pin_;
  std::optional<StagedFiles> files_;
  bool decided_ = false;
};

}  // namespace planish
