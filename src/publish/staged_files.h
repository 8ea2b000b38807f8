// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// For files that are staged below a dataset. Not all readers pass over hidden
/// directories: DuckDB's globs do not, but they do go by how names end.
inline constexpr char kStagedSuffix[] = ".staged";

/// `path` with `suffix`; its last name is shortened where it would be longer than file
/// systems take, and then told apart by a checksum.
std::string StagedName(const std::string& path, const std::string& suffix);

/// A directory in which files are made before they are published. Going away removes it
/// and all in it, unless it was released. One thread, except that prepared paths may be
/// written by any.
class StagedFiles {
 public:
  /// `directory` must not exist; its parent must. Only this user may enter it if
  /// `is_private`. `suffix` is put behind the names of files. It stays pinned (see
  /// FileSystem::Pin) as long as this lives.
  static arrow::Result<StagedFiles> Make(FileSystem* fs, std::string directory,
                                         bool is_private, std::string suffix = "");

  StagedFiles(StagedFiles&& other) noexcept;
  StagedFiles& operator=(StagedFiles&&) = delete;
  ~StagedFiles();

  /// Where the file that will be `relative_path` is to be written; its directory exists
  /// on return.
  arrow::Result<std::string> Prepare(const std::string& relative_path);
  /// The same for a name of what is not written there: of a directory, or of a file that
  /// has been there before and gets a second name.
  arrow::Result<std::string> PrepareName(const std::string& relative_path);

  /// Starts over: removes all that has been written, except what is in a directory
  /// .planish. Files must be closed.
  arrow::Status Clear();

  /// Makes all that has been prepared durable: files, which must be closed, their
  /// attributes, and the names of files and directories, but not its own. `proceed`, if
  /// set, is asked in between.
  arrow::Status Sync(const Proceed& proceed);

  /// From here on somebody else sees to the directory; or, if `released` is false, this
  /// does again.
  void Release(bool released = true) { released_ = released; }

  const std::string& directory() const { return path_; }
  /// Where the file is that will be `relative_path`.
  std::string PathOf(const std::string& relative_path) const;

 private:
  StagedFiles(FileSystem* fs, std::string path, bool is_private, std::string suffix);
  arrow::Status MakeRoot();

  FileSystem* fs_;
  std::string path_;
  bool is_private_;
  std::string suffix_;
  bool released_ = true;
  std::unique_ptr<PinnedDirectory> pin_;
  std::set<std::string> directories_, prepared_;
};

/// Removes a directory of staged files. What is in its .planish goes last: by that it is
/// known for what it is when this is interrupted.
arrow::Status RemoveStaged(FileSystem* fs, const std::string& directory);

/// FileSystem::SyncAll for any number of paths, with `proceed`, if set, in between.
arrow::Status SyncInSteps(FileSystem* fs, const std::vector<std::string>& paths,
                          const Proceed& proceed);

/// "19834-k2j4h5g6": unique among processes by the pid and within one by the rest.
std::string UniqueSuffix();

}  // namespace planish
