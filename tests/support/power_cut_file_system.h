// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "io/forwarding_file_system.h"

namespace planish {

/// A file system that knows what would not survive a power cut: contents of files that
/// were not synced; creations, links, renames, exchanges and removals in directories that
/// were not synced. At the operation with a given index the power goes: that one and all
/// after it fail, reading ones too, and do nothing. LoseUnsynced then makes the directory
/// what a disk might hold. Without that it is what a process that died leaves behind.
/// Nothing is really synced, so it is fast. RemoveAll is as many operations as it has
/// things to remove, in the order of their names; SyncAll is one for each path, the last
/// first, as callers must not count on their order. Thread-safe.
///
/// Model: a directory's sync makes durable what was done in it, not the directory's own
/// name. A rename or exchange is atomic, and durable when either directory is synced. Of
/// what is not durable, a prefix survives.
class PowerCutFileSystem : public ForwardingFileSystem {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  /// Keeps what was removed in a directory of its own below `aside`, which must be on the
  /// same file system. Counts operations that change something, from 0.
  PowerCutFileSystem(FileSystem* files, const std::string& aside,
                     int64_t cut_at = kNever);
  ~PowerCutFileSystem() override;

  int64_t num_operations() const;
  bool is_cut() const;
  /// The operation at which the power went.
  std::string cut_operation() const;
  /// How many changes of names would be lost in the worst case.
  int64_t num_unsynced() const;

  /// Another process goes on with the same files, nothing lost, and the power goes at its
  /// operation `cut_at`.
  void Restart(int64_t cut_at);

  enum class Contents { kEmpty, kHalf, kAll };
  /// The first `names_kept` of the changes that are not durable survive, the others never
  /// were. Of bytes that were not synced, all, half or none survive. Whatever used this
  /// must be gone.
  void LoseUnsynced(int64_t names_kept, Contents contents);

  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& directory,
                                                      PinDemand demand,
                                                      PinnedLinks links) override;
  arrow::Result<FileStatus> Stat(const std::string& path) override;
  arrow::Result<FileStatus> StatLink(const std::string& path) override;
  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override;
  arrow::Result<std::shared_ptr<InputFile>> OpenInput(const std::string& path) override;
  arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(const std::string& path,
                                                          bool write_back_early) override;
  arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) override;
  arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) override;
  arrow::Status MakePrivateDirectory(const std::string& directory) override;
  arrow::Status MakeDirectory(const std::string& directory) override;
  arrow::Status MakeDirectories(const std::string& directory) override;
  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                  bool sync, const Proceed& proceed) override;
  arrow::Status Link(const std::string& from, const std::string& to) override;
  arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                               bool sync) override;
  arrow::Status CopyAccess(const std::string& from, const std::string& to) override;
  arrow::Status Rename(const std::string& from, const std::string& to) override;
  arrow::Status Exchange(const std::string& one, const std::string& other) override;
  arrow::Status RemoveFile(const std::string& path) override;
  arrow::Status RemoveDirectory(const std::string& directory) override;
  arrow::Status RemoveAll(const std::string& path) override;
  arrow::Status SyncDirectory(const std::string& directory) override;
  arrow::Status SyncAll(const std::vector<std::string>& paths) override;

  // For the files it hands out.
  /// Counts an operation; an error from the cut on.
  arrow::Status Meet(const char* operation, const std::string& path);
  void NoteContents(ino_t inode, int64_t size, bool synced);

 private:
  class Directory;
  /// A name in a directory, whatever that is called by now.
  struct Place {
    std::shared_ptr<Directory> directory;
    std::string name;
  };
  struct Change {
    std::vector<ino_t> directories;
    std::function<void()> undo;
  };
  struct UnsyncedFile {
    std::string aside;  ///< a name that it keeps
    int64_t synced = 0, size = 0;
  };

  arrow::Status CheckPower(const std::string& path) const;
  Place PlaceOf(const std::string& path);
  /// A new name to put something under that may have to come back.
  std::string Aside();
  void Note(const std::vector<Place>& places, std::function<void()> undo);
  void NoteNewFile(const std::string& path);
  void NoteNewDirectory(const std::string& path);
  arrow::Status SyncFile(const std::string& path);

  mutable std::recursive_mutex mutex_;
  std::string aside_;
  int64_t num_aside_ = 0;
  int64_t cut_at_;
  int64_t num_operations_ = 0;
  std::string cut_operation_;
  std::map<ino_t, std::shared_ptr<Directory>> directories_;
  std::vector<Change> unsynced_;
  std::map<ino_t, UnsyncedFile> files_unsynced_;
};

}  // namespace planish
