// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file.h"

namespace planish {

enum class EntryKind { kFile, kDirectory, kOther };

struct DirectoryEntry {
  std::string name;
  /// Of what a symbolic link leads to. One that leads nowhere counts as a file, so that
  /// opening it says what is wrong.
  EntryKind kind = EntryKind::kOther;
  bool is_link = false;  ///< a symbolic link
};

/// What identifies one state of a file.
struct FileIdentity {
  int64_t size = 0;
  int64_t modified_nanoseconds = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

struct FileStatus {
  bool exists = false;
  EntryKind kind = EntryKind::kOther;
  bool is_link = false;  ///< told by StatLink alone
  FileIdentity identity;
  uint64_t device = 0;  ///< of the file system it lies on
  uint32_t owner = 0;   ///< a user's number
};

/// The process that holds a lock, as far as the system tells.
struct LockHolder {
  int64_t process = 0;
  std::string host;
  std::string started;  ///< in UTC, as in 2026-11-22T21:05:09Z; empty if not known
  std::string user;     ///< name and number; empty if not known
  std::string command;  ///< what it was started as, shortened; empty if not known
};

/// What a directory must be for FileSystem::Pin.
enum class PinDemand {
  kNone,     ///< any directory; one that a user named, so a link to one is fine
  kNoLink,   ///< not a symbolic link
  kOwned,    ///< and it belongs to the effective user
  kPrivate,  ///< and nobody else may write into it
};

/// Which symbolic links beneath a pinned directory are followed to read a file.
enum class PinnedLinks {
  kRefused,   ///< none
  kWithin,    ///< those that lead to files in the directory
  kFollowed,  ///< all
};

/// See FileSystem::Pin.
class PinnedDirectory {
 public:
  virtual ~PinnedDirectory() = default;
};

/// The seam through which planish touches files. Whoever may write into a directory may
/// exchange what is in it at any time; so nothing here that writes, renames or removes
/// follows a symbolic link at the end of a path, and none at all beneath a pinned
/// directory. Thread-safe. Errors carry an ErrorDetail
/// with the path and a kind (kMissingPath, kPermission, kDiskFull, kOutputExists, kIo).
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Opens a directory, checks it, and has all paths below it lead into that very
  /// directory as long as the result lives, for all of the process: whatever takes its
  /// place meanwhile, and no symbolic link on the way is followed but by Stat and List,
  /// and, to read a file, as `links` says. Of several pinned directories that a path is
  /// in the innermost counts, and of their `links` what allows most. Exchange exchanges
  /// pinned directories, too. Errors: kPermission, which says whose the directory is;
  /// kUnsupported for a link or a file.
  virtual arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(
      const std::string& directory, PinDemand demand,
      PinnedLinks links = PinnedLinks::kRefused) = 0;
  /// Follows symbolic links. That nothing is there is not an error.
  virtual arrow::Result<FileStatus> Stat(const std::string& path) = 0;
  /// The same for what is at `path` itself, symbolic link or not.
  virtual arrow::Result<FileStatus> StatLink(const std::string& path) = 0;
  /// Entries in no particular order, without "." and "..".
  virtual arrow::Result<std::vector<DirectoryEntry>> List(
      const std::string& directory) = 0;
  /// Opens a regular file.
  virtual arrow::Result<std::shared_ptr<InputFile>> OpenInput(
      const std::string& path) = 0;
  /// Fails if the file exists. With `write_back_early` the system begins to write to disk
  /// what was appended a while ago, so that a Sync at the end has little left to wait
  /// for.
  virtual arrow::Result<std::unique_ptr<OutputFile>> CreateOutput(
      const std::string& path, bool write_back_early = false) = 0;
  /// Fails if the file exists. Only this user may read or write it.
  virtual arrow::Result<std::unique_ptr<UpdateFile>> CreateUpdate(
      const std::string& path) = 0;
  /// Locks a directory, or a file, which must be there and not a link; null if another
  /// holds its lock, or if it went or was replaced while it was being locked. A file
  /// system without such locks gives kUnsupported.
  virtual arrow::Result<std::unique_ptr<FileLock>> TryLock(const std::string& path) = 0;
  /// Who holds the lock of a file or directory; nothing if nobody does, or if the system
  /// does not tell.
  virtual arrow::Result<std::optional<LockHolder>> HolderOfLock(
      const std::string& path) = 0;
  /// Makes one directory that only this user may enter. Fails if it exists.
  virtual arrow::Status MakePrivateDirectory(const std::string& directory) = 0;
  /// Makes one directory that others may enter as the process's mask says. Fails if
  /// anything is there.
  virtual arrow::Status MakeDirectory(const std::string& directory) = 0;
  /// Makes the directory and those above it; fine if it exists.
  virtual arrow::Status MakeDirectories(const std::string& directory) = 0;
  /// Copies a whole file to a new path: reflink where the file system can, else a kernel
  /// copy, in steps with `proceed`, if set, between them. Returns the bytes copied. Fails
  /// if the file exists; leaves none behind when it fails.
  virtual arrow::Result<int64_t> CopyFile(const std::string& from, const std::string& to,
                                          bool sync, const Proceed& proceed) = 0;
  /// Gives a file a second name. Fails if `to` exists, and with kUnsupported where one
  /// file system cannot: another one, or one without hard links.
  virtual arrow::Status Link(const std::string& from, const std::string& to) = 0;
  /// Gives a file or directory the permissions, owner, group and extended attributes of
  /// another; with `sync` they are on disk on return. What only a privileged user may
  /// give is kPermission, unless it is the same already.
  virtual arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                                       bool sync) = 0;
  /// Gives a new file the permissions, owner and group of another. Where only a
  /// privileged user may give owner or group, the file stays this user's, and nobody else
  /// may do more with it than with the other.
  virtual arrow::Status CopyAccess(const std::string& from, const std::string& to) = 0;
  /// Atomic; replaces an empty directory or a file at `to`.
  virtual arrow::Status Rename(const std::string& from, const std::string& to) = 0;
  /// Two files or directories change places, atomically. kUnsupported where the file
  /// system cannot.
  virtual arrow::Status Exchange(const std::string& one, const std::string& other) = 0;
  virtual arrow::Status RemoveFile(const std::string& path) = 0;
  /// Fails if the directory is not empty.
  virtual arrow::Status RemoveDirectory(const std::string& directory) = 0;
  /// Removes a directory and what is in it, not what symbolic links lead to; fine if it
  /// does not exist.
  virtual arrow::Status RemoveAll(const std::string& path) = 0;
  /// Makes entries of a directory (creations, renames) durable.
  virtual arrow::Status SyncDirectory(const std::string& directory) = 0;
  /// Makes contents and attributes of files, and entries of directories, durable: many at
  /// once, in no particular order. After an error any of them may be durable.
  virtual arrow::Status SyncAll(const std::vector<std::string>& paths) = 0;
  /// What this user may still write on the file system that `path` lies on.
  virtual arrow::Result<int64_t> FreeBytes(const std::string& path) = 0;
};

/// The machine's own files, or what a FileSystemOverride has put in their place. Never
/// destroyed.
FileSystem* LocalFileSystem();

/// For tests: while it lives, LocalFileSystem() returns `files`. One at a time; no run
/// may begin or end beside it.
class FileSystemOverride {
 public:
  explicit FileSystemOverride(FileSystem* files);
  ~FileSystemOverride();
  FileSystemOverride(const FileSystemOverride&) = delete;
  FileSystemOverride& operator=(const FileSystemOverride&) = delete;
};

}  // namespace planish
