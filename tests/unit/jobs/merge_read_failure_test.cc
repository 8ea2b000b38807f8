// SPDX-License-Identifier: Apache-2.0
// Merges of what the system cannot read.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>

#include "arrow/scalar.h"
#include "io/system_error.h"
#include "support/faulty_file_system.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

/// Of the target a.parquet is to be copied as a file, b.parquet has a row group to copy
/// and one to change.
class MergeReadFailureTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto schema = arrow::schema(
        {arrow::field("k", arrow::int64()), arrow::field("v", arrow::int64())});
    WriteSpec spec;
    spec.row_group_rows = 2;
    ASSERT_OK(
        room_.Target(schema, "[[1, 0], [2, 0], [3, 0], [4, 0]]", "a.parquet", spec));
    ASSERT_OK(
        room_.Target(schema, "[[5, 0], [6, 0], [7, 0], [8, 0]]", "b.parquet", spec));
    ASSERT_OK(room_.Source(schema, "[[7, 1], [9, 1]]"));
  }

  arrow::Result<Report> RunOn(FileSystem* files, OnError on_error) {
    std::filesystem::remove_all(room_.result());
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"k"});
    options.on_error = on_error;
    RunContext context = MergeRoom::Context();
    context.threads = 1;
    const FileSystemOverride override(files);
    return Merge(options, context);
  }

  MergeRoom room_;
};

/// Cannot read what it is to copy as a file.
class NoCopyFileSystem : public FaultyFileSystem {
 public:
  using FaultyFileSystem::FaultyFileSystem;
  arrow::Result<int64_t> CopyFile(const std::string& from, const std::string&, bool,
                                  const Proceed&) override {
    return SystemError(EIO, "cannot read", from);
  }
};

TEST_F(MergeReadFailureTest, OfAFileThatWasToBeCopiedLeadsToItsRowGroups) {
  NoCopyFileSystem files(LocalFileSystem());
  EXPECT_ERROR_KIND(RunOn(&files, OnError::kFail), ErrorKind::kIo);
  ASSERT_OK_AND_ASSIGN(const Report report, RunOn(&files, OnError::kSkip));
  EXPECT_TRUE(report.skipped.empty());
  EXPECT_EQ(report.merge->updated, 1);
  EXPECT_EQ(report.merge->inserted, 1);
  EXPECT_EQ(report.merge->target_rows_after, 9);
}

TEST_F(MergeReadFailureTest, DoublesNoKeyAndLosesNoneUnnamed) {
  FaultyFileSystem sound(LocalFileSystem());
  ASSERT_OK(RunOn(&sound, OnError::kSkip));
  int skipping = 0;
  for (int64_t i = 0; i < sound.num_operations(); ++i) {
    FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
      const bool fails =
          operation.index == i && operation.kind == FileOperation::Kind::kRead;
      return fails ? Fault{Fault::Kind::kFail, EIO} : Fault{};
    });
    const auto report = RunOn(&files, OnError::kSkip);
    if (!report.ok()) {
      EXPECT_ERROR_KIND(report, ErrorKind::kIo) << i;
      continue;
    }
    if (!report->skipped.empty()) ++skipping;
    ASSERT_OK_AND_ASSIGN(const auto rows, ReadDataset(room_.result()));
    std::set<std::string> keys;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      ASSERT_OK_AND_ASSIGN(const auto key, rows->column(0)->GetScalar(row));
      EXPECT_TRUE(keys.insert(key->ToString()).second) << i << ": " << key->ToString();
    }
    int64_t unread = 0;
    for (const SkippedChunk& chunk : report->skipped) {
      if (chunk.file.starts_with(room_.target()))
        unread += chunk.rows < 0 ? 4 : chunk.rows;
    }
    EXPECT_EQ(rows->num_rows(), 8 - unread + report->merge->inserted) << i;
  }
  EXPECT_GT(skipping, 3);
}

}  // namespace
}  // namespace planish
