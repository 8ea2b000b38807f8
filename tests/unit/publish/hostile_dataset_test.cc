// SPDX-License-Identifier: Apache-2.0
// Datasets in which somebody else may create names, and does.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/forwarding_file_system.h"
#include "planish/error.h"
#include "publish/dataset_swap.h"
#include "publish/dataset_transaction.h"
#include "publish/journal.h"
#include "publish/recovery.h"
#include "publish/staged_directory.h"
#include "support/second_user.h"
#include "unit/publish/staged_dataset.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Action = JournalEntry::Action;

/// Does something in the moment before an operation: between check and use.
class HookedFileSystem : public ForwardingFileSystem {
 public:
  using Hook = std::function<void(const std::string& operation, const std::string& path)>;

  explicit HookedFileSystem(Hook hook)
      : ForwardingFileSystem(LocalFileSystem()), hook_(std::move(hook)) {}

  arrow::Status CopyAttributes(const std::string& from, const std::string& to,
                               bool sync) override {
    hook_("copy attributes", to);
    return files_->CopyAttributes(from, to, sync);
  }
  arrow::Result<std::unique_ptr<PinnedDirectory>> Pin(const std::string& directory,
                                                      PinDemand demand,
                                                      PinnedLinks links) override {
    hook_("pin", directory);
    return files_->Pin(directory, demand, links);
  }
  arrow::Result<std::vector<DirectoryEntry>> List(const std::string& directory) override {
    hook_("list", directory);
    return files_->List(directory);
  }
  arrow::Status SyncDirectory(const std::string& directory) override {
    hook_("sync directory", directory);
    return files_->SyncDirectory(directory);
  }
  arrow::Status Rename(const std::string& from, const std::string& to) override {
    hook_("rename", to);
    return files_->Rename(from, to);
  }
  arrow::Status RemoveFile(const std::string& path) override {
    hook_("remove", path);
    return files_->RemoveFile(path);
  }
  arrow::Status RemoveAll(const std::string& path) override {
    hook_("remove all", path);
    return files_->RemoveAll(path);
  }
  arrow::Status Link(const std::string& from, const std::string& to) override {
    hook_("link", to);
    return files_->Link(from, to);
  }

 private:
  const Hook hook_;
};

class HostileDatasetTest : public StagedDatasetTest {
 protected:
  void SetUp() override {
    StagedDatasetTest::SetUp();
    // Somebody's who must not lose, get or change any of it.
    WriteTree(Elsewhere(), elsewhere());
    stdfs::permissions(elsewhere() + "/a.parquet", stdfs::perms(0600));
    stdfs::permissions(directory_.path(), stdfs::perms(0755));
    stdfs::permissions(dataset(), stdfs::perms(0777));
  }

  static FileTree Elsewhere() {
    return {{"a.parquet", "secret"},
            {"c.parquet", "secret"},
            {"sub/", ""},
            {"sub/x", "secret"},
            {"d.parquet", "secret"}};
  }
  std::string elsewhere() const { return directory_ / "elsewhere"; }

  void ExpectElsewhereUntouched() const {
    EXPECT_EQ(ReadTree(elsewhere()), Elsewhere());
    struct stat status = {};
    ASSERT_EQ(stat((elsewhere() + "/a.parquet").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, geteuid());
    EXPECT_EQ(status.st_mode & 07777, 0600U);
  }

  void ExchangeForLink(const std::string& directory) {
    if (exchanged_) return;
    exchanged_ = true;
    stdfs::rename(directory, directory_ / "aside");
    stdfs::create_directory_symlink(elsewhere(), directory);
  }

  /// Stage, for what may be refused.
  template <typename Transaction>
  static arrow::Status TryStage(Transaction* transaction, const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(StagedFiles* const files, transaction->files());
    ARROW_ASSIGN_OR_RAISE(const std::string staged, files->Prepare(path));
    ARROW_ASSIGN_OR_RAISE(auto file, LocalFileSystem()->CreateOutput(staged));
    ARROW_RETURN_NOT_OK(file->Append("new", 3));
    return file->Close();
  }

  /// Replaces, adds and removes, through files that a hook listens to.
  arrow::Status ChangeDataset(FileSystem* files) {
    ARROW_ASSIGN_OR_RAISE(const auto transaction,
                          DatasetTransaction::Make(files, dataset(), {}));
    transaction->Replace("a.parquet", IdentityOf("a.parquet"));
    transaction->Replace("p=1/c.parquet", IdentityOf("p=1/c.parquet"));
    transaction->Remove("p=2/d.parquet", IdentityOf("p=2/d.parquet"));
    ARROW_RETURN_NOT_OK(TryStage(transaction.get(), "a.parquet"));
    ARROW_RETURN_NOT_OK(TryStage(transaction.get(), "p=1/c.parquet"));
    return transaction->Commit({});
  }

  bool exchanged_ = false;
};

TEST_F(HostileDatasetTest, AJournalOfAnotherUserIsRefusedByRunsAndByRecovery) {
  SKIP_WITHOUT_A_SECOND_USER();
  Journal journal;
  journal.id = "17-abc";
  journal.created = "2026-11-22T21:05:09Z";
  JournalEntry entry;
  entry.action = Action::kRemove;
  entry.path = "b.parquet";
  entry.old = IdentityOf("b.parquet");
  journal.entries.push_back(entry);
  ASSERT_TRUE(AsSecondUser([&] {
    WriteTextFile(JournalPath(dataset()), journal.ToText());
    return true;
  }));
  const auto settled = SettleUnfinished(LocalFileSystem(), dataset(), true, {});
  ASSERT_ERROR_KIND(settled, ErrorKind::kPermission);
  EXPECT_THAT(FormatError(settled.status()), testing::HasSubstr("65534"));
  EXPECT_THAT(FormatError(settled.status()), testing::HasSubstr("planish recover"));
  EXPECT_FALSE(FindUnfinished(LocalFileSystem(), dataset()).ok());
  EXPECT_TRUE(stdfs::exists(dataset() + "/b.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto transaction,
                       DatasetTransaction::Make(LocalFileSystem(), dataset(), {}));
  EXPECT_ERROR_KIND(transaction->files(), ErrorKind::kPermission);
}

TEST_F(HostileDatasetTest, AHiddenDirectoryThatOthersMayWriteIntoIsRefused) {
  stdfs::create_directory(TransactionsDirectory(dataset()));
  stdfs::permissions(TransactionsDirectory(dataset()), stdfs::perms(0777));
  ASSERT_OK_AND_ASSIGN(const auto transaction,
                       DatasetTransaction::Make(LocalFileSystem(), dataset(), {}));
  EXPECT_ERROR_KIND(transaction->files(), ErrorKind::kPermission);
}

TEST_F(HostileDatasetTest, AHiddenDirectoryThatIsALinkIsNeitherUsedNorEmptied) {
  WriteTextFile(elsewhere() + "/17-abc/x", "looks like staged");
  FileTree before = ReadTree(elsewhere());
  stdfs::create_directory_symlink(elsewhere(), TransactionsDirectory(dataset()));
  EXPECT_ERROR_KIND(SettleUnfinished(LocalFileSystem(), dataset(), true, {}),
                    ErrorKind::kUnsupported);
  ASSERT_OK_AND_ASSIGN(const auto transaction,
                       DatasetTransaction::Make(LocalFileSystem(), dataset(), {}));
  EXPECT_ERROR_KIND(transaction->files(), ErrorKind::kUnsupported);
  EXPECT_EQ(ReadTree(elsewhere()), before);
}

TEST_F(HostileDatasetTest, ADirectoryThatBecomesALinkBeforeAnyStepRedirectsNothing) {
  int num_steps = 0;  // known after a run that nobody disturbs
  for (int at = -1; at < num_steps && !HasFailure(); ++at) {
    for (const char* target : {"/p=1", "/p=2", "/.planish", ""}) {
      stdfs::remove_all(directory_ / "aside");
      if (stdfs::is_symlink(dataset())) stdfs::remove(dataset());
      WriteTree(Old(), dataset());
      exchanged_ = false;
      int step = 0;
      HookedFileSystem files([&](const std::string& operation, const std::string& path) {
        if (step++ != at || !stdfs::exists(dataset() + target)) return;
        // Who may exchange the dataset itself before it is opened decides which it is.
        if (operation == "pin" && path == dataset() + target && path == dataset()) return;
        ExchangeForLink(dataset() + target);
      });
      SCOPED_TRACE(target + std::string(" before step ") + std::to_string(at));
      (void)ChangeDataset(&files);
      ExpectElsewhereUntouched();
      if (at < 0) num_steps = step;
    }
  }
}

TEST_F(HostileDatasetTest, StagedFilesExchangedInTheMomentOfAttributesGiveNothingAway) {
  SKIP_WITHOUT_A_SECOND_USER();
  ASSERT_EQ(chown((dataset() + "/a.parquet").c_str(), kSecondUser, kSecondUser), 0);
  HookedFileSystem files([&](const std::string& operation, const std::string& path) {
    if (operation != "copy attributes" || !path.ends_with("a.parquet.staged")) return;
    if (exchanged_) return;
    exchanged_ = true;
    // Not the second user, who cannot get in; if anybody could.
    const std::string staged = stdfs::path(path).parent_path();
    stdfs::rename(staged + "/a.parquet.staged", staged + "/kept");
    stdfs::create_symlink(elsewhere() + "/a.parquet", staged + "/a.parquet.staged");
  });
  EXPECT_FALSE(ChangeDataset(&files).ok());
  EXPECT_TRUE(exchanged_);
  ExpectElsewhereUntouched();
}

TEST_F(HostileDatasetTest, ASwapMarkerOrSiblingOfAnotherUserHasNothingRemoved) {
  SKIP_WITHOUT_A_SECOND_USER();
  stdfs::permissions(directory_.path(), stdfs::perms(0777));
  const std::string name = ".ds.planish-swap-17-abc";
  ASSERT_TRUE(AsSecondUser([&] {
    const std::string sibling = directory_ / name;
    WriteTextFile(sibling + "/kept", "");
    WriteTextFile(SwapMarkerPath(sibling), SwapMarkerText(name, false));
    stdfs::create_directory(directory_ / ".ds.planish-swap-18-abc");
    stdfs::create_directory(directory_ / ".ds.planish-new-19-abc");
    return true;
  }));
  EXPECT_OK(SettleUnfinished(LocalFileSystem(), dataset(), true, {}));
  EXPECT_EQ(StagedDirectory::RemoveStale(LocalFileSystem(), dataset()), 0);
  EXPECT_TRUE(stdfs::exists(directory_ / name + "/kept"));
  EXPECT_TRUE(stdfs::exists(directory_ / ".ds.planish-swap-18-abc"));
  EXPECT_TRUE(stdfs::exists(directory_ / ".ds.planish-new-19-abc"));
}

TEST_F(HostileDatasetTest, ASwapIsNotRedirectedByItsSiblingBecomingALink) {
  int num_steps = 0;  // known after a run that nobody disturbs
  for (int at = -1; at < num_steps && !HasFailure(); ++at) {
    stdfs::remove_all(directory_ / "aside");
    WriteTree(Old(), dataset());
    exchanged_ = false;
    int step = 0;
    HookedFileSystem files([&](const std::string&, const std::string&) {
      if (step++ != at) return;
      for (const auto& entry : stdfs::directory_iterator(directory_.path())) {
        const std::string name = entry.path().filename();
        if (name.starts_with(".ds.planish-swap-")) {
          ExchangeForLink(entry.path());
          return;
        }
      }
    });
    SCOPED_TRACE("before step " + std::to_string(at));
    {
      ASSERT_OK_AND_ASSIGN(const auto swap, DatasetSwap::Make(&files, dataset(), {}));
      swap->Replace("a.parquet");
      swap->Remove("p=2/d.parquet");
      if (TryStage(swap.get(), "a.parquet").ok()) (void)swap->Commit({});
    }
    ExpectElsewhereUntouched();
    for (const auto& entry : stdfs::directory_iterator(directory_.path())) {
      if (stdfs::is_symlink(entry)) stdfs::remove(entry);
    }
    if (!stdfs::exists(dataset())) stdfs::create_directory(dataset());
    if (at < 0) num_steps = step;
  }
}

TEST_F(HostileDatasetTest, RecoveryIsNotRedirectedByASiblingBecomingALink) {
  int num_steps = 0;  // known after a run that nobody disturbs
  const std::string sibling = directory_ / ".ds.planish-swap-17-abc";
  for (int at = -1; at < num_steps && !HasFailure(); ++at) {
    for (const bool swapped : {false, true}) {
      stdfs::remove_all(directory_ / "aside");
      stdfs::remove_all(sibling);
      WriteTree(Old(), dataset());
      WriteTree(Old(), sibling);
      const std::string marked = swapped ? dataset() : sibling;
      stdfs::create_directory(TransactionsDirectory(marked));
      stdfs::permissions(TransactionsDirectory(marked), stdfs::perms(0700));
      WriteTextFile(SwapMarkerPath(marked),
                    SwapMarkerText(".ds.planish-swap-17-abc", false));
      exchanged_ = false;
      int step = 0;
      HookedFileSystem files([&](const std::string&, const std::string&) {
        if (step++ == at && stdfs::exists(sibling)) ExchangeForLink(sibling);
      });
      SCOPED_TRACE("before step " + std::to_string(at));
      (void)SettleUnfinished(&files, dataset(), true, {});
      ExpectElsewhereUntouched();
      if (at < 0) num_steps = std::max(num_steps, step);
    }
  }
}

TEST_F(HostileDatasetTest, AnOutputIsStagedWhereItBeganWhateverTakesItsName) {
  {
    ASSERT_OK_AND_ASSIGN(
        auto staged, StagedDirectory::Make(LocalFileSystem(), directory_ / "out", false));
    ExchangeForLink(staged.files()->directory());
    for (const char* name : {"a.parquet", "sub/x"}) {
      ASSERT_OK_AND_ASSIGN(const std::string path, staged.files()->Prepare(name));
      ASSERT_OK_AND_ASSIGN(auto file, LocalFileSystem()->CreateOutput(path));
      ASSERT_OK(file->Close());
    }
  }
  ExpectElsewhereUntouched();
}

}  // namespace
}  // namespace planish
