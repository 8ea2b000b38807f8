// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "planish/dedup.h"
#include "planish/merge.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

/// A dataset of three files in two partitions: one loses a row, one goes with its
/// partition, one stays.
class SidecarFilesTest : public testing::TestWithParam<std::tuple<Engine, PublishMode>> {
 protected:
  void SetUp() override {
    Write("p=1/a.parquet", R"([[1, "one"], [2, "two"], [3, "three"]])");
    Write("p=1/b.parquet", R"([[4, "four"], [1, "again"], [5, "five"]])");
    Write("p=2/c.parquet", R"([[1, "again"], [2, "again"]])");
  }

  void Write(const std::string& name, const std::string& rows,
             const arrow::FieldVector& added = {}) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    arrow::FieldVector fields = {arrow::field("id", arrow::int64()),
                                 arrow::field("text", arrow::utf8())};
    fields.insert(fields.end(), added.begin(), added.end());
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(arrow::schema(fields), rows));
    ASSERT_OK(WriteParquet(*table, Path(name), spec));
  }

  std::string Dataset() const { return directory_ / "data"; }
  std::string Path(const std::string& name) const { return Dataset() + "/" + name; }
  bool Exists(const std::string& name) const { return stdfs::exists(Path(name)); }

  Report Dedup(const std::string& backup = "") {
    DedupOptions options;
    options.dataset.inputs = {Dataset()};
    options.key = {"id"};
    options.in_place = true;
    options.engine = std::get<0>(GetParam());
    options.in_place_options.publish = std::get<1>(GetParam());
    options.in_place_options.keep_backup = backup;
    options.verify = true;
    auto report = planish::Dedup(options, RunContext());
    EXPECT_OK(report);
    return report.ok() ? *report : Report();
  }

  /// Of rows in a file of its own.
  Report Merge(const std::string& rows, const arrow::FieldVector& added = {}) {
    Write("../source/s.parquet", rows, added);
    MergeOptions options;
    options.target = Dataset();
    options.source.inputs = {directory_ / "source"};
    options.key = {"id"};
    options.in_place = true;
    options.create = true;
    options.extra_columns = ExtraSourceColumns::kAdd;
    options.engine = std::get<0>(GetParam());
    options.in_place_options.publish = std::get<1>(GetParam());
    auto report = planish::Merge(options, RunContext());
    EXPECT_OK(report);
    return report.ok() ? *report : Report();
  }

  /// A `_metadata` is there, and says what these files are.
  void ExpectTrue(const std::string& directory, const std::vector<std::string>& names) {
    const std::string root = directory.empty() ? Dataset() : Path(directory);
    ASSERT_OK_AND_ASSIGN(const auto listed, ReadMetadataFile(root + "/_metadata"));
    ASSERT_OK_AND_ASSIGN(const auto files, RowGroupsOfFiles(root, names));
    EXPECT_EQ(listed, files);
  }

  static std::vector<std::string> Fates(const Report& report) {
    std::vector<std::string> fates;
    for (const MetadataFileReport& file : report.publish.metadata_files) {
      fates.push_back(file.file + " " + file.outcome +
                      (file.reason.empty() ? "" : ": " + file.reason));
    }
    return fates;
  }

  TempDir directory_;
};

TEST_P(SidecarFilesTest, ChecksumsGoWithTheFilesThatTheyAreAbout) {
  for (const std::string name : {"p=1/.a.parquet.crc", "p=1/.b.parquet.crc",
                                 "p=2/.c.parquet.crc", "._SUCCESS.crc"}) {
    WriteTextFile(Path(name), "crc");
  }
  const Report report = Dedup();
  EXPECT_EQ(report.publish.checksums_removed, 2);
  EXPECT_TRUE(Exists("p=1/.a.parquet.crc"));
  EXPECT_TRUE(Exists("._SUCCESS.crc"));
  EXPECT_FALSE(Exists("p=1/.b.parquet.crc"));
  EXPECT_FALSE(Exists("p=2")) << "nothing but a checksum was left in it";
}

TEST_P(SidecarFilesTest, MetadataAboveThePartitionThatChangesIsNamedAsStale) {
  ASSERT_OK(
      WriteMetadataFile(Dataset(), {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet"}));
  ASSERT_OK(WriteMetadataFile(directory_.path(), {"data/p=2/c.parquet"}));
  DedupOptions options;
  options.dataset.inputs = {Path("p=1")};
  options.key = {"id"};
  options.in_place = true;
  options.engine = std::get<0>(GetParam());
  options.in_place_options.publish = std::get<1>(GetParam());
  std::vector<std::string> warnings;
  RunContext context;
  context.on_log = [&](LogLevel level, const std::string& text) {
    if (level == LogLevel::kWarning) warnings.push_back(text);
  };
  ASSERT_OK_AND_ASSIGN(const Report report, planish::Dedup(options, context));
  const std::string stale = Path("_metadata") +
                            " stale: it lists files of the dataset, which is a part of "
                            "its own";
  EXPECT_THAT(Fates(report), ElementsAre(stale));
  EXPECT_EQ(warnings.size(), 1U);
}

TEST_P(SidecarFilesTest, TheBackupHoldsWhatWasRemovedAndReplaced) {
  WriteTextFile(Path("p=1/.b.parquet.crc"), "crc of b");
  WriteTextFile(Path("p=2/.c.parquet.crc"), "crc of c");
  ASSERT_OK(
      WriteMetadataFile(Dataset(), {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet"}));
  ASSERT_OK(WriteMetadataFile(Path("p=2"), {"c.parquet"}));
  const FileTree before = ReadTree(Dataset());
  Dedup(directory_ / "backup");
  const FileTree backup = ReadTree(directory_ / "backup");
  for (const std::string name : {"p=1/b.parquet", "p=1/.b.parquet.crc", "p=2/c.parquet",
                                 "p=2/.c.parquet.crc", "_metadata", "p=2/_metadata"}) {
    ASSERT_TRUE(backup.contains(name)) << name;
    EXPECT_EQ(backup.at(name), before.at(name)) << name;
  }
}

TEST_P(SidecarFilesTest, MetadataThatWasTrueIsMadeAnew) {
  ASSERT_OK(
      WriteMetadataFile(Dataset(), {"p=1/b.parquet", "p=1/a.parquet", "p=2/c.parquet"}));
  WriteTextFile(Path("._metadata.crc"), "crc");
  const Report report = Dedup();
  EXPECT_THAT(Fates(report), ElementsAre("_metadata rebuilt"));
  EXPECT_EQ(report.publish.checksums_removed, 1);
  EXPECT_FALSE(Exists("._metadata.crc"));
  ExpectTrue("", {"p=1/b.parquet", "p=1/a.parquet"});
}

TEST_P(SidecarFilesTest, MetadataOfPartitionsIsMadeAnewOrGoesWithThem) {
  ASSERT_OK(WriteMetadataFile(Path("p=1"), {"a.parquet", "b.parquet"}));
  ASSERT_OK(WriteMetadataFile(Path("p=2"), {"c.parquet"}));
  const Report report = Dedup();
  EXPECT_THAT(Fates(report),
              ElementsAre("p=1/_metadata rebuilt",
                          "p=2/_metadata removed: no data is left in its directory"));
  ExpectTrue("p=1", {"a.parquet", "b.parquet"});
  EXPECT_FALSE(Exists("p=2"));
}

TEST_P(SidecarFilesTest, MetadataListsInsertedFiles) {
  ASSERT_OK(
      WriteMetadataFile(Dataset(), {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet"}));
  Write("p=3/d.parquet", "[]");
  const Report report = Merge(R"([[5, "FIVE", "1"], [70, "new", "7"]])",
                              {arrow::field("p", arrow::utf8())});
  EXPECT_THAT(Fates(report), ElementsAre("_metadata rebuilt"));
  std::vector<std::string> names = {"p=1/a.parquet", "p=1/b.parquet", "p=2/c.parquet"};
  for (const auto& entry : stdfs::directory_iterator(Path("p=7"))) {
    names.push_back("p=7/" + entry.path().filename().string());
  }
  ASSERT_EQ(names.size(), 4U);
  ExpectTrue("", names);
}

TEST_P(SidecarFilesTest, MetadataThatWasNotTrueIsRemovedAndTheReportSaysWhy) {
  const std::vector<std::string> all = {"p=1/a.parquet", "p=1/b.parquet",
                                        "p=2/c.parquet"};
  struct Lie {
    std::string reason;
    std::function<void()> tell;
  };
  const std::vector<Lie> lies = {
      {"it lacks p=2/c.parquet",
       [&] {
         ASSERT_OK(WriteMetadataFile(Dataset(), {all[0], all[1]}));
       }},
      {"it has other row groups of p=1/a.parquet",
       [&] {
         ASSERT_OK(WriteMetadataFile(Dataset(), all));
         Write(all[0], R"([[1, "one"], [2, "two"], [3, "another, longer one"]])");
       }},
      {"it lists p=1/z.parquet, which cannot be read",
       [&] {
         Write("p=1/z.parquet", R"([[99, "gone"]])");
         ASSERT_OK(
             WriteMetadataFile(Dataset(), {all[0], all[1], all[2], "p=1/z.parquet"}));
         stdfs::remove(Path("p=1/z.parquet"));
       }},
  };
  for (const Lie& lie : lies) {
    SetUp();
    lie.tell();
    EXPECT_THAT(Fates(Dedup()),
                ElementsAre("_metadata removed: it was not true before: " + lie.reason));
    EXPECT_FALSE(Exists("_metadata"));
  }
  SetUp();
  WriteTextFile(Path("_metadata"), "not Parquet at all");
  const Report report = Dedup();
  ASSERT_EQ(report.publish.metadata_files.size(), 1U);
  EXPECT_THAT(report.publish.metadata_files[0].reason,
              testing::StartsWith("it cannot be read: "));
  EXPECT_FALSE(Exists("_metadata"));
}

TEST_P(SidecarFilesTest, SidecarsStayWhereNothingChanges) {
  stdfs::remove(Path("p=1/b.parquet"));
  stdfs::remove_all(Path("p=2"));
  for (const std::string name : {"_metadata", "_common_metadata", "p=1/.a.parquet.crc"}) {
    WriteTextFile(Path(name), "whatever it says");
  }
  const FileTree before = ReadTree(Dataset());
  const Report report = Dedup();
  EXPECT_THAT(Fates(report), IsEmpty());
  EXPECT_EQ(ReadTree(Dataset()), before);
}

TEST_P(SidecarFilesTest, CommonMetadataStaysWhereColumnsStay) {
  ASSERT_OK(WriteCommonMetadataFile(Dataset(), "p=1/a.parquet"));
  const std::string before = ReadTextFile(Path("_common_metadata"));
  EXPECT_THAT(Fates(Dedup()), IsEmpty());
  EXPECT_EQ(ReadTextFile(Path("_common_metadata")), before);
}

TEST_P(SidecarFilesTest, MetadataFollowsAddedColumns) {
  ASSERT_OK(WriteCommonMetadataFile(Dataset(), "p=1/a.parquet"));
  stdfs::remove(Path("p=1/b.parquet"));
  Write("p=2/c.parquet", R"([[11, "again"], [12, "again"]])");
  ASSERT_OK(WriteMetadataFile(Dataset(), {"p=1/a.parquet", "p=2/c.parquet"}));
  ASSERT_OK(WriteMetadataFile(Path("p=2"), {"c.parquet"}));
  const Report report =
      Merge(R"([[11, "eleven", "2", 11]])",
            {arrow::field("p", arrow::utf8()), arrow::field("added", arrow::int32())});
  EXPECT_THAT(Fates(report),
              ElementsAre("_common_metadata rebuilt",
                          "_metadata removed: files below it have different columns now",
                          "p=2/_metadata rebuilt"));
  ASSERT_OK_AND_ASSIGN(const auto common, ReadLeafColumns(Path("_common_metadata")));
  EXPECT_THAT(common, ElementsAre("id", "text", "added"));
  ASSERT_OK_AND_ASSIGN(const auto columns, ReadLeafColumns(Path("p=2/_metadata")));
  EXPECT_THAT(columns, ElementsAre("id", "text", "added"));
  ExpectTrue("p=2", {"c.parquet"});
}

TEST_P(SidecarFilesTest, AMergeIntoADatasetOfNoFilesRemovesMetadataOfFilesThatAreGone) {
  ASSERT_OK(WriteMetadataFile(Dataset(), {"p=1/a.parquet"}));
  stdfs::remove_all(Path("p=1"));
  stdfs::remove_all(Path("p=2"));
  const Report report = Merge(R"([[1, "one"]])");
  EXPECT_THAT(Fates(report),
              ElementsAre("_metadata removed: it was not true before: it lists "
                          "p=1/a.parquet, which cannot be read"));
}

INSTANTIATE_TEST_SUITE_P(
    InPlace, SidecarFilesTest,
    testing::Combine(testing::Values(Engine::kAuto, Engine::kReference),
                     testing::Values(PublishMode::kFiles, PublishMode::kSwap)),
    [](const auto& test) {
      return std::string(std::get<0>(test.param) == Engine::kAuto ? "Auto"
                                                                  : "Reference") +
             (std::get<1>(test.param) == PublishMode::kSwap ? "Swap" : "Files");
    });

}  // namespace
}  // namespace planish
