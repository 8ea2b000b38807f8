// SPDX-License-Identifier: Apache-2.0
#include "planish/restore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>

#include "io/file_system.h"
#include "planish/dedup.h"
#include "planish/merge.h"
#include "publish/dataset_lock.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Fate = RestoredFile::Fate;

/// A dataset of which a run in place has replaced a file, removed one, and left one.
class RestoreTest : public testing::TestWithParam<PublishMode> {
 protected:
  void SetUp() override {
    Write("day=1/a.parquet", R"([[1, "one"], [2, "two"], [3, "three"]])");
    Write("day=1/b.parquet", R"([[4, "four"], [1, "again"], [5, "five"]])");
    Write("day=2/c.parquet", R"([[1, "again"], [2, "again"]])");
    WriteTextFile(Path("_SUCCESS"), "");
    WriteTextFile(Path("day=1/.b.parquet.crc"), "of b");
    stdfs::permissions(Path("day=2/c.parquet"), stdfs::perms(0640));
    before_ = ReadTree(Dataset());
    DedupOptions options;
    options.dataset.inputs = {Dataset()};
    options.key = {"id"};
    options.in_place = true;
    options.in_place_options.publish = GetParam();
    options.in_place_options.keep_backup = Backup();
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options));
    EXPECT_EQ(report.publish.backup, Backup());
    after_ = ReadTree(Dataset());
  }

  void Write(const std::string& name, const std::string& rows) {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, Path(name), {}));
  }

  std::string Dataset() const { return directory_ / "data"; }
  std::string Backup() const { return directory_ / "backup"; }
  std::string Path(const std::string& name) const { return Dataset() + "/" + name; }

  arrow::Result<Restoration> Run(bool dry_run = false) const {
    RestoreOptions options;
    options.dataset = Dataset();
    options.backup = Backup();
    options.dry_run = dry_run;
    return Restore(options);
  }

  /// The file, and nothing has been done.
  void ExpectRefused(ErrorKind kind, const std::string& file) const {
    const FileTree now = ReadTree(Dataset());
    for (const bool dry_run : {true, false}) {
      const auto refused = Run(dry_run);
      EXPECT_ERROR_KIND(refused, kind);
      const ErrorDetail* detail = GetErrorDetail(refused.status());
      ASSERT_NE(detail, nullptr);
      EXPECT_EQ(detail->file, file) << refused.status().ToString();
    }
    EXPECT_TRUE(ReadTree(Dataset()) == now);
  }

  TempDir directory_;
  FileTree before_, after_;
};

TEST_P(RestoreTest, PutsBackWhatTheRunReplacedAndRemoved) {
  ASSERT_OK_AND_ASSIGN(const Restoration restoration, Run());
  EXPECT_TRUE(ReadTree(Dataset()) == before_);
  EXPECT_EQ(restoration.CountOf(Fate::kReplaced), 1);
  EXPECT_EQ(restoration.CountOf(Fate::kAdded), 2);
  EXPECT_EQ(restoration.CountOf(Fate::kRemoved), 0);
  struct stat status = {};
  ASSERT_EQ(stat(Path("day=2/c.parquet").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_P(RestoreTest, ADryRunShowsTheFilesAndWritesNothing) {
  ASSERT_OK_AND_ASSIGN(const Restoration restoration, Run(/*dry_run=*/true));
  EXPECT_TRUE(ReadTree(Dataset()) == after_);
  ASSERT_EQ(restoration.files.size(), 3);
  EXPECT_EQ(restoration.files[0].path, "day=1/.b.parquet.crc");
  EXPECT_EQ(restoration.files[0].fate, Fate::kAdded);
  EXPECT_EQ(restoration.files[1].path, "day=1/b.parquet");
  EXPECT_EQ(restoration.files[1].fate, Fate::kReplaced);
  EXPECT_EQ(restoration.files[2].path, "day=2/c.parquet");
  EXPECT_EQ(restoration.files[2].fate, Fate::kAdded);
}

TEST_P(RestoreTest, ASecondTimeThereIsNothingToDo) {
  ASSERT_OK(Run());
  ASSERT_OK_AND_ASSIGN(const Restoration again, Run());
  EXPECT_TRUE(again.files.empty());
  EXPECT_TRUE(ReadTree(Dataset()) == before_);
}

TEST_P(RestoreTest, TheBackupStaysAndIsNotSharedWithTheDataset) {
  const FileTree backup = ReadTree(Backup());
  ASSERT_OK(Run());
  WriteTextFile(Path("day=2/c.parquet"), "written in place by somebody");
  EXPECT_TRUE(ReadTree(Backup()) == backup);
}

TEST_P(RestoreTest, AFileThatHasChangedSinceIsNamed) {
  Write("day=1/b.parquet", R"([[9, "nine"]])");
  ExpectRefused(ErrorKind::kDrift, Path("day=1/b.parquet"));
}

TEST_P(RestoreTest, AFileThatTheRunLeftAloneAndThatHasChangedIsNamed) {
  Write("day=1/a.parquet", R"([[1, "one"], [2, "two"], [7, "seven"]])");
  ExpectRefused(ErrorKind::kDrift, Path("day=1/a.parquet"));
}

TEST_P(RestoreTest, AFileThatHasGoneIsNamed) {
  stdfs::remove(Path("day=1/a.parquet"));
  ExpectRefused(ErrorKind::kDrift, Path("day=1/a.parquet"));
}

TEST_P(RestoreTest, AFileThatHasComeIsNamed) {
  Write("day=3/d.parquet", R"([[9, "nine"]])");
  ExpectRefused(ErrorKind::kDrift, Path("day=3/d.parquet"));
}

TEST_P(RestoreTest, AFileAtThePathOfOneThatWasRemovedIsNamed) {
  Write("day=2/c.parquet", R"([[9, "nine"]])");
  ExpectRefused(ErrorKind::kDrift, Path("day=2/c.parquet"));
}

TEST_P(RestoreTest, ACopyOfTheDatasetWithOtherTimesIsTakenForTheDataset) {
  WriteTree(after_, Dataset());
  ASSERT_OK(Run());
  EXPECT_TRUE(ReadTree(Dataset()) == before_);
}

TEST_P(RestoreTest, ABackupThatIsDamagedIsNotPutBack) {
  std::string bytes = ReadTextFile(Backup() + "/day=2/c.parquet");
  bytes[bytes.size() / 2] ^= 1;
  stdfs::remove(Backup() + "/day=2/c.parquet");
  WriteTextFile(Backup() + "/day=2/c.parquet", bytes);
  ExpectRefused(ErrorKind::kCorrupt, Backup() + "/day=2/c.parquet");
}

TEST_P(RestoreTest, AManifestThatIsDamagedIsAnError) {
  const std::string manifest = Backup() + "/.planish-backup.json";
  const std::string text = ReadTextFile(manifest);
  for (const std::string& damaged :
       {std::string(), text.substr(0, text.size() / 2), std::string("[]")}) {
    WriteTextFile(manifest, damaged);
    ExpectRefused(ErrorKind::kCorrupt, manifest);
  }
}

TEST_P(RestoreTest, ANumberThatIsNoWholeOneIsAnError) {
  const std::string manifest = Backup() + "/.planish-backup.json";
  const std::string text = ReadTextFile(manifest);
  for (const std::string field : {"\"size\": ", "\"modified_ns\": "}) {
    std::string damaged = text;
    damaged.insert(damaged.find(field) + field.size(), "1e99, \"was\": ");
    WriteTextFile(manifest, damaged);
    ExpectRefused(ErrorKind::kCorrupt, manifest);
  }
}

TEST_P(RestoreTest, APathThatLeadsOutOfTheDatasetIsNotFollowed) {
  const std::string manifest = Backup() + "/.planish-backup.json";
  std::string text = ReadTextFile(manifest);
  text.replace(text.find("day=1/b.parquet\""), 16, "../b.parquet\"   ");
  WriteTextFile(manifest, text);
  ExpectRefused(ErrorKind::kCorrupt, manifest);
}

TEST_P(RestoreTest, ADirectoryThatIsNoBackupIsAnError) {
  stdfs::remove(Backup() + "/.planish-backup.json");
  EXPECT_ERROR_KIND(Run(), ErrorKind::kMissingPath);
  stdfs::remove_all(Backup());
  EXPECT_ERROR_KIND(Run(), ErrorKind::kMissingPath);
}

TEST_P(RestoreTest, WaitsForNobodyWhoHoldsTheLock) {
  ASSERT_OK_AND_ASSIGN(const auto lock,
                       LockDataset(LocalFileSystem(), Dataset(), {}, {}));
  EXPECT_ERROR_KIND(Run(), ErrorKind::kLocked);
}

TEST_P(RestoreTest, UndoesAMergeThatAddedFiles) {
  stdfs::remove_all(Backup());
  const auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                                     arrow::field("text", arrow::utf8()),
                                     arrow::field("day", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(auto changes,
                       TableFromJson(schema, R"([[4, "FOUR", 1], [70, "new", 7]])"));
  ASSERT_OK(WriteParquet(*changes, directory_ / "changes.parquet", {}));
  MergeOptions options;
  options.target = Dataset();
  options.source.inputs = {directory_ / "changes.parquet"};
  options.key = {"id"};
  options.in_place = true;
  options.in_place_options.publish = GetParam();
  options.in_place_options.keep_backup = Backup();
  ASSERT_OK(Merge(options));
  EXPECT_FALSE(ReadTree(Dataset()) == after_);
  ASSERT_OK_AND_ASSIGN(const Restoration restoration, Run());
  EXPECT_EQ(restoration.CountOf(Fate::kRemoved), 1);
  EXPECT_TRUE(ReadTree(Dataset()) == after_);
}

INSTANTIATE_TEST_SUITE_P(Backups, RestoreTest,
                         testing::Values(PublishMode::kFiles, PublishMode::kSwap),
                         [](const auto& tested) {
                           return tested.param == PublishMode::kFiles ? "Files" : "Swap";
                         });

TEST(RestoreOptionsTest, NeedsADatasetAndABackup) {
  RestoreOptions options;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
  options.dataset = "data";
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
  options.backup = "s3://b/backup";
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
  options.backup = "backup";
  EXPECT_OK(options.Validate());
}

}  // namespace
}  // namespace planish
