// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

#include "property/dedup_case.h"
#include "property/publish_faults.h"
#include "publish/dataset_swap.h"
#include "publish/dataset_transaction.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

enum class Way { kFiles, kSwap };

using Contents = PowerCutFileSystem::Contents;

/// A dataset of 6 files in 3 partitions, of which two are replaced, two go, one comes,
/// and a partition goes and another comes with them. So do files that describe them.
class ChangeFaultTest : public PublishFaultTest, public testing::WithParamInterface<Way> {
 protected:
  FileTree OldFiles() override {
    return {{"p=1/", ""},
            {"p=1/a.parquet", "old a, which is to be replaced"},
            {"p=1/b.parquet", "old b, which stays"},
            {"p=2/", ""},
            {"p=2/c.parquet", "old c, which is to be replaced"},
            {"p=2/d.parquet", "old d, which goes"},
            {"p=3/", ""},
            {"p=3/q=1/", ""},
            {"p=3/q=1/e.parquet", "old e, which goes, and its partition with it"},
            {"f.parquet", "old f, which stays"},
            {"_metadata", "of all, which is to be made anew"},
            {"p=1/.a.parquet.crc", "of a, which goes"},
            {"p=1/.b.parquet.crc", "of b, which stays"},
            {"p=3/q=1/.e.parquet.crc", "of e, which goes, first of its directory"},
            {"p=3/q=1/_metadata", "of e, which goes, too"}};
  }

  template <typename Transaction>
  static arrow::Status Stage(FileSystem* files, Transaction* transaction) {
    ARROW_ASSIGN_OR_RAISE(StagedFiles* const staged, transaction->files());
    for (const std::string name :
         {"p=1/a.parquet", "p=2/c.parquet", "p=4/g.parquet", "_metadata"}) {
      ARROW_ASSIGN_OR_RAISE(const std::string path, staged->Prepare(name));
      ARROW_ASSIGN_OR_RAISE(auto file, files->CreateOutput(path, false));
      const std::string text = "new " + name;
      arrow::Status done = file->Append(text.data(), static_cast<int64_t>(text.size()));
      if (done.ok()) done = file->Append(text.data(), 3);
      if (done.ok()) done = file->Sync();
      const arrow::Status closed = file->Close();
      ARROW_RETURN_NOT_OK(done);
      ARROW_RETURN_NOT_OK(closed);
    }
    return arrow::Status::OK();
  }

  arrow::Status PublishFiles(FileSystem* files) {
    ARROW_ASSIGN_OR_RAISE(auto transaction,
                          DatasetTransaction::Make(files, dataset(), options_));
    ARROW_RETURN_NOT_OK(Stage(files, transaction.get()));
    const auto old = [&](const std::string& path) -> arrow::Result<FileIdentity> {
      ARROW_ASSIGN_OR_RAISE(const FileStatus status, files->Stat(dataset() + "/" + path));
      return status.identity;
    };
    const std::vector<std::string> describing = {
        "p=1/.a.parquet.crc", "p=3/q=1/.e.parquet.crc", "p=3/q=1/_metadata"};
    for (const std::string& path : describing) {
      ARROW_ASSIGN_OR_RAISE(const FileIdentity identity, old(path));
      transaction->Remove(path, identity);
    }
    for (const char* path : {"p=1/a.parquet", "p=2/c.parquet", "_metadata"}) {
      ARROW_ASSIGN_OR_RAISE(const FileIdentity identity, old(path));
      transaction->Replace(path, identity);
    }
    for (const char* path : {"p=2/d.parquet", "p=3/q=1/e.parquet"}) {
      ARROW_ASSIGN_OR_RAISE(const FileIdentity identity, old(path));
      transaction->Remove(path, identity);
    }
    transaction->Add("p=4/g.parquet");
    return transaction->Commit({});
  }

  arrow::Status PublishSwap(FileSystem* files) {
    ARROW_ASSIGN_OR_RAISE(auto swap, DatasetSwap::Make(files, dataset(), options_));
    ARROW_RETURN_NOT_OK(Stage(files, swap.get()));
    for (const char* path : {"p=1/a.parquet", "p=2/c.parquet", "_metadata"}) {
      swap->Replace(path);
    }
    for (const char* path : {"p=2/d.parquet", "p=3/q=1/e.parquet", "p=1/.a.parquet.crc",
                             "p=3/q=1/.e.parquet.crc", "p=3/q=1/_metadata"}) {
      swap->Remove(path);
    }
    swap->Add("p=4/g.parquet");
    return swap->Commit({});
  }

  arrow::Status Publish(FileSystem* files) override {
    return GetParam() == Way::kSwap ? PublishSwap(files) : PublishFiles(files);
  }
  bool IsOneStep() const override { return GetParam() == Way::kSwap; }

  TransactionOptions options_;
};

constexpr Fault kFail{Fault::Kind::kFail, EIO};
constexpr Fault kTear{Fault::Kind::kTear, EIO};
constexpr Fault kNoSpace{Fault::Kind::kTear, ENOSPC};

TEST_P(ChangeFaultTest, OneFailureLeavesTheOldDatasetOrTheNewOne) {
  ASSERT_GT(num_operations(), 50);
  FailEach(kFail, ErrorKind::kIo, [](const FileOperation&) { return true; });
}

TEST_P(ChangeFaultTest, OneTornReadOrWriteLeavesTheOldDatasetOrTheNewOne) {
  FailEach(kTear, ErrorKind::kIo, TearsIt);
}

TEST_P(ChangeFaultTest, ADiskThatIsFullOnceLeavesTheOldDatasetOrTheNewOne) {
  FailEach(kNoSpace, ErrorKind::kDiskFull, FillsTheDisk);
}

TEST_P(ChangeFaultTest, ADiskThatStaysFullLeavesTheOldDatasetOrTheNewOne) {
  FillTheDiskFromEach();
}

TEST_P(ChangeFaultTest, CleaningUpIsTriedAgainWhenItFailsToo) {
  FailEachAndCleaningUp();
}

TEST_P(ChangeFaultTest, ADeadProcessLeavesWhatRecoverySettles) {
  DieAtEach();
}

TEST_P(ChangeFaultTest, APowerCutThatLosesEverythingUnsyncedIsSettled) {
  CutThePowerAtEach(Kept::kNothing, Contents::kEmpty);
}

TEST_P(ChangeFaultTest, APowerCutThatLosesContentsButNotNamesIsSettled) {
  CutThePowerAtEach(Kept::kAllNames, Contents::kEmpty);
}

TEST_P(ChangeFaultTest, APowerCutThatLosesSomeNamesAndHalfOfContentsIsSettled) {
  CutThePowerAtEach(Kept::kSomeNames, Contents::kHalf);
}

TEST_P(ChangeFaultTest, RecoveryThatEndsEarlyIsSettledByTheNext) {
  DieAtEachAndInRecovery(1);
}

TEST_P(ChangeFaultTest, AnyNumberOfFailuresLeavesTheOldDatasetOrTheNewOne) {
  FailAtRandom(PropertyIterations(1000));
}

TEST_P(ChangeFaultTest, FilesThatStayAreTheVeryFiles) {
  ExpectUntouched({"p=1/b.parquet", "f.parquet"});
}

/// The same with a backup, in directories that have to be made.
class BackupFaultTest : public ChangeFaultTest {
 protected:
  void SetUp() override {
    options_.backup = root() + "/kept/backup";
    ChangeFaultTest::SetUp();
  }

  /// Before the commit a dead process may leave some of a backup behind: nobody else can
  /// know whose it is. After it the backup is whole, though recovery may have kept it
  /// under the name that it had.
  FileTree Judged(FileTree now) const override {
    const bool is_old = now.contains("ds/p=3/q=1/e.parquet");
    FileTree judged;
    for (const auto& [path, bytes] : now) {
      const bool is_data = path.rfind("ds/", 0) == 0;
      if (is_data || !is_old) judged[is_data ? path : InBackup(path)] = bytes;
      if (is_data || path.back() == '/') continue;
      const auto old = before().find("ds/" + InBackup(path).substr(kBackup.size()));
      EXPECT_TRUE(old != before().end() && old->second == bytes) << path;
    }
    if (!is_old) judged["kept/"] = "";
    return judged;
  }

  static std::string InBackup(const std::string& path) {
    if (path.rfind(".ds.planish-swap-", 0) != 0) return path;
    return kBackup + path.substr(path.find('/') + 1);
  }

  inline static const std::string kBackup = "kept/backup/";
};

TEST_P(BackupFaultTest, OneFailureLeavesTheOldDatasetOrTheNewOne) {
  FailEach(kFail, ErrorKind::kIo, [](const FileOperation&) { return true; });
}

TEST_P(BackupFaultTest, CleaningUpIsTriedAgainWhenItFailsToo) {
  FailEachAndCleaningUp();
}

TEST_P(BackupFaultTest, ADeadProcessLeavesTheOldDatasetOrAllOfTheBackup) {
  DieAtEach();
}

TEST_P(BackupFaultTest, APowerCutLeavesTheOldDatasetOrAllOfTheBackup) {
  CutThePowerAtEach(Kept::kNothing, Contents::kEmpty);
}

TEST_P(BackupFaultTest, APowerCutThatLosesSomeNamesLeavesTheOldDatasetOrAllOfTheBackup) {
  CutThePowerAtEach(Kept::kSomeNames, Contents::kEmpty);
}

const auto kNameOfWay = [](const testing::TestParamInfo<Way>& way) {
  return way.param == Way::kSwap ? "Swap" : "Files";
};

INSTANTIATE_TEST_SUITE_P(Publish, BackupFaultTest,
                         testing::Values(Way::kFiles, Way::kSwap), kNameOfWay);

INSTANTIATE_TEST_SUITE_P(Publish, ChangeFaultTest,
                         testing::Values(Way::kFiles, Way::kSwap), kNameOfWay);

}  // namespace
}  // namespace planish
