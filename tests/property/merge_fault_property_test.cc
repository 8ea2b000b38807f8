// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "planish/merge.h"
#include "property/dedup_case.h"
#include "property/publish_faults.h"
#include "support/arrow_assertions.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using Contents = PowerCutFileSystem::Contents;

/// A change stream into 5 files in 3 partitions, in place: files stay, are patched, lose
/// rows and go; rows come into a partition that is there and into a new one, and a column
/// into files that are written. Files that describe them stay, are made anew, and go. The
/// result is read before it is published.
class MergeFaultTest : public PublishFaultTest,
                       public testing::WithParamInterface<PublishMode> {
 protected:
  FileTree OldFiles() override {
    const auto data = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
    Write(data, "ds/p=1/a.parquet",
          R"([[1, "one"], [2, "two"], [3, "three"], [4, "four"]])");
    Write(data, "ds/p=1/b.parquet", R"([[5, "five"], [6, "six"]])");
    Write(data, "ds/p=2/c.parquet", R"([[7, "seven"], [8, "eight"], [9, "nine"]])");
    Write(data, "ds/p=2/d.parquet", R"([[10, "ten"], [11, "eleven"]])");
    Write(data, "ds/p=3/e.parquet", R"([[12, "twelve"]])");
    const auto changes = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
         arrow::field("p", arrow::int64()), arrow::field("gone", arrow::boolean()),
         arrow::field("added", arrow::int32())});
    Write(changes, "source/s.parquet",
          R"([[2, "TWO", 1, false, 2], [8, null, 2, true, 8], [12, null, 3, true, 12],
              [11, "eleven", 2, false, null], [20, "new", 1, false, 20],
              [21, "new", 4, null, null], [22, "never", 1, true, 22]])");
    EXPECT_OK(WriteMetadataFile(place_ / "ds",
                                {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet",
                                 "p=2/d.parquet", "p=3/e.parquet"}));
    EXPECT_OK(WriteMetadataFile(place_ / "ds/p=3", {"e.parquet"}));
    EXPECT_OK(WriteCommonMetadataFile(place_ / "ds", "p=1/a.parquet"));
    WriteTextFile(place_ / "ds/p=1/.a.parquet.crc", "of a");
    WriteTextFile(place_ / "ds/p=1/.b.parquet.crc", "of b");
    WriteTextFile(place_ / "ds/._common_metadata.crc", "of the schema");
    return ReadTree(place_ / "ds");
  }

  void Write(const std::shared_ptr<arrow::Schema>& schema, const std::string& name,
             const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, place_ / name, spec));
  }

  arrow::Status Publish(FileSystem* files) override {
    MergeOptions options;
    options.target = dataset();
    options.source.inputs = {place_ / "source"};
    options.key = {"id"};
    options.delete_when = "gone";
    options.in_place = true;
    options.in_place_options.publish = GetParam();
    options.extra_columns = ExtraSourceColumns::kAdd;
    options.verify = true;
    RunContext context = DedupCase::PlainContext();
    context.sync = true;
    const FileSystemOverride override(files);
    return Merge(options, context).status();
  }

  arrow::Result<Recovery> Settle(FileSystem* files) override {
    RecoverOptions options;
    options.dataset = dataset();
    const FileSystemOverride override(files);
    return Recover(options, DedupCase::PlainContext());
  }

  bool IsOneStep() const override { return GetParam() == PublishMode::kSwap; }

  TempDir place_;
};

TEST_P(MergeFaultTest, OneFailureLeavesTheOldDatasetOrTheNewOne) {
  FailEach({Fault::Kind::kFail, EIO}, ErrorKind::kIo,
           [](const FileOperation&) { return true; });
}

TEST_P(MergeFaultTest, ADiskThatStaysFullLeavesTheOldDatasetOrTheNewOne) {
  FillTheDiskFromEach();
}

TEST_P(MergeFaultTest, ADeadProcessLeavesWhatRecoverySettles) {
  DieAtEach();
}

TEST_P(MergeFaultTest, ADeadProcessLeavesWhatTheNextRunSettles) {
  DieAtEachAndRunAgain();
}

TEST_P(MergeFaultTest, APowerCutThatLosesEverythingUnsyncedIsSettled) {
  CutThePowerAtEach(Kept::kNothing, Contents::kEmpty);
}

TEST_P(MergeFaultTest, APowerCutThatLosesSomeNamesAndHalfOfContentsIsSettled) {
  CutThePowerAtEach(Kept::kSomeNames, Contents::kHalf);
}

TEST_P(MergeFaultTest, FilesWithoutAChangeAreTheVeryFiles) {
  ExpectUntouched({"p=1/b.parquet", "p=2/d.parquet"});
}

INSTANTIATE_TEST_SUITE_P(Merge, MergeFaultTest,
                         testing::Values(PublishMode::kFiles, PublishMode::kSwap),
                         [](const auto& mode) {
                           return mode.param == PublishMode::kSwap ? "Swap" : "Files";
                         });

}  // namespace
}  // namespace planish
