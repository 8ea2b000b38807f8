// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_swap.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "planish/error.h"
#include "support/locking_child.h"
#include "unit/publish/staged_dataset.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class DatasetSwapTest : public StagedDatasetTest {
 protected:
  auto Make(const std::string& backup = "") {
    TransactionOptions options;
    options.backup = backup;
    return DatasetSwap::Make(LocalFileSystem(), dataset(), std::move(options));
  }
  std::unique_ptr<DatasetSwap> Begin(const std::string& backup = "") {
    auto swap = Make(backup);
    EXPECT_OK(swap);
    return swap.ok() ? *std::move(swap) : nullptr;
  }

  /// A change of each kind.
  void Change(DatasetSwap* swap) {
    Stage(swap, "a.parquet", "new a");
    swap->Replace("a.parquet");
    Stage(swap, "p=3/e.parquet", "new e");
    swap->Add("p=3/e.parquet");
    swap->Remove("p=2/d.parquet");
  }

  static FileTree New() {
    return {{"a.parquet", "new a"},     {"b.parquet", "old b"},
            {"_SUCCESS", ""},           {"p=1/", ""},
            {"p=1/c.parquet", "old c"}, {"p=3/", ""},
            {"p=3/e.parquet", "new e"}};
  }
};

TEST_F(DatasetSwapTest, ReplacesTheDirectoryAndSharesTheFilesThatStay) {
  const FileIdentity untouched = IdentityOf("b.parquet");
  const auto swap = Begin();
  Change(swap.get());
  EXPECT_EQ(Now(), Old());
  ASSERT_OK(swap->Commit({}));
  EXPECT_EQ(Now(), New());
  EXPECT_EQ(IdentityOf("b.parquet"), untouched);
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetSwapTest, WhoHasOpenedTheDirectoryBeforeSeesTheOldOneWhole) {
  const int before = open(dataset().c_str(), O_RDONLY | O_DIRECTORY);
  const auto swap = Begin(directory_ / "backup");
  Change(swap.get());
  ASSERT_OK(swap->Commit({}));
  EXPECT_EQ(ReadTree("/proc/self/fd/" + std::to_string(before) + "/"), Old());
  close(before);
}

TEST_F(DatasetSwapTest, ABackupIsTheOldDirectoryItself) {
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(dataset().c_str(), &before), 0);
  const auto swap = Begin(directory_ / "backup");
  Change(swap.get());
  ASSERT_OK(swap->Commit({}));
  EXPECT_EQ(ReadTree(directory_ / "backup"), Old());
  ASSERT_EQ(stat((directory_ / "backup").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(DatasetSwapTest, ABackupMayLieInADirectoryThatIsNotThereYet) {
  const auto swap = Begin(directory_ / "deep/backup");
  Change(swap.get());
  ASSERT_OK(swap->Commit({}));
  EXPECT_EQ(ReadTree(directory_ / "deep/backup"), Old());
  EXPECT_EQ(Now(), New());
}

TEST_F(DatasetSwapTest, ABackupOnAnotherFileSystemIsRefusedBeforeAnythingIsDone) {
  ASSERT_OK_AND_ASSIGN(const FileStatus here, LocalFileSystem()->Stat(dataset()));
  ASSERT_OK_AND_ASSIGN(const FileStatus there, LocalFileSystem()->Stat("/dev/shm"));
  if (!there.exists || here.device == there.device) return;
  const std::string name = stdfs::path(directory_.path()).filename().string();
  EXPECT_ERROR_KIND(Make("/dev/shm/" + name + "/backup"), ErrorKind::kUnsupported);
  EXPECT_FALSE(stdfs::exists("/dev/shm/" + name));
}

TEST_F(DatasetSwapTest, DirectoriesKeepTheirPermissionsEmptyOnesToo) {
  stdfs::create_directory(dataset() + "/empty");
  ASSERT_EQ(chmod(dataset().c_str(), 02755), 0);
  ASSERT_EQ(chmod((dataset() + "/p=1").c_str(), 0700), 0);
  ASSERT_EQ(chmod((dataset() + "/a.parquet").c_str(), 0604), 0);
  const auto swap = Begin();
  Change(swap.get());
  ASSERT_OK(swap->Commit({}));
  const auto mode = [&](const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat((dataset() + path).c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  };
  EXPECT_EQ(mode(""), 02755U);
  EXPECT_EQ(mode("/p=1"), 0700U);
  EXPECT_EQ(mode("/a.parquet"), 0604U);
  EXPECT_TRUE(stdfs::is_directory(dataset() + "/empty"));
}

TEST_F(DatasetSwapTest, TouchesNothingWithoutChanges) {
  ASSERT_OK(Begin()->Commit({}));
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetSwapTest, RemovesEveryTraceWhenItIsStopped) {
  {
    const auto swap = Begin(directory_ / "backup");
    Change(swap.get());
    EXPECT_FALSE(swap->Commit([] { return arrow::Status::Invalid("drift"); }).ok());
  }
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetSwapTest, TheNewDirectoryIsLockedWhileItIsSwappedIn) {
  const auto swap = Begin();
  Change(swap.get());
  ASSERT_OK(swap->Commit([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto found,
                          FindSwapDirectories(LocalFileSystem(), dataset()));
    EXPECT_EQ(found.size(), 1U);
    ARROW_ASSIGN_OR_RAISE(const auto lock, LocalFileSystem()->TryLock(found.front()));
    EXPECT_EQ(lock, nullptr);
    return arrow::Status::OK();
  }));
}

TEST_F(DatasetSwapTest, LinksAreRefusedRatherThanLost) {
  stdfs::create_symlink("a.parquet", dataset() + "/link");
  {
    const auto swap = Begin();
    Change(swap.get());
    EXPECT_ERROR_KIND(swap->Commit({}), ErrorKind::kUnsupported);
  }
  stdfs::remove(dataset() + "/link");
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetSwapTest, OnlyADirectoryWithANameOfItsOwnIsSwapped) {
  stdfs::create_directory_symlink(dataset(), directory_ / "link");
  const auto make = [](const std::string& path) {
    return DatasetSwap::Make(LocalFileSystem(), path, {});
  };
  EXPECT_ERROR_KIND(make(directory_ / "link"), ErrorKind::kUnsupported);
  EXPECT_ERROR_KIND(make("."), ErrorKind::kInvalidOption);
  EXPECT_ERROR_KIND(make("/"), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
