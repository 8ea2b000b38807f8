// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "base/error_builder.h"
#include "io/file_descriptor.h"
#include "io/file_system.h"

namespace planish {

/// Where a path leads: a name in an open directory, for the calls that end in "at".
struct EntryPlace {
  int directory = -1;  ///< open as long as this lives; or AT_FDCWD
  std::string name;
  bool is_pinned = false;  ///< beneath a pinned directory, where links are refused
  std::shared_ptr<const FileDescriptor> keeps_open = nullptr;
};

/// The error for a link that is not followed.
Error LinkInTheWay(const std::string& path);

/// The directories that are pinned (see FileSystem::Pin), and the way to what lies
/// beneath them. Thread-safe.
class PinnedDirectories {
 public:
  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& path,
                                                      PinDemand demand,
                                                      PinnedLinks links);

  /// For calls that name an entry: to remove, rename or make it. Errors: kMissingPath;
  /// kUnsupported, if a link is in the way.
  arrow::Result<EntryPlace> PlaceOfEntry(const std::string& path);
  /// For calls that open what is there: a pinned directory is itself.
  arrow::Result<EntryPlace> PlaceToOpen(const std::string& path);

  /// Opens a file to read it where the other two have met a link, as far as links are
  /// followed. Errors: kUnsupported, if they are not.
  arrow::Result<FileDescriptor> OpenThroughLink(const std::string& path, int flags);

  /// A path may lead to another directory from now on.
  void Forget(const std::string& path);
  /// Two directories have changed places, and with them what is pinned there.
  void Exchange(const std::string& one, const std::string& other);

 private:
  class Pinned;
  struct Root;
  using Roots = std::vector<std::shared_ptr<Root>>;

  /// Those above `path`, which is absolute, or at it, innermost first.
  Roots RootsAbove(const std::string& path, bool or_at) const;
  /// The directory of a root, opened anew if it was closed for the sake of others.
  arrow::Result<std::shared_ptr<const FileDescriptor>> Opened(Root* root);
  void CloseOldest();
  void CloseKept();
  arrow::Result<EntryPlace> PlaceOf(const std::string& path, bool to_open);
  void Unpin(const std::shared_ptr<Root>& root);

  std::atomic<int> num_roots_{0};
  mutable std::mutex mutex_;
  std::map<std::string, Roots, std::less<>> roots_;  ///< by absolute path
  size_t num_open_ = 0;                              ///< of the roots
  size_t num_kept_ = 0;                              ///< of directories in them
  int64_t clock_ = 0;
};

}  // namespace planish
