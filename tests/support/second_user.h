// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace planish {

/// A user without rights, of whom tests of the superuser's runs have somebody else's
/// files made.
inline constexpr uid_t kSecondUser = 65534;

/// Does `work` in a process of that user, and tells whether it returned true. The
/// directories that it needs must be open to everybody.
template <typename Work>
bool AsSecondUser(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    const bool changed = setgid(kSecondUser) == 0 && setuid(kSecondUser) == 0;
    _exit(changed && work() ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace planish

/// Only the superuser can act as two users.
#define SKIP_WITHOUT_A_SECOND_USER() \
  if (geteuid() != 0) GTEST_SKIP() << "only the superuser can act as a second user"
