// SPDX-License-Identifier: Apache-2.0
#include "io/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <atomic>
#include <cerrno>
#include <string_view>

namespace planish {
namespace {

#ifdef O_PATH
constexpr int kToPassThrough = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#else
constexpr int kToPassThrough = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#endif

int OpenOne(int directory, const std::string& name, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = openat(directory, name.c_str(), flags, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0 || errno != ENOTDIR) return fd;
  // A link is "not a directory", too; callers are to be told which it is.
  struct stat status = {};
  if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(status.st_mode)) {
    errno = ELOOP;
  } else {
    errno = ENOTDIR;
  }
  return -1;
}

}  // namespace

int OpenBeneathInSteps(int directory, const std::string& path, int flags, mode_t mode) {
  int at = directory;
  std::string_view rest = path;
  while (true) {
    const size_t slash = rest.find('/');
    const std::string name(rest.substr(0, slash));
    const bool is_last = slash == std::string_view::npos;
    const int fd = is_last ? OpenOne(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
                           : OpenOne(at, name, kToPassThrough, 0);
    const int error = errno;
    if (at != directory) close(at);
    errno = error;
    if (is_last || fd < 0) return fd;
    at = fd;
    rest.remove_prefix(slash + 1);
  }
}

int OpenBeneath(int directory, const std::string& path, int flags, mode_t mode) {
#if defined(__linux__) && defined(SYS_openat2)
  static std::atomic<bool> missing{false};
  if (!missing.load(std::memory_order_relaxed)) {
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    long fd = -1;
    do {
      fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how));
    } while (fd < 0 && errno == EINTR);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == ENOSYS) missing = true;
    // EPERM: sandboxes refuse calls so that they do not know. EAGAIN: something was
    // renamed meanwhile, so that the kernel cannot tell.
    if (errno != ENOSYS && errno != EPERM && errno != EAGAIN) return -1;
  }
#endif
  return OpenBeneathInSteps(directory, path, flags, mode);
}

}  // namespace planish
