// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "cli/command.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// So much that the signal arrives long before the end.
void WriteManyRows(const std::string& path) {
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < 2'000'000; ++i) {
    ASSERT_TRUE(IsOk(ids.Append(i * 7919 % 1'500'000)));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64())}), {ids.Finish().ValueOrDie()});
  WriteSpec spec;
  spec.row_group_rows = 50'000;
  ASSERT_TRUE(IsOk(WriteParquet(*table, path, spec)));
}

std::set<std::string> Entries(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename());
  }
  return names;
}

class InterruptTest : public testing::TestWithParam<int> {};

TEST_P(InterruptTest, StopsTheRunAndLeavesNothingBehind) {
  const TempDir directory;
  WriteManyRows(directory / "in/many.parquet");
  Command command(directory.path(), {"dedup", "in", "--output", "out", "--key", "id",
                                     "--progress", "log", "--report", "report.json"});
  ASSERT_TRUE(command.WaitForError("] scan"));
  command.Send(GetParam());
  const CommandResult result = command.Wait();
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(result.output, "");
  EXPECT_NE(result.error.find("interrupted: nothing was changed"), std::string::npos)
      << result.error;
  EXPECT_EQ(Entries(directory.path()), std::set<std::string>{"in"});
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptTest, testing::Values(SIGINT, SIGTERM));

TEST(InterruptTest, SecondSignalEndsTheProcessAtOnce) {
  const TempDir directory;
  WriteManyRows(directory / "in/many.parquet");
  Command command(directory.path(), {"check", "in", "--key", "id", "--progress", "log"});
  ASSERT_TRUE(command.WaitForError("] scan"));
  // Stopped, so that both signals arrive before the run can look for the first.
  command.Send(SIGSTOP);
  command.Send(SIGINT);
  command.Send(SIGTERM);
  command.Send(SIGCONT);
  const CommandResult result = command.Wait();
  EXPECT_TRUE(result.signal == SIGINT || result.signal == SIGTERM) << result.signal;
  EXPECT_EQ(result.error.find("interrupted:"), std::string::npos) << result.error;
}

}  // namespace
}  // namespace planish
