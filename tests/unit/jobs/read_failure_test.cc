// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "io/system_error.h"
#include "planish/dedup.h"
#include "support/arrow_assertions.h"
#include "support/faulty_file_system.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// A dataset of which reads fail: a.parquet is to be copied as a file, b.parquet has a
/// row group to drop, one to copy and one to transcode.
class ReadFailureTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("a.parquet", "[[1], [2], [3], [4]]");
    Write("b.parquet", "[[1], [2], [5], [6], [7], [7]]");
    context_.threads = 1;
    context_.sync = false;
    context_.retry_delay = std::chrono::milliseconds(1);
  }

  void Write(const std::string& name, const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    ASSERT_OK_AND_ASSIGN(
        auto table,
        TableFromJson(arrow::schema({arrow::field("id", arrow::int64())}), rows));
    ASSERT_OK(WriteParquet(table, directory_ / ("in/" + name), spec));
  }

  arrow::Result<Report> RunOn(FileSystem* files, OnError on_error) {
    std::filesystem::remove_all(directory_ / "out");
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"id"};
    options.output = directory_ / "out";
    options.on_error = on_error;
    const FileSystemOverride override(files);
    return Dedup(options, context_);
  }

  static bool IsRead(const FileOperation& operation) {
    return operation.path.ends_with(".parquet") &&
           operation.kind == FileOperation::Kind::kRead;
  }

  TempDir directory_;
  RunContext context_;
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

TEST_F(ReadFailureTest, OfAFileThatWasToBeCopiedLeadsToItsRowGroups) {
  NoCopyFileSystem files(LocalFileSystem());
  EXPECT_ERROR_KIND(RunOn(&files, OnError::kFail), ErrorKind::kIo);
  ASSERT_OK_AND_ASSIGN(const Report report, RunOn(&files, OnError::kSkip));
  EXPECT_TRUE(report.skipped.empty());
  EXPECT_EQ(report.rows_kept, 7);
  EXPECT_EQ(report.row_groups.copied, 3);
  EXPECT_EQ(report.row_groups.transcoded, 1);
}

TEST_F(ReadFailureTest, WhileWritingIsNeverSkipped) {
  FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
    Fault fault;
    const bool writes = operation.kind == FileOperation::Kind::kWrite;
    fault.kind = writes ? Fault::Kind::kFail : Fault::Kind::kNone;
    fault.error_number = EIO;
    return fault;
  });
  EXPECT_ERROR_KIND(RunOn(&files, OnError::kSkip), ErrorKind::kIo);
}

TEST_F(ReadFailureTest, IsHealedByTryingAgain) {
  FaultyFileSystem sound(LocalFileSystem());
  ASSERT_OK(RunOn(&sound, OnError::kRetry));
  const int64_t num_operations = sound.num_operations();
  int healed = 0;
  for (int64_t i = 0; i < num_operations; ++i) {
    FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
      Fault fault;
      if (operation.index != i || !IsRead(operation)) return fault;
      fault.kind = Fault::Kind::kTear;
      fault.error_number = EIO;
      return fault;
    });
    ASSERT_OK_AND_ASSIGN(const Report report, RunOn(&files, OnError::kRetry));
    EXPECT_EQ(report.rows_kept, 7);
    EXPECT_TRUE(report.skipped.empty());
    healed += files.Failed().empty() ? 0 : 1;
  }
  EXPECT_GT(healed, 10);
}

TEST_F(ReadFailureTest, ThatLastsEndsTheRun) {
  for (const OnError on_error : {OnError::kRetry, OnError::kFail}) {
    int failed = 0;
    FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
      Fault fault;
      if (!IsRead(operation)) return fault;
      ++failed;
      fault.kind = Fault::Kind::kFail;
      fault.error_number = EIO;
      return fault;
    });
    EXPECT_ERROR_KIND(RunOn(&files, on_error), ErrorKind::kIo);
    EXPECT_EQ(failed, on_error == OnError::kRetry ? 4 : 1);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  }
}

TEST_F(ReadFailureTest, OfAWholeFileSkipsIt) {
  FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
    Fault fault;
    if (!operation.path.ends_with("a.parquet")) return fault;
    if (operation.kind != FileOperation::Kind::kOpen) return fault;
    fault.kind = Fault::Kind::kFail;
    fault.error_number = EACCES;
    return fault;
  });
  ASSERT_OK_AND_ASSIGN(const Report report, RunOn(&files, OnError::kSkip));
  ASSERT_EQ(report.skipped.size(), 1U);
  EXPECT_EQ(report.skipped[0].row_group, -1);
  EXPECT_EQ(report.skipped[0].rows, -1);
  EXPECT_EQ(report.skipped[0].kind, ErrorKind::kPermission);
  EXPECT_EQ(report.files.skipped, 1);
  EXPECT_EQ(report.files_in, 2);
  EXPECT_EQ(report.rows_kept, 5);
}

TEST_F(ReadFailureTest, PausesEndWhenTheCallerStops) {
  std::atomic<bool> cancel{false};
  context_.cancel = &cancel;
  context_.retry_delay = std::chrono::hours(1);
  std::vector<std::string> messages;
  context_.on_log = [&](LogLevel, const std::string& message) {
    messages.push_back(message);
    cancel = true;
  };
  FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
    Fault fault;
    fault.kind = IsRead(operation) ? Fault::Kind::kFail : Fault::Kind::kNone;
    fault.error_number = ETIMEDOUT;
    return fault;
  });
  EXPECT_ERROR_KIND(RunOn(&files, OnError::kRetry), ErrorKind::kCancelled);
  EXPECT_EQ(messages.size(), 1U);
  EXPECT_THAT(messages[0], testing::HasSubstr("trying again in 3600000 ms"));
}

TEST_F(ReadFailureTest, EveryReadOfARunCanBeCancelled) {
  FaultyFileSystem sound(LocalFileSystem());
  ASSERT_OK(RunOn(&sound, OnError::kSkip));
  for (int64_t i = 0; i < sound.num_operations(); ++i) {
    std::atomic<bool> cancel{false};
    context_.cancel = &cancel;
    FileOperation last;
    FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
      if (operation.index == i) cancel = true;
      if (cancel && operation.index > i) {
        // What cleans up may still be done, but nothing is read any more.
        EXPECT_FALSE(IsRead(operation)) << operation.ToString();
      }
      last = operation;
      return Fault{};
    });
    const auto report = RunOn(&files, OnError::kSkip);
    if (report.ok()) {
      // Too late: the result was there.
      EXPECT_TRUE(std::filesystem::exists(directory_ / "out"));
      continue;
    }
    EXPECT_ERROR_KIND(report, ErrorKind::kCancelled);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "out")) << last.ToString();
  }
}

}  // namespace
}  // namespace planish
