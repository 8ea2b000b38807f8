// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "io/file_system.h"
#include "publish/staged_files.h"

namespace planish {

/// A directory that comes into being complete or not at all. Files are made in a hidden
/// sibling of the target, which is locked; Publish renames that onto the target. Going
/// away unpublished removes the sibling.
class StagedDirectory {
 public:
  /// Fails with kOutputExists if `target` exists and is not an empty directory. Makes the
  /// parent directories that are missing, and removes what is stale.
  static arrow::Result<StagedDirectory> Make(FileSystem* fs, const std::string& target,
                                             bool sync);

  /// Removes siblings of `target` that processes of this user which are gone made to
  /// publish there.
  /// Returns how many. Where directories cannot be locked (NFS), all are let be.
  static int RemoveStale(FileSystem* fs, const std::string& target);

  /// What the target will hold.
  StagedFiles* files() { return &files_; }

  /// Makes everything appear. Files must be closed; with `sync` they and their
  /// directories are synced here. What cannot be made to last is
  /// taken back, so that after an error there is no target, unless even that fails.
  arrow::Status Publish();

 private:
  StagedDirectory(FileSystem* fs, std::string target, StagedFiles files,
                  std::unique_ptr<FileLock> lock, bool sync);
  void TakeBack(bool replaced_directory);

  FileSystem* fs_;
  std::string target_;
  StagedFiles files_;
  std::unique_ptr<FileLock> lock_;  ///< of the sibling; null where there are none
  bool sync_;
};

}  // namespace planish
