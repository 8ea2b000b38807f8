// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/locking_child.h"
#include "support/temp_dir.h"
#include "unit/io/denied_access.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class FileLockTest : public testing::Test {
 protected:
  /// Whether there is a lock to be had at `path`; lets go of it.
  bool IsFree(const std::string& path) {
    const auto lock = files_->TryLock(path);
    EXPECT_OK(lock);
    return lock.ok() && *lock != nullptr;
  }

  FileSystem* const files_ = LocalFileSystem();
  TempDir directory_;
};

TEST_F(FileLockTest, OneHoldsTheLockOfADirectoryUntilItLetsGo) {
  {
    ASSERT_OK_AND_ASSIGN(const auto lock, files_->TryLock(directory_.path()));
    ASSERT_NE(lock, nullptr);
    EXPECT_FALSE(IsFree(directory_.path()));
  }
  EXPECT_TRUE(IsFree(directory_.path()));
}

TEST_F(FileLockTest, LockingADirectoryLeavesNothingInIt) {
  EXPECT_TRUE(IsFree(directory_.path()));
  EXPECT_TRUE(stdfs::is_empty(directory_.path()));
}

TEST_F(FileLockTest, NothingIsMadeWhereNothingIsToBeLocked) {
  EXPECT_ERROR_KIND(files_->TryLock(directory_ / "lock"), ErrorKind::kMissingPath);
  EXPECT_FALSE(stdfs::exists(directory_ / "lock"));
}

TEST_F(FileLockTest, AFileIsLockedButNotThroughALink) {
  std::ofstream(directory_ / "lock").put('x');
  EXPECT_TRUE(IsFree(directory_ / "lock"));
  stdfs::create_symlink("lock", directory_ / "link");
  EXPECT_FALSE(files_->TryLock(directory_ / "link").ok());
  stdfs::create_symlink("nothing", directory_ / "dangling");
  EXPECT_FALSE(files_->TryLock(directory_ / "dangling").ok());
  EXPECT_FALSE(stdfs::exists(directory_ / "nothing"));
}

TEST_F(FileLockTest, ADirectoryThatMayNotBeReadIsAPermissionError) {
  stdfs::create_directory(directory_ / "closed");
  stdfs::permissions(directory_.path(), stdfs::perms(0755));
  stdfs::permissions(directory_ / "closed", stdfs::perms(0));
  const OrdinaryUser nobody;
  EXPECT_ERROR_KIND(files_->TryLock(directory_ / "closed"), ErrorKind::kPermission);
}

TEST_F(FileLockTest, LocksOfADirectoryAndOfOneInItAreTwo) {
  stdfs::create_directory(directory_ / "inner");
  ASSERT_OK_AND_ASSIGN(const auto lock, files_->TryLock(directory_.path()));
  EXPECT_TRUE(IsFree(directory_ / "inner"));
}

TEST_F(FileLockTest, AnotherProcessHoldsItUntilItEnds) {
  LockingChild child(directory_.path());
  EXPECT_FALSE(IsFree(directory_.path()));
  child.End();
  EXPECT_TRUE(IsFree(directory_.path()));
}

TEST_F(FileLockTest, AKilledProcessLeavesNoLockBehind) {
  LockingChild child(directory_.path());
  child.Kill();
  EXPECT_TRUE(IsFree(directory_.path()));
}

TEST_F(FileLockTest, ALockFollowsItsDirectoryWhenThatIsRenamed) {
  stdfs::create_directory(directory_ / "old");
  ASSERT_OK_AND_ASSIGN(const auto lock, files_->TryLock(directory_ / "old"));
  stdfs::rename(directory_ / "old", directory_ / "new");
  EXPECT_FALSE(IsFree(directory_ / "new"));
}

TEST_F(FileLockTest, TheHolderIsTheProcessThatHasTheLock) {
  ASSERT_OK_AND_ASSIGN(auto holder, files_->HolderOfLock(directory_.path()));
  EXPECT_FALSE(holder.has_value());
  LockingChild child(directory_.path());
  ASSERT_OK_AND_ASSIGN(holder, files_->HolderOfLock(directory_.path()));
  if (!stdfs::exists("/proc/locks")) {
    EXPECT_FALSE(holder.has_value());
    return;
  }
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->process, child.pid());
  EXPECT_NE(holder->process, getpid());
  char host[256] = {};
  ASSERT_EQ(gethostname(host, sizeof(host) - 1), 0);
  EXPECT_EQ(holder->host, host);
  EXPECT_THAT(
      holder->started,
      testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"));
}

TEST_F(FileLockTest, NothingHasNoHolder) {
  ASSERT_OK_AND_ASSIGN(const auto holder, files_->HolderOfLock(directory_ / "none"));
  EXPECT_FALSE(holder.has_value());
}

}  // namespace
}  // namespace planish
