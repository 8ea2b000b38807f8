// SPDX-License-Identifier: Apache-2.0
#include "publish/recovery.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "planish/error.h"
#include "publish/dataset_swap.h"
#include "publish/dataset_transaction.h"
#include "publish/journal.h"
#include "publish/journal_replay.h"
#include "unit/io/denied_access.h"
#include "unit/publish/staged_dataset.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Outcome = Recovery::Outcome;
using Action = JournalEntry::Action;

/// A dataset with a committed transaction of which nothing has been done yet.
class RecoveryTest : public StagedDatasetTest {
 protected:
  void Commit() {
    journal_.id = "17-abc";
    journal_.created = "2026-11-22T21:05:09Z";
    Put(Action::kReplace, "a.parquet", "new a");
    Put(Action::kReplace, "p=1/c.parquet", "new c");
    Put(Action::kAdd, "p=3/e.parquet", "new e");
    Put(Action::kRemove, "p=2/d.parquet", "");
    WriteTextFile(JournalPath(dataset()), journal_.ToText());
  }

  void Put(Action action, const std::string& path, const std::string& text) {
    JournalEntry entry;
    entry.action = action;
    entry.path = path;
    if (action != Action::kRemove) {
      WriteTextFile(Staged(path), text);
      entry.size = static_cast<int64_t>(text.size());
      entry.checksum = FileChecksum(LocalFileSystem(), Staged(path), {}).ValueOrDie();
    }
    if (action != Action::kAdd) entry.old = IdentityOf(path);
    journal_.entries.push_back(entry);
  }

  std::string Staged(const std::string& path) const {
    return StagedPath(dataset(), journal_.id, path);
  }

  static FileTree New() {
    return {{"a.parquet", "new a"},     {"b.parquet", "old b"},
            {"_SUCCESS", ""},           {"p=1/", ""},
            {"p=1/c.parquet", "new c"}, {"p=3/", ""},
            {"p=3/e.parquet", "new e"}};
  }

  arrow::Result<Recovery> Settle() {
    return SettleUnfinished(LocalFileSystem(), dataset(), true, {});
  }

  void ExpectNothingToDo() {
    ASSERT_OK_AND_ASSIGN(const Recovery found,
                         FindUnfinished(LocalFileSystem(), dataset()));
    EXPECT_EQ(found.outcome, Outcome::kNothingToDo);
    const FileTree before = Now();
    ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
    EXPECT_EQ(settled.outcome, Outcome::kNothingToDo);
    EXPECT_EQ(Now(), before);
  }

  /// Recovery refuses, says which file, and changes nothing.
  void ExpectRefused(const std::string& file) {
    const FileTree before = Now();
    const auto refused = Settle();
    ASSERT_ERROR_KIND(refused, ErrorKind::kUnfinished);
    EXPECT_EQ(GetErrorDetail(refused.status())->file, file) << refused.status();
    EXPECT_FALSE(GetErrorDetail(refused.status())->hint.empty());
    EXPECT_EQ(Now(), before);
  }

  Journal journal_;
};

TEST_F(RecoveryTest, AnUntouchedDatasetNeedsNothing) {
  ExpectNothingToDo();
  EXPECT_OK(CheckFinished(LocalFileSystem(), dataset()));
}

TEST_F(RecoveryTest, ACommittedTransactionIsCompleted) {
  Commit();
  EXPECT_ERROR_KIND(CheckFinished(LocalFileSystem(), dataset()), ErrorKind::kUnfinished);
  ASSERT_OK_AND_ASSIGN(const Recovery found,
                       FindUnfinished(LocalFileSystem(), dataset()));
  EXPECT_EQ(Now().at("a.parquet"), "old a");
  ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
  EXPECT_EQ(Now(), New());
  for (const Recovery& recovery : {found, settled}) {
    EXPECT_EQ(recovery.outcome, Outcome::kRolledForward);
    EXPECT_EQ(recovery.transaction, "17-abc");
    EXPECT_EQ(recovery.created, "2026-11-22T21:05:09Z");
    EXPECT_EQ(recovery.files_replaced, 2);
    EXPECT_EQ(recovery.files_added, 1);
    EXPECT_EQ(recovery.files_removed, 1);
  }
  ExpectNothingToDo();
  EXPECT_OK(CheckFinished(LocalFileSystem(), dataset()));
}

TEST_F(RecoveryTest, WhatIsDoneAlreadyIsNotDoneAgain) {
  Commit();
  stdfs::rename(Staged("a.parquet"), dataset() + "/a.parquet");
  stdfs::create_directory(dataset() + "/p=3");
  stdfs::remove_all(dataset() + "/p=2");
  ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
  EXPECT_EQ(settled.outcome, Outcome::kRolledForward);
  EXPECT_EQ(Now(), New());
}

TEST_F(RecoveryTest, WhatWasOnlyStagedIsRemoved) {
  Commit();
  stdfs::rename(JournalPath(dataset()), JournalPath(dataset()) + ".draft");
  EXPECT_OK(CheckFinished(LocalFileSystem(), dataset()));
  ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
  EXPECT_EQ(settled.outcome, Outcome::kRolledBack);
  EXPECT_EQ(Now(), Old());
  ExpectNothingToDo();
}

TEST_F(RecoveryTest, AnotherRunsStagedFilesGoWithTheCommittedOnes) {
  Commit();
  WriteTextFile(StagingPath(dataset(), "18-xyz") + "/p=1/c.parquet", "half");
  ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
  EXPECT_EQ(settled.outcome, Outcome::kRolledForward);
  EXPECT_EQ(Now(), New());
}

TEST_F(RecoveryTest, AnEmptyDirectoryOfOursIsRemoved) {
  stdfs::create_directory(dataset() + "/.planish");
  ASSERT_OK(Settle());
  EXPECT_EQ(Now(), Old());
  ExpectNothingToDo();
}

TEST_F(RecoveryTest, WhatOthersHavePutThereIsSpared) {
  WriteTextFile(dataset() + "/.planish/settings", "mine");
  WriteTextFile(directory_ / ".ds.planish-swap-notes/file", "mine");
  ExpectNothingToDo();
  Commit();
  ASSERT_OK(Settle());
  EXPECT_EQ(Now().at(".planish/settings"), "mine");
  EXPECT_EQ(ReadTextFile(directory_ / ".ds.planish-swap-notes/file"), "mine");
}

TEST_F(RecoveryTest, AMissingStagedFileIsRefused) {
  Commit();
  stdfs::remove(Staged("p=1/c.parquet"));
  ExpectRefused(Staged("p=1/c.parquet"));
}

TEST_F(RecoveryTest, ADamagedStagedFileIsRefused) {
  Commit();
  WriteTextFile(Staged("p=1/c.parquet"), "new d");
  ExpectRefused(Staged("p=1/c.parquet"));
  WriteTextFile(Staged("p=1/c.parquet"), "new c and more");
  ExpectRefused(Staged("p=1/c.parquet"));
}

TEST_F(RecoveryTest, AFileThatSomebodyChangedMeanwhileIsRefused) {
  Commit();
  WriteTextFile(dataset() + "/a.parquet", "somebody's");
  ExpectRefused(dataset() + "/a.parquet");
}

TEST_F(RecoveryTest, AFileToBeRemovedThatSomebodyChangedIsRefused) {
  Commit();
  WriteTextFile(dataset() + "/p=2/d.parquet", "somebody's");
  ExpectRefused(dataset() + "/p=2/d.parquet");
}

TEST_F(RecoveryTest, AFileWhereOneIsToBeAddedIsRefused) {
  Commit();
  WriteTextFile(dataset() + "/p=3/e.parquet", "somebody's");
  ExpectRefused(dataset() + "/p=3/e.parquet");
}

TEST_F(RecoveryTest, AFileToBeReplacedThatIsGoneIsRefused) {
  Commit();
  stdfs::remove(dataset() + "/a.parquet");
  ExpectRefused(dataset() + "/a.parquet");
}

TEST_F(RecoveryTest, LinksThatLeadOutOfTheDatasetAreRefused) {
  Commit();
  stdfs::rename(dataset() + "/p=1", directory_ / "elsewhere");
  stdfs::create_directory_symlink(directory_ / "elsewhere", dataset() + "/p=1");
  const auto refused = Settle();
  EXPECT_ERROR_KIND(refused, ErrorKind::kUnfinished);
  EXPECT_EQ(ReadTextFile(directory_ / "elsewhere/c.parquet"), "old c");
  EXPECT_EQ(ReadTextFile(dataset() + "/a.parquet"), "old a");
}

TEST_F(RecoveryTest, ALinkInPlaceOfAStagedFileIsRefused) {
  Commit();
  WriteTextFile(directory_ / "elsewhere", "new c");
  stdfs::remove(Staged("p=1/c.parquet"));
  stdfs::create_symlink(directory_ / "elsewhere", Staged("p=1/c.parquet"));
  ExpectRefused(Staged("p=1/c.parquet"));
}

TEST_F(RecoveryTest, ADamagedJournalIsRefusedAndNothingStagedIsDeleted) {
  Commit();
  std::string text = journal_.ToText();
  text[text.size() / 2] ^= 1;
  WriteTextFile(JournalPath(dataset()), text);
  ExpectRefused(JournalPath(dataset()));
  WriteTextFile(JournalPath(dataset()), "");
  ExpectRefused(JournalPath(dataset()));
  EXPECT_ERROR_KIND(FindUnfinished(LocalFileSystem(), dataset()), ErrorKind::kUnfinished);
  EXPECT_ERROR_KIND(CheckFinished(LocalFileSystem(), dataset()), ErrorKind::kUnfinished);
}

TEST_F(RecoveryTest, AJournalThatIsNoFileIsRefused) {
  Commit();
  stdfs::remove(JournalPath(dataset()));
  stdfs::create_directory(JournalPath(dataset()));
  ExpectRefused(JournalPath(dataset()));
  stdfs::remove(JournalPath(dataset()));
  WriteTextFile(directory_ / "journal", journal_.ToText());
  stdfs::create_symlink(directory_ / "journal", JournalPath(dataset()));
  ExpectRefused(JournalPath(dataset()));
}

TEST_F(RecoveryTest, ADirectoryThatWasNotSwappedInIsRemoved) {
  const std::string begun = directory_ / ".ds.planish-swap-17-abc";
  WriteTextFile(SwapMarkerPath(begun), SwapMarkerText(".ds.planish-swap-17-abc", false));
  WriteTextFile(begun + "/a.parquet", "half");
  stdfs::create_directory(directory_ / ".ds.planish-swap-18-xyz");
  ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
  EXPECT_EQ(settled.outcome, Outcome::kRolledBack);
  EXPECT_EQ(Now(), Old());
  EXPECT_EQ(NamesBeside(), parent_);
  ExpectNothingToDo();
}

TEST_F(RecoveryTest, ADirectoryThatWasSwappedOutIsRemovedOrKeptAsWasWanted) {
  for (const bool keep : {false, true}) {
    const std::string old = directory_ / ".ds.planish-swap-17-abc";
    WriteTree({{"a.parquet", "older a"}}, old);
    WriteTextFile(SwapMarkerPath(dataset()),
                  SwapMarkerText(".ds.planish-swap-17-abc", keep));
    ASSERT_OK_AND_ASSIGN(const Recovery settled, Settle());
    EXPECT_EQ(settled.outcome, Outcome::kRolledForward);
    EXPECT_EQ(settled.kept, keep ? old : "");
    EXPECT_EQ(stdfs::exists(old), keep);
    EXPECT_EQ(Now(), Old());
    ExpectNothingToDo();
    EXPECT_EQ(stdfs::exists(old), keep);
  }
}

TEST_F(RecoveryTest, WhoMayNotListTheDirectoryAboveCanRecoverAllTheSame) {
  Commit();
  stdfs::permissions(directory_.path(), stdfs::perms(0711));
  if (geteuid() == 0) {
    for (const auto& entry : stdfs::recursive_directory_iterator(dataset())) {
      ASSERT_EQ(chown(entry.path().c_str(), 65534, 65534), 0);
    }
    ASSERT_EQ(chown(dataset().c_str(), 65534, 65534), 0);
  }
  stdfs::permissions(TransactionsDirectory(dataset()), stdfs::perms(0700));
  {
    const OrdinaryUser nobody;
    EXPECT_ERROR_KIND(LocalFileSystem()->List(directory_.path()), ErrorKind::kPermission);
    EXPECT_OK(Settle());
  }
  EXPECT_EQ(Now(), New());
}

TEST_F(RecoveryTest, AnotherDatasetsSwapIsNoneOfItsBusiness) {
  const std::string other = directory_ / ".ds2.planish-swap-17-abc";
  WriteTextFile(SwapMarkerPath(other), SwapMarkerText(".ds2.planish-swap-17-abc", false));
  ExpectNothingToDo();
  EXPECT_TRUE(stdfs::exists(other));
}

}  // namespace
}  // namespace planish
