// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "io/file_system.h"

namespace planish {

/// Another process, which holds the lock of a file or directory until it is told to go.
class LockingChild {
 public:
  explicit LockingChild(const std::string& path) {
    int ready[2], go[2];
    if (pipe(ready) != 0 || pipe(go) != 0) ADD_FAILURE() << "no pipe";
    pid_ = fork();
    if (pid_ == 0) {
      close(go[1]);
      Hold(path, ready[1], go[0]);
    }
    close(ready[1]);
    close(go[0]);
    go_ = go[1];
    char answer = 'n';
    if (read(ready[0], &answer, 1) != 1 || answer != 'y') {
      ADD_FAILURE() << "the child has not got the lock of " << path;
    }
    close(ready[0]);
  }
  LockingChild(const LockingChild&) = delete;
  LockingChild& operator=(const LockingChild&) = delete;
  ~LockingChild() { End(); }

  pid_t pid() const { return pid_; }

  /// Ends it without a chance to clean up.
  void Kill() {
    kill(pid_, SIGKILL);
    End();
  }
  /// Lets go of the lock; returns when the process is gone.
  void End() {
    if (pid_ <= 0) return;
    close(go_);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  [[noreturn]] static void Hold(const std::string& path, int ready, int go) {
    const auto lock = LocalFileSystem()->TryLock(path);
    const char answer = lock.ok() && *lock != nullptr ? 'y' : 'n';
    char ignored;
    if (write(ready, &answer, 1) == 1) (void)!read(go, &ignored, 1);
    _exit(0);
  }

  pid_t pid_ = 0;
  int go_ = -1;
};

}  // namespace planish
