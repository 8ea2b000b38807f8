// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/recover.h"
#include "publish/dataset_lock.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

/// A dataset of two partitions, of which one file holds nothing but losers, one some, and
/// one none.
class InPlaceTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("day=1/a.parquet", R"([[1, "one"], [2, "two"], [3, "three"]])");
    Write("day=1/b.parquet", R"([[4, "four"], [1, "again"], [5, "five"]])");
    Write("day=2/c.parquet", R"([[1, "again"], [2, "again"]])");
    std::ofstream(Path("_SUCCESS")) << "";
  }

  void Write(const std::string& name, const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    spec.page_checksums = true;
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, Path(name), spec));
  }

  std::string Path(const std::string& name) const { return Dataset() + "/" + name; }
  std::string Dataset() const { return directory_ / "data"; }

  static struct stat StatOf(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status;
  }

  DedupOptions Options() const {
    DedupOptions options;
    options.dataset.inputs = {Dataset()};
    options.key = {"id"};
    options.in_place = true;
    return options;
  }

  arrow::Result<Report> Run(const DedupOptions& options) {
    return Dedup(options, context_);
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : stdfs::recursive_directory_iterator(Dataset())) {
      names.push_back(entry.path().lexically_relative(Dataset()).string());
    }
    return names;
  }

  int64_t NumRows() const { return ReadDataset(Dataset()).ValueOrDie()->num_rows(); }

  TempDir directory_;
  RunContext context_;
};

TEST_F(InPlaceTest, RewritesFilesWithLosersAndTouchesNoOthers) {
  const struct stat before = StatOf(Path("day=1/a.parquet"));
  ASSERT_OK_AND_ASSIGN(const Report report, Run(Options()));
  EXPECT_THAT(Names(), testing::UnorderedElementsAre("day=1", "day=1/a.parquet",
                                                     "day=1/b.parquet", "_SUCCESS"));
  const struct stat after = StatOf(Path("day=1/a.parquet"));
  EXPECT_EQ(after.st_ino, before.st_ino);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  ASSERT_OK_AND_ASSIGN(const auto b, ReadParquet(Path("day=1/b.parquet")));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(b->schema(), R"([[4, "four"], [5, "five"]])"));
  EXPECT_TRUE(b->Equals(*expected)) << b->ToString();
  EXPECT_EQ(report.files.untouched, 1);
  EXPECT_EQ(report.publish.mode, "files");
  EXPECT_EQ(report.publish.files_replaced, 1);
  EXPECT_EQ(report.publish.files_removed, 1);
}

TEST_F(InPlaceTest, WithNothingToDoTouchesNotEvenTheDirectory) {
  ASSERT_OK(Run(Options()));
  const struct stat before = StatOf(Dataset());
  for (const auto mode : {PublishMode::kFiles, PublishMode::kSwap}) {
    DedupOptions options = Options();
    options.in_place_options.publish = mode;
    options.verify = true;
    ASSERT_OK_AND_ASSIGN(const Report report, Run(options));
    EXPECT_EQ(report.publish.mode, "");
    const struct stat after = StatOf(Dataset());
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  }
}

TEST_F(InPlaceTest, KeepsOneFileWithItsSchemaWhereEveryRowGoes) {
  Write("day=1/a.parquet", R"([[1, "one"], [1, "one"]])");
  Write("day=1/b.parquet", R"([[1, "one"]])");
  Write("day=2/c.parquet", R"([[1, "one"]])");
  DedupOptions options = Options();
  options.keep = Keep::kNone;
  ASSERT_OK(Run(options));
  EXPECT_EQ(NumRows(), 0);
  EXPECT_TRUE(stdfs::exists(Path("day=1/a.parquet")));
  EXPECT_FALSE(stdfs::exists(Path("day=1/b.parquet")));
  EXPECT_FALSE(stdfs::exists(Path("day=2")));
}

TEST_F(InPlaceTest, KeepsPermissionsOfWhatItReplaces) {
  stdfs::permissions(Path("day=1/b.parquet"), stdfs::perms(0640));
  for (const auto mode : {PublishMode::kFiles, PublishMode::kSwap}) {
    Write("day=1/z.parquet", R"([[4, "again"], [9, "nine"]])");
    stdfs::permissions(Path("day=1/z.parquet"), stdfs::perms(0604));
    DedupOptions options = Options();
    options.in_place_options.publish = mode;
    ASSERT_OK(Run(options));
    EXPECT_EQ(StatOf(Path("day=1/b.parquet")).st_mode & 07777, 0640U);
    EXPECT_EQ(StatOf(Path("day=1/z.parquet")).st_mode & 07777, 0604U);
    stdfs::remove(Path("day=1/z.parquet"));
  }
}

TEST_F(InPlaceTest, KeepsWhatItReplacesOrRemovesAsABackup) {
  const ino_t removed = StatOf(Path("day=2/c.parquet")).st_ino;
  ASSERT_OK_AND_ASSIGN(const std::string replaced,
                       ReadFileBytes(Path("day=1/b.parquet")));
  DedupOptions options = Options();
  options.in_place_options.keep_backup = directory_ / "backup";
  ASSERT_OK(Run(options));
  EXPECT_EQ(StatOf(directory_ / "backup/day=2/c.parquet").st_ino, removed);
  ASSERT_OK_AND_ASSIGN(const std::string kept,
                       ReadFileBytes(directory_ / "backup/day=1/b.parquet"));
  EXPECT_TRUE(kept == replaced);
  EXPECT_FALSE(stdfs::exists(directory_ / "backup/day=1/a.parquet"));
  Write("day=1/z.parquet", R"([[4, "again"]])");
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kOutputExists);
  options.in_place_options.keep_backup = Path("backup");
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kInvalidOption);
}

TEST_F(InPlaceTest, SwapsTheDirectoryAndKeepsAllOfTheOldOneAsABackup) {
  const ino_t old = StatOf(Dataset()).st_ino;
  const ino_t untouched = StatOf(Path("day=1/a.parquet")).st_ino;
  DedupOptions options = Options();
  options.in_place_options.publish = PublishMode::kSwap;
  options.in_place_options.keep_backup = directory_ / "backup";
  ASSERT_OK_AND_ASSIGN(const Report report, Run(options));
  EXPECT_EQ(report.publish.mode, "swap");
  EXPECT_EQ(StatOf(directory_ / "backup").st_ino, old);
  EXPECT_NE(StatOf(Dataset()).st_ino, old);
  EXPECT_EQ(StatOf(Path("day=1/a.parquet")).st_ino, untouched);
  EXPECT_TRUE(stdfs::exists(Path("_SUCCESS")));
  EXPECT_FALSE(stdfs::exists(Path("day=2")));
  EXPECT_EQ(NumRows(), 5);
  ASSERT_OK_AND_ASSIGN(const auto kept, ReadDataset(directory_ / "backup"));
  EXPECT_EQ(kept->num_rows(), 8);
}

/// Others who write while a run is at work.
class DriftTest : public InPlaceTest, public testing::WithParamInterface<PublishMode> {
 protected:
  /// Runs, and calls `interfere` when rewriting begins.
  arrow::Status RunBeside(const std::function<void()>& interfere) {
    bool done = false;
    context_.on_progress = [&](const Progress& progress) {
      if (progress.stage == "rewrite" && !done) interfere();
      done = done || progress.stage == "rewrite";
      return arrow::Status::OK();
    };
    DedupOptions options = Options();
    options.in_place_options.publish = GetParam();
    const auto report = Run(options);
    EXPECT_TRUE(done);
    return report.status();
  }

  static std::string FactOf(const arrow::Status& status, const std::string& name) {
    for (const auto& [fact, value] : GetErrorDetail(status)->facts) {
      if (fact == name) return value;
    }
    return "";
  }
};

TEST_P(DriftTest, NewFilesStopTheRun) {
  const auto status = RunBeside([&] { Write("day=3/new.parquet", R"([[7, "x"]])"); });
  EXPECT_ERROR_KIND(status, ErrorKind::kDrift);
  EXPECT_EQ(FactOf(status, "new"), Path("day=3/new.parquet"));
  EXPECT_EQ(NumRows(), 9);
  EXPECT_FALSE(stdfs::exists(Path(".planish")));
}

TEST_P(DriftTest, FilesThatGoStopTheRun) {
  const auto status = RunBeside([&] { stdfs::remove(Path("day=1/a.parquet")); });
  EXPECT_ERROR_KIND(status, ErrorKind::kDrift);
  EXPECT_EQ(FactOf(status, "removed"), Path("day=1/a.parquet"));
  EXPECT_EQ(NumRows(), 5);
}

TEST_P(DriftTest, FilesThatChangeStopTheRun) {
  const auto status =
      RunBeside([&] { Write("day=1/a.parquet", R"([[8, "eight"], [9, "nine"]])"); });
  EXPECT_ERROR_KIND(status, ErrorKind::kDrift);
  EXPECT_EQ(FactOf(status, "changed"), Path("day=1/a.parquet"));
  EXPECT_EQ(NumRows(), 7);
}

INSTANTIATE_TEST_SUITE_P(Modes, DriftTest,
                         testing::Values(PublishMode::kFiles, PublishMode::kSwap));

TEST_F(InPlaceTest, IsRefusedWhileAnotherRunHoldsTheLock) {
  ASSERT_OK_AND_ASSIGN(auto lock, LockDataset(LocalFileSystem(), Dataset(), {}, {}));
  EXPECT_ERROR_KIND(Run(Options()), ErrorKind::kLocked);
  RecoverOptions recover;
  recover.dataset = Dataset();
  EXPECT_ERROR_KIND(Recover(recover), ErrorKind::kLocked);
  lock.reset();
  EXPECT_OK(Run(Options()));
}

TEST_F(InPlaceTest, RefusesSymbolicLinksUnlessTheyAreAllowed) {
  stdfs::rename(Path("day=1/b.parquet"), directory_ / "elsewhere.parquet");
  stdfs::create_symlink(directory_ / "elsewhere.parquet", Path("day=1/b.parquet"));
  EXPECT_ERROR_KIND(Run(Options()), ErrorKind::kUnsupported);
  DedupOptions options = Options();
  options.dataset.allow_symlinks = true;
  ASSERT_OK_AND_ASSIGN(const std::string before,
                       ReadFileBytes(directory_ / "elsewhere.parquet"));
  ASSERT_OK(Run(options));
  EXPECT_FALSE(stdfs::is_symlink(Path("day=1/b.parquet")));
  ASSERT_OK_AND_ASSIGN(const std::string after,
                       ReadFileBytes(directory_ / "elsewhere.parquet"));
  EXPECT_TRUE(after == before) << "followed out of the dataset";
  EXPECT_EQ(NumRows(), 5);
  stdfs::create_directory_symlink(directory_.path(), Path("day=7"));
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kUnsupported);
}

TEST_F(InPlaceTest, LeavesAFileThatCannotBeReadAsAWhole) {
  // Its second row group only; the first has a row that loses.
  Write("day=1/b.parquet", R"([[4, "four"], [1, "again"], [5, "five"]])");
  ASSERT_OK(DamageColumnChunk(Path("day=1/b.parquet"), 1, 0));
  ASSERT_OK_AND_ASSIGN(const std::string before, ReadFileBytes(Path("day=1/b.parquet")));
  ASSERT_OK_AND_ASSIGN(const Report report, Run(Options()));
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped.front().row_group, 1);
  EXPECT_EQ(report.skipped.front().rows, 3);
  ASSERT_OK_AND_ASSIGN(const std::string after, ReadFileBytes(Path("day=1/b.parquet")));
  EXPECT_TRUE(after == before);
  EXPECT_FALSE(stdfs::exists(Path("day=2/c.parquet"))) << "its rows are in a";
}

TEST_F(InPlaceTest, HalfPublishedDatasetsAreNotReadUntilTheyAreSettled) {
  stdfs::create_directory(Path(".planish"));
  std::ofstream(Path(".planish/journal")) << "damaged";
  CheckOptions check;
  check.dataset.inputs = {Path("day=1")};
  check.key = {"id"};
  EXPECT_ERROR_KIND(Check(check, context_), ErrorKind::kUnfinished);
  DedupOptions beside = Options();
  beside.in_place = false;
  beside.output = directory_ / "out";
  EXPECT_ERROR_KIND(Run(beside), ErrorKind::kUnfinished);
  EXPECT_ERROR_KIND(Run(Options()), ErrorKind::kUnfinished);
  DatasetOptions dataset;
  dataset.inputs = {Dataset()};
  ASSERT_OK_AND_ASSIGN(const InspectResult inspected, Inspect(dataset));
  EXPECT_THAT(inspected.unfinished, testing::HasSubstr("damaged"));
  EXPECT_EQ(NumRows(), 8);
  EXPECT_TRUE(stdfs::exists(Path(".planish/journal")));
}

TEST_F(InPlaceTest, SettlesWhatAnInterruptedRunHasLeftFirst) {
  stdfs::create_directories(Path(".planish/123-abcdefgh/day=1"));
  std::ofstream(Path(".planish/123-abcdefgh/day=1/a.parquet")) << "half";
  ASSERT_OK_AND_ASSIGN(const Report report, Run(Options()));
  EXPECT_EQ(report.publish.recovered, "rolled_back");
  EXPECT_FALSE(stdfs::exists(Path(".planish")));
  EXPECT_EQ(NumRows(), 5);
}

TEST_F(InPlaceTest, RefusesArrowIpcFiles) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, "[[1]]"));
  stdfs::remove_all(Dataset());
  stdfs::create_directories(Dataset());
  ASSERT_OK_AND_ASSIGN(const auto batch, table->CombineChunksToBatch());
  ASSERT_OK(WriteIpc({batch}, Path("a.arrow")));
  EXPECT_ERROR_KIND(Run(Options()), ErrorKind::kUnsupported);
}

TEST_F(InPlaceTest, OptionsThatDoNotGoTogetherAreRefused) {
  DedupOptions options = Options();
  options.output = directory_ / "out";
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kInvalidOption);
  options = Options();
  options.dataset.inputs.push_back(Dataset());
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kInvalidOption);
  options = Options();
  options.in_place = false;
  options.output = directory_ / "out";
  options.in_place_options.publish = PublishMode::kSwap;
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kInvalidOption);
  options = Options();
  options.in_place_options.lock_timeout = std::chrono::milliseconds(-1);
  EXPECT_ERROR_KIND(Run(options), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
