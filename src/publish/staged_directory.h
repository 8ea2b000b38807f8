// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// A directory that comes into being complete or not at all. Files are made in a hidden
/// sibling of the target; Publish renames that onto the target. Going away unpublished
/// removes the sibling. One thread, except that prepared paths may be written by any.
class StagedDirectory {
 public:
  /// Fails with kOutputExists if `target` exists and is not an empty directory. Makes the
  /// parent directories that are missing.
  static arrow::Result<StagedDirectory> Make(FileSystem* fs, const std::string& target,
                                             bool sync);

  StagedDirectory(StagedDirectory&& other) noexcept;
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();

  /// Where the file that will be `relative_path` in the target is to be written; its
  /// directory exists on return.
  arrow::Result<std::string> Prepare(const std::string& relative_path);

  /// Starts over: removes all that has been written. Files must be closed.
  arrow::Status Clear();

  /// The staging directory itself.
  const std::string& path() const { return staging_; }

  /// Makes everything appear. Files must be closed and, if wanted, synced by their
  /// writers; with `sync` the directories are synced here. What cannot be made to last is
  /// taken back, so that after an error there is no target, unless even that fails.
  arrow::Status Publish();

 private:
  StagedDirectory(FileSystem* fs, std::string target, std::string staging, bool sync);
  void TakeBack(bool replaced_directory);

  FileSystem* fs_;
  std::string target_, staging_;
  bool sync_;
  bool pending_ = true;
  std::set<std::string> directories_;
};

}  // namespace planish
