// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_lock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/locking_child.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using std::chrono::milliseconds;

class DatasetLockTest : public testing::Test {
 protected:
  auto Take(milliseconds timeout = {}, const Proceed& proceed = {}) {
    return LockDataset(LocalFileSystem(), directory_.path(), timeout, proceed);
  }

  TempDir directory_;
};

TEST_F(DatasetLockTest, OneAtATimeHoldsIt) {
  {
    ASSERT_OK_AND_ASSIGN(const auto lock, Take());
    EXPECT_ERROR_KIND(Take(), ErrorKind::kLocked);
  }
  EXPECT_OK(Take());
  EXPECT_TRUE(stdfs::is_empty(directory_.path()));
}

TEST_F(DatasetLockTest, TheErrorNamesTheHolder) {
  const LockingChild child(directory_.path());
  const auto refused = Take();
  ASSERT_ERROR_KIND(refused, ErrorKind::kLocked);
  const std::string text = FormatError(refused.status());
  EXPECT_THAT(text, testing::HasSubstr(directory_.path()));
  EXPECT_THAT(text, testing::HasSubstr("`lock_timeout`"));
  if (stdfs::exists("/proc/locks")) {
    EXPECT_THAT(text, testing::HasSubstr("process " + std::to_string(child.pid())));
    EXPECT_THAT(text, testing::HasSubstr(", started 2"));
    EXPECT_THAT(text, testing::ContainsRegex("user: +[^ ]"));
    EXPECT_THAT(text, testing::ContainsRegex("command: +[^ ].*unit_publish"));
  }
}

TEST_F(DatasetLockTest, ItIsThereAtOnceWhenItsHolderWasKilled) {
  LockingChild child(directory_.path());
  child.Kill();
  EXPECT_OK(Take());
}

TEST_F(DatasetLockTest, WaitingEndsWhenTheHolderIsDone) {
  LockingChild child(directory_.path());
  int asked = 0;
  const auto lock = Take(std::chrono::minutes(10), [&] {
    if (++asked == 3) child.End();
    return arrow::Status::OK();
  });
  ASSERT_OK(lock);
  EXPECT_GE(asked, 3);
}

TEST_F(DatasetLockTest, WaitingEndsWhenTheTimeIsOver) {
  const LockingChild child(directory_.path());
  const auto begin = std::chrono::steady_clock::now();
  int asked = 0;
  const auto refused = Take(milliseconds(100), [&] {
    ++asked;
    return arrow::Status::OK();
  });
  EXPECT_ERROR_KIND(refused, ErrorKind::kLocked);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(100));
  EXPECT_GE(asked, 1);
}

TEST_F(DatasetLockTest, WaitingEndsWhenTheCallerWantsNoMore) {
  const LockingChild child(directory_.path());
  const auto stopped =
      Take(std::chrono::minutes(10), [] { return arrow::Status::Cancelled("enough"); });
  EXPECT_TRUE(stopped.status().IsCancelled()) << stopped.status();
}

TEST_F(DatasetLockTest, WhoWaitsGetsTheDirectoryThatHasTakenThePlaceOfTheOld) {
  const std::string dataset = directory_ / "ds", other = directory_ / "other";
  stdfs::create_directory(dataset);
  stdfs::create_directory(other);
  LockingChild holder(dataset);
  int asked = 0;
  const auto lock =
      LockDataset(LocalFileSystem(), dataset, std::chrono::minutes(10), [&] {
        if (++asked == 1)
          ARROW_RETURN_NOT_OK(LocalFileSystem()->Exchange(dataset, other));
        return arrow::Status::OK();
      });
  ASSERT_OK(lock);
  // The old one is locked still, and nobody's dataset any more.
  ASSERT_OK_AND_ASSIGN(const auto old, LocalFileSystem()->TryLock(other));
  EXPECT_EQ(old, nullptr);
  EXPECT_ERROR_KIND(LockDataset(LocalFileSystem(), dataset, {}, {}), ErrorKind::kLocked);
}

TEST_F(DatasetLockTest, OnlyADirectoryThatIsThereCanBeLocked) {
  WriteTextFile(directory_ / "file", "");
  FileSystem* const files = LocalFileSystem();
  EXPECT_ERROR_KIND(LockDataset(files, directory_ / "none", {}, {}),
                    ErrorKind::kMissingPath);
  EXPECT_ERROR_KIND(LockDataset(files, directory_ / "file", {}, {}),
                    ErrorKind::kInvalidOption);
  EXPECT_FALSE(stdfs::exists(directory_ / "none"));
}

}  // namespace
}  // namespace planish
