// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_transaction.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "planish/error.h"
#include "publish/recovery.h"
#include "unit/publish/staged_dataset.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class DatasetTransactionTest : public StagedDatasetTest {
 protected:
  std::unique_ptr<DatasetTransaction> Begin(const std::string& backup = "") {
    TransactionOptions options;
    options.backup = backup;
    auto transaction =
        DatasetTransaction::Make(LocalFileSystem(), dataset(), std::move(options));
    EXPECT_OK(transaction);
    return transaction.ok() ? *std::move(transaction) : nullptr;
  }

  void Replace(DatasetTransaction* transaction, const std::string& path) {
    Stage(transaction, path, "new " + path);
    transaction->Replace(path, IdentityOf(path));
  }
};

TEST_F(DatasetTransactionTest, ReplacesAddsAndRemovesAndLeavesTheRestAlone) {
  const auto transaction = Begin();
  Replace(transaction.get(), "a.parquet");
  Replace(transaction.get(), "p=1/c.parquet");
  Stage(transaction.get(), "p=1/e.parquet", "new e");
  transaction->Add("p=1/e.parquet");
  Stage(transaction.get(), "p=3/q=4/f.parquet", "new f");
  transaction->Add("p=3/q=4/f.parquet");
  transaction->Remove("p=2/d.parquet", IdentityOf("p=2/d.parquet"));
  const FileIdentity untouched = IdentityOf("b.parquet");
  EXPECT_EQ(Now().at("a.parquet"), "old a");
  ASSERT_OK(transaction->Commit({}));
  const FileTree expected = {{"a.parquet", "new a.parquet"},
                             {"b.parquet", "old b"},
                             {"_SUCCESS", ""},
                             {"p=1/", ""},
                             {"p=1/c.parquet", "new p=1/c.parquet"},
                             {"p=1/e.parquet", "new e"},
                             {"p=3/", ""},
                             {"p=3/q=4/", ""},
                             {"p=3/q=4/f.parquet", "new f"}};
  EXPECT_EQ(Now(), expected);
  EXPECT_EQ(IdentityOf("b.parquet"), untouched);
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetTransactionTest, TouchesNothingBeforeItIsAskedForFiles) {
  const auto before = stdfs::last_write_time(dataset());
  {
    const auto transaction = Begin();
    ASSERT_OK(transaction->Commit({}));
  }
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(stdfs::last_write_time(dataset()), before);
}

TEST_F(DatasetTransactionTest, RemovesEveryTraceWhenItIsNotCommitted) {
  {
    const auto transaction = Begin(directory_ / "backup");
    Replace(transaction.get(), "p=1/c.parquet");
    EXPECT_TRUE(stdfs::exists(dataset() + "/.planish"));
  }
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetTransactionTest, NobodyElseMayLookAtWhatIsStaged) {
  const auto transaction = Begin();
  Replace(transaction.get(), "a.parquet");
  EXPECT_EQ(stdfs::status(dataset() + "/.planish").permissions(),
            stdfs::perms::owner_all);
}

TEST_F(DatasetTransactionTest, NoNameOfWhatIsStagedEndsLikeData) {
  const auto transaction = Begin();
  Replace(transaction.get(), "a.parquet");
  Replace(transaction.get(), "p=1/c.parquet");
  for (const auto& [path, bytes] : ReadTree(dataset() + "/.planish")) {
    EXPECT_FALSE(path.ends_with(".parquet")) << path;
  }
  ASSERT_OK(transaction->Commit({}));
  EXPECT_EQ(Now().at("p=1/c.parquet"), "new p=1/c.parquet");
}

TEST_F(DatasetTransactionTest, TheLastCheckSeesTheOldDatasetAndCanStopIt) {
  {
    const auto transaction = Begin(directory_ / "backup");
    Replace(transaction.get(), "a.parquet");
    const auto stopped = transaction->Commit([&] {
      EXPECT_EQ(Now().at("a.parquet"), "old a");
      return arrow::Status::Invalid("drift");
    });
    EXPECT_THAT(stopped.ToString(), testing::HasSubstr("drift"));
  }
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
}

TEST_F(DatasetTransactionTest, AFileKeepsPermissionsAndOwnerOfTheOneItReplaces) {
  const std::string path = dataset() + "/a.parquet";
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(geteuid() != 0 || chown(path.c_str(), 1234, 2345) == 0);
  struct stat before = {}, after = {};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  const auto transaction = Begin();
  Replace(transaction.get(), "a.parquet");
  ASSERT_OK(transaction->Commit({}));
  ASSERT_EQ(stat(path.c_str(), &after), 0);
  EXPECT_NE(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mode, after.st_mode);
  EXPECT_EQ(before.st_uid, after.st_uid);
  EXPECT_EQ(before.st_gid, after.st_gid);
}

TEST_F(DatasetTransactionTest, ABackupIsTheVeryFilesThatWere) {
  const FileIdentity replaced = IdentityOf("a.parquet");
  const auto transaction = Begin(directory_ / "deep/backup");
  Replace(transaction.get(), "a.parquet");
  transaction->Remove("p=1/c.parquet", IdentityOf("p=1/c.parquet"));
  ASSERT_OK(transaction->Commit({}));
  const FileTree expected = {
      {"a.parquet", "old a"}, {"p=1/", ""}, {"p=1/c.parquet", "old c"}};
  EXPECT_EQ(ReadTree(directory_ / "deep/backup"), expected);
  ASSERT_OK_AND_ASSIGN(const FileStatus kept,
                       LocalFileSystem()->Stat(directory_ / "deep/backup/a.parquet"));
  EXPECT_EQ(kept.identity, replaced);
}

TEST_F(DatasetTransactionTest, ABackupMayBeAnEmptyDirectoryWhichAFailureLeaves) {
  stdfs::create_directory(directory_ / "backup");
  {
    const auto transaction = Begin(directory_ / "backup");
    Replace(transaction.get(), "a.parquet");
    EXPECT_FALSE(
        transaction->Commit([] { return arrow::Status::Invalid("drift"); }).ok());
  }
  EXPECT_TRUE(stdfs::is_directory(directory_ / "backup"));
  EXPECT_TRUE(stdfs::is_empty(directory_ / "backup"));
}

TEST_F(DatasetTransactionTest, ABackupMustBeFreeAndOutside) {
  const auto make = [&](const std::string& backup) {
    TransactionOptions options;
    options.backup = backup;
    return DatasetTransaction::Make(LocalFileSystem(), dataset(), options);
  };
  for (const char* inside : {"/b", "", "/.planish/b", "/p=1/../b"}) {
    EXPECT_ERROR_KIND(make(dataset() + inside), ErrorKind::kInvalidOption) << inside;
  }
  WriteTextFile(directory_ / "full/file", "x");
  WriteTextFile(directory_ / "file", "x");
  EXPECT_ERROR_KIND(make(directory_ / "full"), ErrorKind::kOutputExists);
  EXPECT_ERROR_KIND(make(directory_ / "file"), ErrorKind::kOutputExists);
  EXPECT_OK(make(dataset() + "-backup"));
}

TEST_F(DatasetTransactionTest, PartitionDirectoriesGoWithTheLastOfTheirFiles) {
  WriteTextFile(dataset() + "/p=4/q=1/x.parquet", "old x");
  WriteTextFile(dataset() + "/p=4/q=2/y.parquet", "old y");
  WriteTextFile(dataset() + "/p=5/q=1/z.parquet", "old z");
  WriteTextFile(dataset() + "/p=5/_notes", "mine");
  const auto transaction = Begin();
  for (const char* path :
       {"p=4/q=1/x.parquet", "p=4/q=2/y.parquet", "p=5/q=1/z.parquet"}) {
    transaction->Remove(path, IdentityOf(path));
  }
  ASSERT_OK(transaction->Commit({}));
  const FileTree now = Now();
  EXPECT_FALSE(now.contains("p=4/"));
  EXPECT_FALSE(now.contains("p=5/q=1/"));
  EXPECT_TRUE(now.contains("p=5/_notes"));
  EXPECT_FALSE(now.contains(".planish/"));
}

TEST_F(DatasetTransactionTest, WhatIsInTheWayOfItsDirectoryIsRefusedAndSpared) {
  WriteTextFile(dataset() + "/.planish", "mine");
  EXPECT_ERROR_KIND(Begin()->files(), ErrorKind::kUnsupported);
  EXPECT_EQ(Now().at(".planish"), "mine");
  stdfs::remove(dataset() + "/.planish");
  stdfs::create_directory(directory_ / "elsewhere");
  stdfs::create_directory_symlink(directory_ / "elsewhere", dataset() + "/.planish");
  EXPECT_ERROR_KIND(Begin()->files(), ErrorKind::kUnsupported);
  EXPECT_TRUE(stdfs::is_empty(directory_ / "elsewhere"));
}

TEST_F(DatasetTransactionTest, WhatOthersHavePutBesideItsFilesStays) {
  WriteTextFile(dataset() + "/.planish/settings", "mine");
  const auto transaction = Begin();
  Replace(transaction.get(), "a.parquet");
  ASSERT_OK(transaction->Commit({}));
  EXPECT_EQ(Now().at(".planish/settings"), "mine");
  EXPECT_EQ(Now().at("a.parquet"), "new a.parquet");
}

}  // namespace
}  // namespace planish
