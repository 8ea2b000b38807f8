// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_descriptor.h"
#include "io/file_system.h"

namespace planish {

/// Where a path leads: a name in an open directory, for the calls that end in "at".
struct EntryPlace {
  int directory = -1;  ///< open as long as this lives; or AT_FDCWD
  std::string name;
  /// Beneath a pinned directory, where links are refused, apart from `follows`.
  bool is_pinned = false;
  /// Whether a link to a file may be followed to be read.
  bool follows = false;
  std::shared_ptr<const FileDescriptor> keeps_open = nullptr;
};

/// The directories that are pinned (see FileSystem::Pin), and the way to what lies
/// beneath them. Thread-safe.
class PinnedDirectories {
 public:
  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& path,
                                                      PinDemand demand,
                                                      bool follow_file_links);

  /// For calls that name an entry: to remove, rename or make it. Errors: kMissingPath;
  /// kUnsupported, if a link is in the way.
  arrow::Result<EntryPlace> PlaceOfEntry(const std::string& path);
  /// For calls that open what is there: a pinned directory is itself.
  arrow::Result<EntryPlace> PlaceToOpen(const std::string& path);

  /// A path may lead to another directory from now on.
  void Forget(const std::string& path);
  /// Two directories have changed places, and with them what is pinned there.
  void Exchange(const std::string& one, const std::string& other);

 private:
  class Pinned;
  struct Root;
  /// The innermost pinned directory above `path`, absolute; null if there is none.
  std::shared_ptr<Root> RootAbove(const std::string& path, bool or_at) const;
  arrow::Result<EntryPlace> PlaceOf(const std::string& path, bool to_open);
  void Unpin(const std::shared_ptr<Root>& root);

  std::atomic<int> num_roots_{0};
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Root>> roots_;
};

}  // namespace planish
