// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "arrow/status.h"
#include "io/file_system.h"

namespace planish {

/// A directory that keeps the files of a dataset that are replaced or removed.
class Backup {
 public:
  /// With an empty `directory` nothing is kept, and nothing is done.
  Backup(FileSystem* fs, std::string dataset, std::string directory, bool sync);

  bool wanted() const { return !directory_.empty(); }

  /// Errors: kInvalidOption if it lies in the dataset, kOutputExists unless it is new or
  /// empty.
  arrow::Status Check() const;
  /// kUnsupported unless it will be on the dataset's file system.
  arrow::Status CheckSameFileSystem() const;

  /// Keeps these files, by their paths below the dataset: by hard links where possible.
  arrow::Status Keep(const std::vector<std::string>& paths, const Proceed& proceed);

  /// For Adopt: makes the directories above it that are missing.
  arrow::Status PrepareParent();
  /// Becomes `directory`, by a rename.
  arrow::Status Adopt(const std::string& directory);

  /// Undoes what the others have done, Adopt excepted.
  void Drop();

 private:
  /// The nearest directory above it that is there.
  arrow::Result<std::string> ExistingParent() const;
  arrow::Status MakeMissing(const std::string& directory);
  arrow::Status KeepFile(const std::string& path, const Proceed& proceed);
  arrow::Status SyncParents() const;

  FileSystem* const fs_;
  const std::string dataset_, directory_;
  const bool sync_;
  std::unique_ptr<PinnedDirectory> pin_;
  bool touched_ = false, was_there_ = false;
  /// Directories that were made, itself and those above it, inner ones first.
  std::vector<std::string> made_;
  /// Of those in it.
  std::set<std::string> inner_;
  /// Files that could not be linked.
  std::vector<std::string> copied_;
};

}  // namespace planish
