// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "planish/restore.h"
#include "property/dedup_case.h"
#include "property/publish_faults.h"
#include "support/arrow_assertions.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using Contents = PowerCutFileSystem::Contents;

/// Undoes whole runs in place: files are put back, come again, and stay; so do those that
/// describe them. The backup is one of files, or a directory that was swapped out.
class RestoreFaultTest : public PublishFaultTest,
                         public testing::WithParamInterface<PublishMode> {
 protected:
  FileTree OldFiles() override {
    Write("p=1/a.parquet", R"([[1, "one"], [2, "two"], [3, "three"], [1, "again"]])");
    Write("p=1/b.parquet", R"([[4, "four"], [5, "five"], [6, "six"]])");
    Write("p=2/c.parquet", R"([[1, "again"], [2, "again"]])");
    EXPECT_OK(WriteMetadataFile(source_ / "ds",
                                {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet"}));
    WriteTextFile(source_ / "ds/p=1/.a.parquet.crc", "of a");
    original_ = ReadTree(source_ / "ds");
    DedupOptions options;
    options.dataset.inputs = {source_ / "ds"};
    options.key = {"id"};
    options.in_place = true;
    options.in_place_options.publish = GetParam();
    options.in_place_options.keep_backup = source_ / "backup";
    EXPECT_OK(Dedup(options, Context()));
    return ReadTree(source_ / "ds");
  }

  void Write(const std::string& name, const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, source_ / ("ds/" + name), spec));
  }

  static RunContext Context() {
    RunContext context = DedupCase::PlainContext();
    context.sync = true;
    return context;
  }

  arrow::Status Publish(FileSystem* files) override {
    const FileSystemOverride override(files);
    RestoreOptions options;
    options.dataset = dataset();
    options.backup = source_ / "backup";
    return Restore(options, Context()).status();
  }

  arrow::Result<Recovery> Settle(FileSystem* files) override {
    RecoverOptions options;
    options.dataset = dataset();
    const FileSystemOverride override(files);
    return Recover(options, Context());
  }

  TempDir source_;
  FileTree original_;
};

TEST_P(RestoreFaultTest, PutsBackEveryFileToTheByte) {
  ASSERT_OK(Publish(LocalFileSystem()));
  EXPECT_TRUE(ReadTree(dataset()) == original_);
}

TEST_P(RestoreFaultTest, OneFailureLeavesTheDatasetAsItWasOrRestored) {
  ASSERT_GT(num_operations(), 50);
  FailEach({Fault::Kind::kFail, EIO}, ErrorKind::kIo,
           [](const FileOperation&) { return true; });
}

TEST_P(RestoreFaultTest, ADiskThatStaysFullLeavesTheDatasetAsItWasOrRestored) {
  FillTheDiskFromEach();
}

TEST_P(RestoreFaultTest, CleaningUpIsTriedAgainWhenItFailsToo) {
  FailEachAndCleaningUp();
}

TEST_P(RestoreFaultTest, ADeadProcessLeavesWhatRecoverySettles) {
  DieAtEach();
}

TEST_P(RestoreFaultTest, ADeadProcessLeavesWhatTheNextRestoreSettles) {
  DieAtEachAndRunAgain();
}

TEST_P(RestoreFaultTest, APowerCutThatLosesEverythingUnsyncedIsSettled) {
  CutThePowerAtEach(Kept::kNothing, Contents::kEmpty);
}

TEST_P(RestoreFaultTest, APowerCutThatLosesContentsButNotNamesIsSettled) {
  CutThePowerAtEach(Kept::kAllNames, Contents::kEmpty);
}

TEST_P(RestoreFaultTest, APowerCutThatLosesSomeNamesAndHalfOfContentsIsSettled) {
  CutThePowerAtEach(Kept::kSomeNames, Contents::kHalf);
}

TEST_P(RestoreFaultTest, RecoveryThatEndsEarlyIsSettledByTheNext) {
  DieAtEachAndInRecovery(10);
}

TEST_P(RestoreFaultTest, ADatasetThatIsRestoredIsNotTouchedAgain) {
  ExpectNothingDoneAgain();
}

TEST_P(RestoreFaultTest, FilesThatTheRunLeftAloneAreTheVerySame) {
  ExpectUntouched({"p=1/b.parquet"});
}

INSTANTIATE_TEST_SUITE_P(Backups, RestoreFaultTest,
                         testing::Values(PublishMode::kFiles, PublishMode::kSwap),
                         [](const auto& tested) {
                           return tested.param == PublishMode::kFiles ? "Files" : "Swap";
                         });

}  // namespace
}  // namespace planish
