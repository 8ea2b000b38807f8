// SPDX-License-Identifier: Apache-2.0
// Runs on datasets in which somebody else may create names, and does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/merge.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/second_user.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

class HostileInPlaceTest : public testing::Test {
 protected:
  void SetUp() override {
    stdfs::permissions(directory_.path(), stdfs::perms(0755));
    Write("data/a.parquet", "[[1, 1], [2, 1], [1, 2]]");
    Write("data/day=1/b.parquet", "[[3, 1], [3, 2]]");
  }

  void Write(const std::string& name, const std::string& rows) {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("v", arrow::int64())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, directory_ / name, WriteSpec()));
  }

  DedupOptions InPlace(const std::string& dataset = "data/day=1") const {
    DedupOptions options;
    options.dataset.inputs = {directory_ / dataset};
    options.key = {"id"};
    options.in_place = true;
    return options;
  }

  std::string Path(const std::string& name) const { return directory_ / name; }

  struct stat StatOf(const std::string& name) const {
    struct stat status = {};
    EXPECT_EQ(stat(Path(name).c_str(), &status), 0) << name;
    return status;
  }

  TempDir directory_;
  RunContext context_;
};

TEST_F(HostileInPlaceTest, ARowOfAFileThatALinkLeadsToIsInNoOutput) {
  Write("secret.parquet", "[[42, 42]]");
  stdfs::create_symlink(Path("secret.parquet"), Path("data/day=1/x.parquet"));
  DedupOptions options = InPlace();
  options.in_place = false;
  options.output = Path("out");
  EXPECT_ERROR_KIND(Dedup(options, context_), ErrorKind::kUnsupported);
  EXPECT_FALSE(stdfs::exists(Path("out")));
  options.engine = Engine::kReference;
  EXPECT_ERROR_KIND(Dedup(options, context_), ErrorKind::kUnsupported);
  CheckOptions check;
  check.dataset.inputs = {Path("data/day=1")};
  check.key = {"id"};
  EXPECT_ERROR_KIND(Check(check, context_), ErrorKind::kUnsupported);
  MergeOptions merge;
  merge.target = Path("data/day=1");
  merge.source.inputs = {Path("data/a.parquet")};
  merge.key = {"id"};
  merge.output = Path("out");
  EXPECT_ERROR_KIND(Merge(merge, context_), ErrorKind::kUnsupported);
  options.dataset.allow_symlinks = true;
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, context_));
  EXPECT_EQ(report.rows_kept, 2);
}

TEST_F(HostileInPlaceTest, ANameAsLongAsNamesCanBeIsChangedLikeAnyOther) {
  const std::string name = std::string(247, 'n') + ".parquet";
  for (const auto mode : {PublishMode::kFiles, PublishMode::kSwap}) {
    Write("data/day=1/" + name, "[[7, 1], [7, 2]]");
    DedupOptions options = InPlace();
    options.in_place_options.publish = mode;
    options.verify = true;
    ASSERT_OK(Dedup(options, context_));
    ASSERT_OK_AND_ASSIGN(const auto table, ReadParquet(Path("data/day=1/" + name)));
    EXPECT_EQ(table->num_rows(), 1);
  }
}

TEST_F(HostileInPlaceTest, APipeDoesNotKeepADatasetFromBeingChanged) {
  for (const auto mode : {PublishMode::kFiles, PublishMode::kSwap}) {
    Write("data/day=1/b.parquet", "[[3, 1], [3, 2]]");
    stdfs::remove(Path("data/day=1/x.parquet"));
    ASSERT_EQ(mkfifo(Path("data/day=1/x.parquet").c_str(), 0600), 0);
    std::string log;
    context_.on_log = [&](LogLevel, const std::string& text) { log += text + "\n"; };
    DedupOptions options = InPlace();
    options.in_place_options.publish = mode;
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, context_));
    EXPECT_EQ(report.other_files, 1);
    EXPECT_THAT(log, testing::HasSubstr("x.parquet: neither a file"));
    EXPECT_TRUE(S_ISFIFO(StatOf("data/day=1/x.parquet").st_mode));
  }
}

TEST_F(HostileInPlaceTest, NewFilesOfAMergeGiveAsMuchAwayAsTheirTemplate) {
  const auto merge = [&](PublishMode mode) {
    MergeOptions options;
    options.target = Path("data/day=1");
    options.source.inputs = {Path("source.parquet")};
    options.key = {"id"};
    options.in_place = true;
    options.in_place_options.publish = mode;
    return Merge(options, context_).status();
  };
  ASSERT_EQ(chmod(Path("data/day=1/b.parquet").c_str(), 0640), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(Path("data/day=1/b.parquet").c_str(), kSecondUser, kSecondUser), 0);
  }
  Write("source.parquet", "[[100, 1]]");
  ASSERT_OK(merge(PublishMode::kFiles));
  Write("source.parquet", "[[101, 1]]");
  ASSERT_OK(merge(PublishMode::kSwap));
  int new_files = 0;
  for (const auto& entry : stdfs::directory_iterator(Path("data/day=1"))) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("merge-")) continue;
    ++new_files;
    EXPECT_EQ(StatOf("data/day=1/" + name).st_mode & 07777, 0640U) << name;
    EXPECT_EQ(StatOf("data/day=1/" + name).st_uid, StatOf("data/day=1/b.parquet").st_uid);
    EXPECT_EQ(StatOf("data/day=1/" + name).st_gid, StatOf("data/day=1/b.parquet").st_gid);
  }
  EXPECT_EQ(new_files, 2);
}

TEST_F(HostileInPlaceTest, AHiddenDirectoryOfAnotherUserEndsTheRunAndNamesHim) {
  SKIP_WITHOUT_A_SECOND_USER();
  stdfs::permissions(Path("data/day=1"), stdfs::perms(0777));
  stdfs::permissions(Path("data"), stdfs::perms(0755));
  ASSERT_TRUE(
      AsSecondUser([&] { return stdfs::create_directory(Path("data/day=1/.planish")); }));
  const auto refused = Dedup(InPlace(), context_);
  ASSERT_ERROR_KIND(refused, ErrorKind::kPermission);
  EXPECT_THAT(FormatError(refused.status()), testing::HasSubstr("65534"));
  ASSERT_OK_AND_ASSIGN(const auto table, ReadParquet(Path("data/day=1/b.parquet")));
  EXPECT_EQ(table->num_rows(), 2);
}

}  // namespace
}  // namespace planish
