// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arrow/array.h"
#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "cli/command.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"

namespace planish {
namespace {

const std::vector<std::string> kDedup = {"dedup", "-", "--key", "id"};

std::shared_ptr<arrow::RecordBatch> IdBatch(const std::string& ids) {
  auto column = arrow::json::ArrayFromJSONString(arrow::int64(), ids).ValueOrDie();
  const int64_t num_rows = column->length();
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}),
                                  num_rows, {std::move(column)});
}

std::vector<int64_t> StreamedIds(const std::string& bytes) {
  const auto batches = ReadIpcBytes(bytes);
  EXPECT_OK(batches);
  std::vector<int64_t> ids;
  if (!batches.ok()) return ids;
  for (const auto& batch : *batches) {
    const auto column = batch->GetColumnByName("id");
    const auto& numbers = static_cast<const arrow::Int64Array&>(*column);
    for (int64_t row = 0; row < numbers.length(); ++row) {
      ids.push_back(numbers.Value(row));
    }
  }
  return ids;
}

class IpcStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    const arrow::RecordBatchVector batches = {IdBatch("[3, 1, 3]"), IdBatch("[1, 2]"),
                                              IdBatch("[2, 4, 1]")};
    ASSERT_OK(WriteIpc(batches, sample_ / "s.arrows", IpcFormat::kStream));
    ASSERT_OK(WriteIpc(batches, sample_ / "f.arrow", IpcFormat::kFile));
  }
  CommandResult Run(const std::string& input, std::vector<std::string> arguments,
                    CommandStreams streams = {}) const {
    streams.input_path = input.starts_with('/') ? input : sample_ / input;
    return RunPlanish(sample_.path(), arguments, {"TMPDIR=" + sample_.path()}, streams);
  }
  static std::vector<std::string> With(std::vector<std::string> arguments,
                                       const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  /// Nothing beside what was there.
  void ExpectNothingLeft() const {
    for (const auto& entry : std::filesystem::directory_iterator(sample_.path())) {
      EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    }
  }

  const SampleDataset sample_;
};

TEST_F(IpcStreamTest, GoesFromStandardInputToStandardOutput) {
  for (const char* input : {"s.arrows", "f.arrow"}) {
    const CommandResult result = Run(input, kDedup);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(StreamedIds(result.output), (std::vector<int64_t>{3, 1, 2, 4}));
    EXPECT_NE(result.error.find("kept 4 of 8 rows"), std::string::npos) << result.error;
  }
}

TEST_F(IpcStreamTest, KeepsOtherRowsByWayOfScratch) {
  const CommandResult last = Run("s.arrows", With(kDedup, {"--keep", "last"}));
  EXPECT_EQ(StreamedIds(last.output), (std::vector<int64_t>{3, 2, 4, 1})) << last.error;
  const CommandResult none =
      Run("f.arrow", With(kDedup, {"--keep", "none", "--temp-dir", "tmp"}));
  EXPECT_EQ(StreamedIds(none.output), (std::vector<int64_t>{4})) << none.error;
  EXPECT_TRUE(std::filesystem::is_empty(sample_ / "tmp"));
  ExpectNothingLeft();
}

TEST_F(IpcStreamTest, SaysNothingButRowsWithoutProgress) {
  const CommandResult result =
      Run("s.arrows", With(kDedup, {"--progress", "none", "--report", "report.json"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error, "");
  const auto report = nlohmann::json::parse(ReadText(sample_ / "report.json"));
  EXPECT_EQ(report["rows_in"], 8);
  EXPECT_EQ(report["rows_kept"], 4);
}

TEST_F(IpcStreamTest, DatasetsGoToStandardOutput) {
  for (const auto& more :
       {std::vector<std::string>{}, std::vector<std::string>{"--compression", "zstd"}}) {
    const CommandResult result =
        Run("/dev/null", With({"dedup", "in", "--output", "-", "--key", "id"}, more));
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(StreamedIds(result.output), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7}));
  }
  ExpectNothingLeft();
}

TEST_F(IpcStreamTest, IpcFilesBecomeParquetFilesOfTheOutput) {
  std::filesystem::rename(sample_ / "s.arrows", sample_ / "in/s.arrows");
  std::filesystem::rename(sample_ / "f.arrow", sample_ / "in/f.arrow");
  const CommandResult result =
      Run("/dev/null", {"dedup", "in", "--output", "out", "--key", "id",
                        "--missing-columns", "null", "--progress", "none"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Ids(sample_ / "out"), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(Run("/dev/null", {"check", "in/f.arrow", "--key", "id"}).exit_code, 1);
}

TEST_F(IpcStreamTest, TruncatedInputNamesItAndTheBatchAndBreaksOffTheOutput) {
  for (const char* input : {"s.arrows", "f.arrow"}) {
    for (const auto& more :
         {std::vector<std::string>{}, std::vector<std::string>{"--keep", "last"}}) {
      const std::string bytes = ReadText(sample_ / input);
      WriteText(sample_ / "cut", bytes.substr(0, bytes.size() * 2 / 3));
      const CommandResult result =
          Run("cut", With(With(kDedup, more), {"--progress", "none"}));
      EXPECT_EQ(result.exit_code, 2);
      EXPECT_NE(result.error.find("file:  standard input"), std::string::npos)
          << result.error;
      EXPECT_NE(result.error.find("batch: "), std::string::npos) << result.error;
      EXPECT_FALSE(ReadIpcBytes(result.output).ok());
    }
  }
  ExpectNothingLeft();
}

TEST_F(IpcStreamTest, ReaderThatGoesAwayEndsTheRunQuietly) {
  CommandStreams streams;
  streams.output_gone = true;
  for (const auto& arguments :
       {kDedup, With(kDedup, {"--keep", "last"}),
        std::vector<std::string>{"dedup", "in", "--output", "-", "--key", "id"}}) {
    const CommandResult result =
        Run("s.arrows", With(arguments, {"--progress", "none"}), streams);
    EXPECT_EQ(result.exit_code, 141);
    EXPECT_EQ(result.error, "");
  }
  ExpectNothingLeft();
}

TEST_F(IpcStreamTest, FullDiskBehindStandardOutputIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  CommandStreams streams;
  streams.output_path = "/dev/full";
  const CommandResult result = Run("s.arrows", kDedup, streams);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.error.find("standard output cannot be written"), std::string::npos)
      << result.error;
}

TEST_F(IpcStreamTest, SignalEndsTheWaitForInput) {
  const std::string fifo = sample_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // For reading too, so that neither end waits for the other.
  const int writer = open(fifo.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  CommandStreams streams;
  streams.input_path = fifo;
  Command command(sample_.path(), With(kDedup, {"--progress", "log"}), {}, streams);
  const std::string bytes = ReadText(sample_ / "s.arrows");
  const auto most = static_cast<ssize_t>(bytes.size() / 2);
  ASSERT_EQ(write(writer, bytes.data(), static_cast<size_t>(most)), most);
  ASSERT_TRUE(command.WaitForError("] stream"));
  command.Send(SIGINT);
  const CommandResult result = command.Wait();
  close(writer);
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_NE(result.error.find("interrupted: the rows written are not all there are"),
            std::string::npos)
      << result.error;
  EXPECT_FALSE(ReadIpcBytes(result.output).ok());
}

TEST_F(IpcStreamTest, WhatStreamsCannotDoIsAUsageError) {
  const auto error = [&](const std::vector<std::string>& arguments) {
    const CommandResult result = Run("s.arrows", arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.output, "");
    return result.error.substr(0, result.error.find('\n'));
  };
  EXPECT_EQ(error({"dedup", "-", "in", "--key", "id"}),
            "error: standard input cannot be one of several inputs");
  EXPECT_EQ(error({"dedup", "-", "--output", "out"}),
            "error: rows of standard input can only go to standard output");
  EXPECT_EQ(error({"dedup", "-", "--dry-run"}),
            "error: --dry-run does not work with streams");
  EXPECT_EQ(error({"dedup", "-", "--json"}),
            "error: --json would get in between the rows on standard output");
  EXPECT_EQ(error({"dedup", "in", "--output", "-", "--verify"}),
            "error: --verify does not work with streams");
  EXPECT_EQ(error({"dedup", "-", "--compression", "gzip"}),
            "error: Arrow IPC knows no such --compression: gzip");
  EXPECT_EQ(error({"dedup", "-", "--semantics", "loop"}),
            "error: --semantics loop: standard input has no files to put in order");
}

TEST_F(IpcStreamTest, DoesNotWriteRowsToATerminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_TRUE(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
  CommandStreams streams;
  streams.output_path = ptsname(terminal);
  const CommandResult result = Run("s.arrows", kDedup, streams);
  close(terminal);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.error.find("standard output is a terminal"), std::string::npos)
      << result.error;
}

}  // namespace
}  // namespace planish
