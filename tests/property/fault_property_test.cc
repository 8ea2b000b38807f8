// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/faulty_file_system.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

/// A run in which one operation after the other fails.
class FaultTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteInputs();
    ASSERT_OK_AND_ASSIGN(source_, ReadBytes(directory_ / "in"));
    FaultyFileSystem sound(LocalFileSystem());
    ASSERT_OK(RunOn(&sound));
    ASSERT_OK_AND_ASSIGN(expected_, ReadBytes(directory_ / "out"));
    num_operations_ = sound.num_operations();
    ASSERT_GT(num_operations_, 50);
    CleanUp();
  }

  virtual void WriteInputs() {
    // Row groups to copy, to drop and to transcode; files to copy, to drop and to splice.
    Write("a.parquet", R"([[1, "one"], [2, "two"], [3, "three"], [1, "again"]])");
    Write("b.parquet", R"([[4, "four"], [5, "five"], [6, "six"], [7, "seven"]])");
    Write("part/c.parquet", R"([[1, "again"], [2, "again"]])");
    Write("part/d.parquet", R"([[8, "eight"], [9, "nine"], [7, "again"], [7, "too"]])");
  }

  void Write(const std::string& name, const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, directory_ / ("in/" + name), spec));
  }

  arrow::Result<Report> RunOn(FileSystem* files) {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"id"};
    options.output = directory_ / "out";
    options.verify = true;
    options.on_error = on_error_;
    RunContext context = DedupCase::PlainContext();
    context.sync = true;
    if (memory_limit_ > 0) context.memory_limit = memory_limit_;
    const FileSystemOverride override(files);
    return Dedup(options, context);
  }

  void CleanUp() { stdfs::remove_all(directory_ / "out"); }

  std::vector<std::string> Leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : stdfs::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename().string();
      if (name != "in" && name != "out") names.push_back(name);
    }
    return names;
  }

  /// What holds whatever has failed.
  void CheckOutcome(const arrow::Result<Report>& outcome, const FaultyFileSystem& files,
                    ErrorKind kind) {
    const auto failed = files.Failed();
    SCOPED_TRACE(failed.empty() ? "nothing failed" : failed.front().ToString());
    EXPECT_THAT(Leftovers(), testing::IsEmpty());
    ASSERT_OK_AND_ASSIGN(const BytesByPath source, ReadBytes(directory_ / "in"));
    EXPECT_TRUE(source == source_) << "an input has changed";
    if (!outcome.ok()) {
      EXPECT_ERROR_KIND(outcome, kind);
      const ErrorDetail* detail = GetErrorDetail(outcome.status());
      EXPECT_FALSE(detail == nullptr || detail->file.empty()) << outcome.status();
      EXPECT_FALSE(stdfs::exists(directory_ / "out")) << outcome.status();
    } else if (outcome->files.skipped + outcome->row_groups.skipped == 0) {
      ASSERT_OK_AND_ASSIGN(const BytesByPath result, ReadBytes(directory_ / "out"));
      EXPECT_TRUE(result == expected_) << "another result, and no error";
    } else {
      EXPECT_EQ(on_error_, OnError::kSkip);
    }
    CleanUp();
  }

  void FailEachOperation(Fault fault, ErrorKind kind) {
    int errors = 0;
    for (int64_t i = 0; i < num_operations_ && !HasFailure(); ++i) {
      FaultyFileSystem files(LocalFileSystem(), FailOnce(i, fault));
      const auto outcome = RunOn(&files);
      CheckOutcome(outcome, files, kind);
      errors += outcome.ok() ? 0 : 1;
    }
    EXPECT_GT(errors, 0);
  }

  TempDir directory_;
  OnError on_error_ = OnError::kFail;
  int64_t memory_limit_ = 0;
  BytesByPath source_, expected_;
  int64_t num_operations_ = 0;
};

TEST_F(FaultTest, OneFailedOperationIsAnErrorThatLeavesNothingBehind) {
  FailEachOperation({Fault::Kind::kFail, EIO}, ErrorKind::kIo);
}

TEST_F(FaultTest, OneTornReadOrWriteIsAnErrorThatLeavesNothingBehind) {
  FailEachOperation({Fault::Kind::kTear, EIO}, ErrorKind::kIo);
}

TEST_F(FaultTest, OneFailureIsSkippedOrAnErrorWhereChunksMayBeSkipped) {
  on_error_ = OnError::kSkip;
  FailEachOperation({Fault::Kind::kFail, EIO}, ErrorKind::kIo);
}

TEST_F(FaultTest, ADiskThatIsFullOnceIsAnErrorThatLeavesNothingBehind) {
  FailEachOperation({Fault::Kind::kTear, ENOSPC}, ErrorKind::kDiskFull);
}

TEST_F(FaultTest, CleaningUpAfterAFailureIsTriedAgainWhenItFailsToo) {
  const Fault fault{Fault::Kind::kFail, EIO};
  for (int64_t i = 0; i < num_operations_ && !HasFailure(); ++i) {
    FaultyFileSystem files(LocalFileSystem(), FailOnceAndInCleaningUp(i, fault));
    CheckOutcome(RunOn(&files), files, ErrorKind::kIo);
  }
}

TEST_F(FaultTest, AFailureInAnEmptyOutputDirectoryLeavesItEmpty) {
  const Fault fault{Fault::Kind::kFail, EIO};
  for (int64_t i = 0; i < num_operations_ && !HasFailure(); ++i) {
    stdfs::create_directory(directory_ / "out");
    FaultyFileSystem files(LocalFileSystem(), FailOnce(i, fault));
    const auto outcome = RunOn(&files);
    EXPECT_EQ(stdfs::is_empty(directory_ / "out"), !outcome.ok());
    EXPECT_THAT(Leftovers(), testing::IsEmpty());
    CleanUp();
  }
}

TEST_F(FaultTest, ADiskThatStaysFullIsAnErrorThatLeavesNothingBehind) {
  for (int64_t i = 0; i < num_operations_ && !HasFailure(); ++i) {
    FaultyFileSystem files(LocalFileSystem(), DiskFullFrom(i, Fault::Kind::kTear));
    CheckOutcome(RunOn(&files), files, ErrorKind::kDiskFull);
  }
}

/// A run with so little memory that key records and encoded chunks go to scratch.
class SpillingFaultTest : public FaultTest {
 protected:
  void WriteInputs() override {
    memory_limit_ = 4 << 20;
    arrow::Int64Builder ids;
    for (int64_t row = 0; row < kRows; ++row) {
      ASSERT_OK(ids.Append(row * 7919 % (kRows - 1000)));
    }
    const std::shared_ptr<arrow::Array> column = ids.Finish().ValueOrDie();
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("other", arrow::int64())});
    WriteSpec spec;
    spec.dictionary = false;
    spec.data_page_bytes = 64 << 10;
    spec.row_group_rows = kRows / 2;
    ASSERT_OK(WriteParquet(*arrow::Table::Make(schema, {column, column}),
                           directory_ / "in/a.parquet", spec));
  }

  static bool IsScratch(const FileOperation& operation) {
    return operation.path.find(".planish-scratch-") != std::string::npos;
  }

  /// Operations on scratch in a run without faults.
  int64_t CountScratchOperations() {
    int64_t count = 0;
    FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
      count += IsScratch(operation) ? 1 : 0;
      return Fault{};
    });
    const auto report = RunOn(&files);
    EXPECT_OK(report);
    EXPECT_GT(report.ok() ? report->scratch.spilled_bytes : 0, 0);
    CleanUp();
    return count;
  }

  void FailScratch(Fault fault, ErrorKind kind) {
    const int64_t count = CountScratchOperations();
    ASSERT_GT(count, 10);
    int errors = 0;
    // When memory runs out differs from run to run, so do the operations: each of the
    // first, then samples.
    for (int64_t i = 0; i < count && !HasFailure(); i += 1 + i / 8) {
      int64_t seen = 0;
      FaultyFileSystem files(LocalFileSystem(), [&](const FileOperation& operation) {
        return IsScratch(operation) && seen++ == i ? fault : Fault{};
      });
      const auto outcome = RunOn(&files);
      CheckOutcome(outcome, files, kind);
      errors += outcome.ok() ? 0 : 1;
    }
    EXPECT_GT(errors, 5);
  }

  static constexpr int64_t kRows = 200'000;
};

TEST_F(SpillingFaultTest, FailuresOfScratchAreErrorsThatLeaveNothingBehind) {
  FailScratch({Fault::Kind::kFail, EIO}, ErrorKind::kIo);
}

TEST_F(SpillingFaultTest, TornReadsAndWritesOfScratchAreErrorsThatLeaveNothingBehind) {
  FailScratch({Fault::Kind::kTear, EIO}, ErrorKind::kIo);
}

TEST_F(SpillingFaultTest, ADiskFullOfScratchIsAnErrorThatLeavesNothingBehind) {
  FailScratch({Fault::Kind::kTear, ENOSPC}, ErrorKind::kDiskFull);
}

}  // namespace
}  // namespace planish
