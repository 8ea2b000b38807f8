// SPDX-License-Identifier: Apache-2.0
#include "io/pinned_directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/fsuid.h>
#endif

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "io/beneath.h"
#include "io/system_error.h"
#include "io/user_names.h"

namespace planish {
namespace {

/// Of directories in one that is pinned, which stay open for the next call.
constexpr size_t kMostKeptOpen = 64;

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

Error LinkInTheWay(const std::string& path) {
  return Error(ErrorKind::kUnsupported,
               "symbolic link in a directory that planish works in")
      .File(path)
      .Hint("if nobody means to redirect planish, name the directory it leads to");
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

struct PinnedDirectories::Root {
  std::string path;  ///< absolute
  std::shared_ptr<const FileDescriptor> directory;
  bool follow_file_links = false;
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
    const std::string& path, PinDemand demand, bool follow_file_links) {
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
  auto root = std::make_shared<Root>();
  root->path = Absolute(path);
  root->directory = std::make_shared<const FileDescriptor>(std::move(directory));
  root->follow_file_links = follow_file_links;
  const std::lock_guard<std::mutex> lock(mutex_);
  roots_.push_back(root);
  ++num_roots_;
  return std::make_unique<Pinned>(this, std::move(root));
}

void PinnedDirectories::Unpin(const std::shared_ptr<Root>& root) {
  const std::lock_guard<std::mutex> lock(mutex_);
  num_roots_ -= static_cast<int>(std::erase(roots_, root));
}

std::shared_ptr<PinnedDirectories::Root> PinnedDirectories::RootAbove(
    const std::string& path, bool or_at) const {
  std::shared_ptr<Root> innermost;
  for (const std::shared_ptr<Root>& root : roots_) {
    if (!IsBelow(path, root->path) && !(or_at && path == root->path)) continue;
    if (innermost != nullptr && root->path.size() < innermost->path.size()) continue;
    innermost = root;
  }
  return innermost;
}

arrow::Result<EntryPlace> PinnedDirectories::PlaceOf(const std::string& path,
                                                     bool to_open) {
  const EntryPlace anywhere{AT_FDCWD, path};
  if (num_roots_ == 0) return anywhere;
  const std::string absolute = Absolute(path);
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::shared_ptr<Root> root = RootAbove(absolute, to_open);
  if (root == nullptr) return anywhere;
  if (absolute == root->path) {
    return EntryPlace{root->directory->number(), ".", true, false, root->directory};
  }
  const size_t begin = root->path == "/" ? 1 : root->path.size() + 1;
  const std::string_view below = std::string_view(absolute).substr(begin);
  if (HasDotDot(below)) return anywhere;
  const size_t slash = below.rfind('/');
  EntryPlace place{root->directory->number(), std::string(below), true,
                   root->follow_file_links, root->directory};
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
    if (root->kept_open.size() >= kMostKeptOpen) root->kept_open.clear();
    place.keeps_open =
        std::make_shared<const FileDescriptor>(FileDescriptor::Adopt(fd, parent));
    root->kept_open.emplace(parent, place.keeps_open);
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

void PinnedDirectories::Forget(const std::string& path) {
  if (num_roots_ == 0) return;
  const std::string absolute = Absolute(path);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::shared_ptr<Root>& root : roots_) {
    if (!IsBelow(absolute, root->path)) continue;
    const std::string below =
        absolute.substr(root->path == "/" ? 1 : root->path.size() + 1);
    std::erase_if(root->kept_open, [&below](const auto& kept) {
      return kept.first == below || IsBelow(kept.first, below);
    });
  }
}

void PinnedDirectories::Exchange(const std::string& one, const std::string& other) {
  Forget(one);
  Forget(other);
  if (num_roots_ == 0) return;
  const std::string first = Absolute(one), second = Absolute(other);
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const FileDescriptor> of_first, of_second;
  for (const std::shared_ptr<Root>& root : roots_) {
    if (root->path == first) of_first = root->directory;
    if (root->path == second) of_second = root->directory;
  }
  // A pin without a counterpart keeps to its directory, wherever that is.
  if (of_first == nullptr || of_second == nullptr) return;
  for (const std::shared_ptr<Root>& root : roots_) {
    if (root->path != first && root->path != second) continue;
    root->directory = root->path == first ? of_second : of_first;
    root->kept_open.clear();
  }
}

}  // namespace planish
