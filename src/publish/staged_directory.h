// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/result.h"
#include "io/file_system.h"
#include "publish/staged_files.h"

namespace planish {

/// A directory that comes into being complete or not at all. Files are made in a hidden
/// sibling of the target; Publish renames that onto the target. Going away unpublished
/// removes the sibling.
class StagedDirectory {
 public:
  /// Fails with kOutputExists if `target` exists and is not an empty directory. Makes the
  /// parent directories that are missing.
  static arrow::Result<StagedDirectory> Make(FileSystem* fs, const std::string& target,
                                             bool sync);

  /// What the target will hold.
  StagedFiles* files() { return &files_; }

  /// Makes everything appear. Files must be closed and, if wanted, synced by their
  /// writers; with `sync` the directories are synced here. What cannot be made to last is
  /// taken back, so that after an error there is no target, unless even that fails.
  arrow::Status Publish();

 private:
  StagedDirectory(FileSystem* fs, std::string target, StagedFiles files, bool sync);
  void TakeBack(bool replaced_directory);

  FileSystem* fs_;
  std::string target_;
  StagedFiles files_;
  bool sync_;
};

}  // namespace planish
