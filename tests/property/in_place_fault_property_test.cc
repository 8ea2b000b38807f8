// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "property/publish_faults.h"
#include "support/arrow_assertions.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using Contents = PowerCutFileSystem::Contents;

/// Whole runs in place, of 6 files in 3 partitions: row groups are copied, dropped and
/// transcoded, files stay and go, and a partition goes. Files that describe them stay,
/// are made anew, and go.
class InPlaceFaultTest : public PublishFaultTest,
                         public testing::WithParamInterface<PublishMode> {
 protected:
  FileTree OldFiles() override {
    Write("p=1/a.parquet", R"([[1, "one"], [2, "two"], [3, "three"], [1, "again"]])");
    Write("p=1/b.parquet", R"([[4, "four"], [5, "five"], [6, "six"], [7, "seven"]])");
    Write("p=1/f.parquet", R"([[10, "ten"], [11, "eleven"]])");
    Write("p=2/c.parquet", R"([[1, "again"], [2, "again"], [3, "again"]])");
    Write("p=2/d.parquet", R"([[8, "eight"], [9, "nine"], [7, "again"], [7, "too"]])");
    Write("p=3/e.parquet", R"([[9, "again"], [11, "again"]])");
    EXPECT_OK(WriteMetadataFile(source_ / "ds",
                                {"p=1/a.parquet", "p=1/b.parquet", "p=1/f.parquet",
                                 "p=2/c.parquet", "p=2/d.parquet", "p=3/e.parquet"}));
    EXPECT_OK(WriteMetadataFile(source_ / "ds/p=3", {"e.parquet"}));
    EXPECT_OK(WriteCommonMetadataFile(source_ / "ds", "p=1/a.parquet"));
    WriteTextFile(source_ / "ds/p=1/.a.parquet.crc", "of a");
    WriteTextFile(source_ / "ds/p=1/.b.parquet.crc", "of b");
    WriteTextFile(source_ / "ds/p=3/.e.parquet.crc", "of e");
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

  DedupOptions Options() const {
    DedupOptions options;
    options.dataset.inputs = {dataset()};
    options.key = {"id"};
    options.in_place = true;
    options.in_place_options.publish = GetParam();
    options.verify = true;
    options.on_error = OnError::kFail;
    return options;
  }

  arrow::Status Publish(FileSystem* files) override {
    const FileSystemOverride override(files);
    return Dedup(Options(), Context()).status();
  }

  arrow::Result<Recovery> Settle(FileSystem* files) override {
    RecoverOptions options;
    options.dataset = dataset();
    const FileSystemOverride override(files);
    return Recover(options, Context());
  }

  bool IsOneStep() const override { return GetParam() == PublishMode::kSwap; }

  TempDir source_;
};

TEST_P(InPlaceFaultTest, OneFailureLeavesTheOldDatasetOrTheNewOne) {
  ASSERT_GT(num_operations(), 200);
  FailEach({Fault::Kind::kFail, EIO}, ErrorKind::kIo,
           [](const FileOperation&) { return true; });
}

TEST_P(InPlaceFaultTest, OneTornReadOrWriteLeavesTheOldDatasetOrTheNewOne) {
  FailEach({Fault::Kind::kTear, EIO}, ErrorKind::kIo, TearsIt);
}

TEST_P(InPlaceFaultTest, ADiskThatIsFullOnceLeavesTheOldDatasetOrTheNewOne) {
  FailEach({Fault::Kind::kTear, ENOSPC}, ErrorKind::kDiskFull, FillsTheDisk);
}

TEST_P(InPlaceFaultTest, ADiskThatStaysFullLeavesTheOldDatasetOrTheNewOne) {
  FillTheDiskFromEach();
}

TEST_P(InPlaceFaultTest, CleaningUpIsTriedAgainWhenItFailsToo) {
  FailEachAndCleaningUp();
}

TEST_P(InPlaceFaultTest, ADeadProcessLeavesWhatRecoverySettles) {
  DieAtEach();
}

TEST_P(InPlaceFaultTest, ADeadProcessLeavesWhatTheNextRunSettles) {
  DieAtEachAndRunAgain();
}

TEST_P(InPlaceFaultTest, APowerCutThatLosesEverythingUnsyncedIsSettled) {
  CutThePowerAtEach(Kept::kNothing, Contents::kEmpty);
}

TEST_P(InPlaceFaultTest, APowerCutThatLosesContentsButNotNamesIsSettled) {
  CutThePowerAtEach(Kept::kAllNames, Contents::kEmpty);
}

TEST_P(InPlaceFaultTest, APowerCutThatLosesSomeNamesAndHalfOfContentsIsSettled) {
  CutThePowerAtEach(Kept::kSomeNames, Contents::kHalf);
}

TEST_P(InPlaceFaultTest, RecoveryThatEndsEarlyIsSettledByTheNext) {
  DieAtEachAndInRecovery(10);
}

TEST_P(InPlaceFaultTest, AnyNumberOfFailuresLeavesTheOldDatasetOrTheNewOne) {
  FailAtRandom(PropertyIterations(200));
}

TEST_P(InPlaceFaultTest, ADatasetWithoutDuplicatesIsNotTouched) {
  ExpectNothingDoneAgain();
}

TEST_P(InPlaceFaultTest, FilesWithoutLosersAreTheVeryFiles) {
  ExpectUntouched({"p=1/b.parquet", "p=1/f.parquet"});
}

/// With so little memory that key records go to scratch, beside the dataset.
class SpillingInPlaceFaultTest : public InPlaceFaultTest {
 protected:
  FileTree OldFiles() override {
    arrow::Int64Builder ids;
    for (int64_t row = 0; row < kRows; ++row) {
      EXPECT_OK(ids.Append(row * 7919 % (kRows - 1000)));
    }
    const std::shared_ptr<arrow::Array> column = ids.Finish().ValueOrDie();
    const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
    WriteSpec spec;
    spec.dictionary = false;
    spec.row_group_rows = kRows / 4;
    EXPECT_OK(WriteParquet(*arrow::Table::Make(schema, {column}),
                           source_ / "ds/p=1/a.parquet", spec));
    Write("p=2/b.parquet", R"([[1, "again"], [-1, "new"]])");
    return ReadTree(source_ / "ds");
  }

  arrow::Status Publish(FileSystem* files) override {
    DedupOptions options = Options();
    options.dataset.missing_columns = MissingColumns::kNull;
    RunContext context = Context();
    context.memory_limit = 4 << 20;
    const FileSystemOverride override(files);
    ARROW_ASSIGN_OR_RAISE(const Report report, Dedup(options, context));
    EXPECT_GT(report.scratch.spilled_bytes, 0);
    return arrow::Status::OK();
  }

  static constexpr int64_t kRows = 200'000;
};

TEST_P(SpillingInPlaceFaultTest, ADeadProcessLeavesNoScratchThatRecoveryLeaves) {
  DieAtSome();
}

INSTANTIATE_TEST_SUITE_P(Dedup, SpillingInPlaceFaultTest,
                         testing::Values(PublishMode::kFiles));

INSTANTIATE_TEST_SUITE_P(Dedup, InPlaceFaultTest,
                         testing::Values(PublishMode::kFiles, PublishMode::kSwap),
                         [](const auto& mode) {
                           return mode.param == PublishMode::kSwap ? "Swap" : "Files";
                         });

}  // namespace
}  // namespace planish
