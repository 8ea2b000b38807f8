// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <csignal>
#ifdef __linux__
#include <sys/fsuid.h>
#endif
#include <sys/resource.h>

namespace planish {

/// While it lives, this thread's file accesses are not those of the superuser, whom
/// permissions do not stop.
class OrdinaryUser {
 public:
#ifdef __linux__
  OrdinaryUser() {
    if (geteuid() == 0) setfsuid(65534);
  }
  ~OrdinaryUser() {
    setfsuid(geteuid());
  }
#endif
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
};

/// While it lives, no file of this process can grow beyond `bytes`: writes come back
/// short, and then fail.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &saved_);
    rlimit limit = saved_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &saved_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit saved_ = {};
};

}  // namespace planish
