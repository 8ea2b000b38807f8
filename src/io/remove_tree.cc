// SPDX-License-Identifier: Apache-2.0
#include "io/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "io/system_error.h"

namespace planish {
namespace {

/// Directories that are open at once, one in the other. What is deeper comes up first.
constexpr int kDeepest = 32;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

class TreeRemoval {
 public:
  TreeRemoval(int top, const std::string& path) : top_(top), path_(path) {}

  arrow::Status RemoveTop() {
    // What came up from the depth may have been missed by the pass during which it came.
    while (true) {
      came_up_ = false;
      ARROW_RETURN_NOT_OK(RemoveIn(top_, 0));
      if (!came_up_) return arrow::Status::OK();
    }
  }

 private:
  arrow::Status Failed() const { return SystemError(errno, "cannot remove", path_); }

  arrow::Status NamesIn(int directory, std::vector<std::string>* names) const {
    // One of its own, whose position nobody shares.
    const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Failed();
    const std::unique_ptr<DIR, CloseDirectory> listing(fdopendir(fd));
    if (listing == nullptr) {
      close(fd);
      return Failed();
    }
    while (true) {
      errno = 0;
      const dirent* entry = readdir(listing.get());
      if (entry == nullptr) break;
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) {
        names->push_back(entry->d_name);
      }
    }
    return errno == 0 ? arrow::Status::OK() : Failed();
  }

  arrow::Status RemoveIn(int directory, int depth) {
    std::vector<std::string> names;
    ARROW_RETURN_NOT_OK(NamesIn(directory, &names));
    for (const std::string& name : names) {
      ARROW_RETURN_NOT_OK(Remove(directory, name.c_str(), depth));
    }
    return arrow::Status::OK();
  }

  arrow::Status Remove(int directory, const char* name, int depth) {
    // EISDIR and EPERM: it is a directory, as systems put it.
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return arrow::Status::OK();
    if (errno != EISDIR && errno != EPERM) return Failed();
    const int refusal = errno;
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0) return arrow::Status::OK();
    if (errno == ENOTDIR) errno = refusal;
    if (errno != ENOTEMPTY && errno != EEXIST) return Failed();
    if (depth == kDeepest) return BringUp(directory, name);
    const int inner =
        openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) return Failed();
    const arrow::Status removed = RemoveIn(inner, depth + 1);
    close(inner);
    ARROW_RETURN_NOT_OK(removed);
    if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) {
      return arrow::Status::OK();
    }
    return came_up_ && errno == ENOTEMPTY ? arrow::Status::OK() : Failed();
  }

  /// Gives a directory that lies deep a name at the top.
  arrow::Status BringUp(int directory, const char* name) {
    while (true) {
      const std::string above = ".planish-removed-" + std::to_string(next_++);
      struct stat status = {};
      if (fstatat(top_, above.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (renameat(directory, name, top_, above.c_str()) != 0) return Failed();
      came_up_ = true;
      return arrow::Status::OK();
    }
  }

  const int top_;
  const std::string& path_;
  int next_ = 0;
  bool came_up_ = false;
};

}  // namespace

arrow::Status RemoveContents(int directory, const std::string& path) {
  return TreeRemoval(directory, path).RemoveTop();
}

arrow::Status RemoveTree(int directory, const std::string& name,
                         const std::string& path) {
  const int fd =
      openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) {
    const arrow::Status removed = RemoveContents(fd, path);
    close(fd);
    ARROW_RETURN_NOT_OK(removed);
    if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return arrow::Status::OK();
  } else if (errno == ENOTDIR || errno == ELOOP) {
    if (unlinkat(directory, name.c_str(), 0) == 0) return arrow::Status::OK();
  } else if (errno == EACCES) {
    // One that cannot be listed may be empty.
    if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return arrow::Status::OK();
    errno = EACCES;
  }
  return errno == ENOENT ? arrow::Status::OK()
                         : SystemError(errno, "cannot remove", path);
}

}  // namespace planish
