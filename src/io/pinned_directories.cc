// SPDX-License-Identifier: Apache-2.0
#include "io/pinned_directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/fsuid.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error_builder.h"
#include "io/beneath.h"
#include "io/system_error.h"
#include "io/user_names.h"

namespace planish {
namespace {

/// Of directories in those that are pinned, which stay open for the next call.
constexpr size_t kMostKeptOpen = 64;

/// Pinned directories that are open at once: a run may have thousands of inputs. The
/// others are opened anew, and must be the same then.
constexpr size_t kMostOpen = 128;

/// Absolute, without "." and "//", and without ".." where the way to it is known.
std::string Absolute(const std::string& path) {
  std::string out;
  if (!path.starts_with('/')) {
    char current[4096] = {};
    if (getcwd(current, sizeof(current)) == nullptr) return path;
    out = current;
    if (out == "/") out.clear();
  }
  // What is above the current directory has no links in it: getcwd names it so.
  bool is_known = !path.starts_with('/');
  std::string_view rest = path;
  while (!rest.empty()) {
    const size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (name.empty() || name == ".") continue;
    if (name == ".." && is_known) {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      continue;
    }
    is_known = false;
    out += '/';
    out += name;
  }
  return out.empty() ? "/" : out;
}

bool IsBelow(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

bool HasDotDot(std::string_view path) {
  return path == ".." || path.starts_with("../") || path.ends_with("/..") ||
         path.find("/../") != std::string_view::npos;
}

/// Whose rights file accesses of this thread have.
uid_t CurrentUser() {
#ifdef __linux__
  // No user has this number, so it asks only.
  return static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1)));
#else
  return geteuid();
#endif
}

std::string Permissions(mode_t mode) {
  char text[8] = {};
  std::snprintf(text, sizeof(text), "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

arrow::Status CheckDemand(const FileDescriptor& directory, PinDemand demand) {
  if (demand == PinDemand::kNone || demand == PinDemand::kNoLink) {
    return arrow::Status::OK();
  }
  struct stat status = {};
  if (fstat(directory.number(), &status) != 0) {
    return SystemError(errno, "cannot look up", directory.path());
  }
  const bool owned = status.st_uid == CurrentUser();
  const bool is_private = (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (owned && (is_private || demand == PinDemand::kOwned)) return arrow::Status::OK();
  return Error(ErrorKind::kPermission,
               owned ? "others may write into a directory that planish has to trust"
                     : "a directory that planish has to trust belongs to another user")
      .File(directory.path())
      .Fact("owner", UserName(status.st_uid))
      .Fact("permissions", Permissions(status.st_mode))
      .Fact("this user", UserName(CurrentUser()))
      .Hint(owned ? "if nobody else has put anything there: chmod go-w that directory; "
                    "else move it away"
                  : "settle it as its owner (planish recover), or, if its owner is not "
                    "trusted, move it away; nothing in it was used");
}

}  // namespace

Error LinkInTheWay(const std::string& path) {
  return Error(ErrorKind::kUnsupported,
               "symbolic link in a directory that planish works in")
      .File(path)
      .Hint("remove it if nobody meant it; else `allow_symlinks` has it followed");
}

struct PinnedDirectories::Root {
  std::string path;   ///< absolute
  std::string given;  ///< as it was named, for errors
  uint64_t device = 0, inode = 0;
  /// Null while it is closed.
  std::shared_ptr<const FileDescriptor> directory;
  PinDemand demand = PinDemand::kNone;
  PinnedLinks links = PinnedLinks::kRefused;
  int64_t last_used = 0;
  /// By their paths below this.
  std::map<std::string, std::shared_ptr<const FileDescriptor>, std::less<>> kept_open;
};

class PinnedDirectories::Pinned : public PinnedDirectory {
 public:
  Pinned(PinnedDirectories* all, std::shared_ptr<Root> root)
      : all_(all), root_(std::move(root)) {}
  ~Pinned() override { all_->Unpin(root_); }

 private:
  PinnedDirectories* const all_;
  const std::shared_ptr<Root> root_;
};

arrow::Result<std::unique_ptr<PinnedDirectory>> PinnedDirectories::Pin(
    const std::string& path, PinDemand demand, PinnedLinks links) {
  ARROW_ASSIGN_OR_RAISE(const EntryPlace place, PlaceOf(path, /*to_open=*/false));
  const bool named = demand == PinDemand::kNone && !place.is_pinned;
  auto opened =
      FileDescriptor::OpenAt(place.directory, place.name, path,
                             O_RDONLY | O_DIRECTORY | (named ? 0 : O_NOFOLLOW), 0);
  const ErrorDetail* detail = GetErrorDetail(opened.status());
  if (detail != nullptr &&
      (detail->system_error == ENOTDIR || detail->system_error == ELOOP)) {
    return Error(ErrorKind::kUnsupported, "not a directory of planish's: " + path)
        .File(path)
        .Hint("move it away: planish needs that name for what is on its way");
  }
  ARROW_ASSIGN_OR_RAISE(FileDescriptor directory, std::move(opened));
  ARROW_RETURN_NOT_OK(CheckDemand(directory, demand));
  struct stat status = {};
  if (fstat(directory.number(), &status) != 0) {
    return SystemError(errno, "cannot look up", path);
  }
  auto root = std::make_shared<Root>();
  root->path = Absolute(path);
  root->given = path;
  root->device = status.st_dev;
  root->inode = status.st_ino;
  root->directory = std::make_shared<const FileDescriptor>(std::move(directory));
  root->demand = demand;
  root->links = links;
  const std::lock_guard<std::mutex> lock(mutex_);
  root->last_used = ++clock_;
  roots_[root->path].push_back(root);
  ++num_roots_;
  if (++num_open_ > kMostOpen) CloseOldest();
  return std::make_unique<Pinned>(this, std::move(root));
}

void PinnedDirectories::Unpin(const std::shared_ptr<Root>& root) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = roots_.find(root->path);
  if (at == roots_.end()) return;
  num_roots_ -= static_cast<int>(std::erase(at->second, root));
  if (at->second.empty()) roots_.erase(at);
  num_open_ -= root->directory != nullptr ? 1 : 0;
  num_kept_ -= root->kept_open.size();
}

PinnedDirectories::Roots PinnedDirectories::RootsAbove(const std::string& path,
                                                       bool or_at) const {
  Roots found;
  std::string_view above = path;
  while (true) {
    if (or_at || above.size() < path.size()) {
      const auto at = roots_.find(above);
      if (at != roots_.end()) {
        found.insert(found.end(), at->second.rbegin(), at->second.rend());
      }
    }
    const size_t slash = above.rfind('/');
    if (above.size() <= 1 || slash == std::string_view::npos) return found;
    above = above.substr(0, std::max<size_t>(slash, 1));
  }
}

arrow::Result<std::shared_ptr<const FileDescriptor>> PinnedDirectories::Opened(
    Root* root) {
  root->last_used = ++clock_;
  if (root->directory != nullptr) return root->directory;
  ARROW_ASSIGN_OR_RAISE(FileDescriptor directory,
                        FileDescriptor::Open(root->path, O_RDONLY | O_DIRECTORY));
  struct stat status = {};
  if (fstat(directory.number(), &status) != 0) {
    return SystemError(errno, "cannot look up", root->given);
  }
  if (status.st_dev != root->device || status.st_ino != root->inode) {
    return Error(ErrorKind::kDrift, "another directory has taken the place of an input")
        .File(root->given)
        .Hint("run again when nothing else writes there");
  }
  root->directory = std::make_shared<const FileDescriptor>(std::move(directory));
  const auto opened = root->directory;
  if (++num_open_ > kMostOpen) CloseOldest();
  return opened;
}

/// Only directories that a user named can be found again.
void PinnedDirectories::CloseOldest() {
  Root* oldest = nullptr;
  for (const auto& [path, roots] : roots_) {
    for (const std::shared_ptr<Root>& root : roots) {
      if (root->directory == nullptr || root->demand != PinDemand::kNone) continue;
      if (oldest == nullptr || root->last_used < oldest->last_used) oldest = root.get();
    }
  }
  if (oldest == nullptr) return;
  oldest->directory.reset();
  --num_open_;
  num_kept_ -= oldest->kept_open.size();
  oldest->kept_open.clear();
}

void PinnedDirectories::CloseKept() {
  for (const auto& [path, roots] : roots_) {
    for (const std::shared_ptr<Root>& root : roots) root->kept_open.clear();
  }
  num_kept_ = 0;
}

arrow::Result<EntryPlace> PinnedDirectories::PlaceOf(const std::string& path,
                                                     bool to_open) {
  const EntryPlace anywhere{AT_FDCWD, path};
  if (num_roots_ == 0) return anywhere;
  const std::string absolute = Absolute(path);
  const std::lock_guard<std::mutex> lock(mutex_);
  const Roots roots = RootsAbove(absolute, to_open);
  if (roots.empty()) return anywhere;
  Root* const root = roots.front().get();
  ARROW_ASSIGN_OR_RAISE(const auto directory, Opened(root));
  if (absolute == root->path) {
    return EntryPlace{directory->number(), ".", true, directory};
  }
  const size_t begin = root->path == "/" ? 1 : root->path.size() + 1;
  const std::string_view below = std::string_view(absolute).substr(begin);
  if (HasDotDot(below)) return anywhere;
  const size_t slash = below.rfind('/');
  EntryPlace place{directory->number(), std::string(below), true, directory};
  if (slash == std::string_view::npos) return place;
  place.name = below.substr(slash + 1);
  const std::string parent(below.substr(0, slash));
  const auto kept = root->kept_open.find(parent);
  if (kept != root->kept_open.end()) {
    place.keeps_open = kept->second;
  } else {
    const int fd = OpenBeneath(place.directory, parent, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && (errno == ELOOP || errno == EXDEV)) return LinkInTheWay(path);
    if (fd < 0) return SystemError(errno, "cannot open the directory of", path);
    if (num_kept_ >= kMostKeptOpen) CloseKept();
    place.keeps_open =
        std::make_shared<const FileDescriptor>(FileDescriptor::Adopt(fd, parent));
    root->kept_open.emplace(parent, place.keeps_open);
    ++num_kept_;
  }
  place.directory = place.keeps_open->number();
  return place;
}

arrow::Result<EntryPlace> PinnedDirectories::PlaceOfEntry(const std::string& path) {
  return PlaceOf(path, /*to_open=*/false);
}

arrow::Result<EntryPlace> PinnedDirectories::PlaceToOpen(const std::string& path) {
  return PlaceOf(path, /*to_open=*/true);
}

arrow::Result<FileDescriptor> PinnedDirectories::OpenThroughLink(const std::string& path,
                                                                 int flags) {
  const std::string absolute = Absolute(path);
  std::error_code error;
  const std::string target = std::filesystem::canonical(absolute, error).string();
  std::unique_lock<std::mutex> lock(mutex_);
  const Roots roots = RootsAbove(absolute, /*or_at=*/false);
  for (const std::shared_ptr<Root>& root : roots) {
    if (root->links != PinnedLinks::kFollowed) continue;
    lock.unlock();
    return FileDescriptor::Open(path, flags);
  }
  for (const std::shared_ptr<Root>& root : roots) {
    if (root->links != PinnedLinks::kWithin) continue;
    const std::string real = std::filesystem::canonical(root->path, error).string();
    if (error || !IsBelow(target, real)) continue;
    ARROW_ASSIGN_OR_RAISE(const auto directory, Opened(root.get()));
    // Once more beneath the directory: the link may have changed since it was read.
    const std::string below = target.substr(real == "/" ? 1 : real.size() + 1);
    const int fd = OpenBeneath(directory->number(), below, flags);
    if (fd >= 0) return FileDescriptor::Adopt(fd, path);
  }
  return LinkInTheWay(path);
}

void PinnedDirectories::Forget(const std::string& path) {
  if (num_roots_ == 0) return;
  const std::string absolute = Absolute(path);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::shared_ptr<Root>& root : RootsAbove(absolute, /*or_at=*/false)) {
    const std::string below =
        absolute.substr(root->path == "/" ? 1 : root->path.size() + 1);
    num_kept_ -= std::erase_if(root->kept_open, [&below](const auto& kept) {
      return kept.first == below || IsBelow(kept.first, below);
    });
  }
}

void PinnedDirectories::Exchange(const std::string& one, const std::string& other) {
  Forget(one);
  Forget(other);
  if (num_roots_ == 0) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto first = roots_.find(Absolute(one)), second = roots_.find(Absolute(other));
  // A pin without a counterpart keeps to its directory, wherever that is.
  if (first == roots_.end() || second == roots_.end()) return;
  const Root of_first = *first->second.back(), of_second = *second->second.back();
  const auto exchange = [this](const Roots& roots, const Root& now) {
    for (const std::shared_ptr<Root>& root : roots) {
      num_open_ += now.directory != nullptr ? 1 : 0;
      num_open_ -= root->directory != nullptr ? 1 : 0;
      root->directory = now.directory;
      root->device = now.device;
      root->inode = now.inode;
      num_kept_ -= root->kept_open.size();
      root->kept_open.clear();
    }
  };
  exchange(first->second, of_second);
  exchange(second->second, of_first);
}

}  // namespace planish
