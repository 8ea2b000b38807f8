// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/sample_dataset.h"

namespace planish {
namespace {

const std::vector<std::string> kDedup = {"dedup", "in", "--output", "out", "--key", "id"};

CommandStreams ErrorTerminal() {
  CommandStreams streams;
  streams.error_terminal = true;
  return streams;
}

TEST(StreamTest, JsonIsAllThereIsOnStandardOutput) {
  const SampleDataset sample;
  const CommandResult result =
      RunPlanish(sample.path(), {"dedup", "in", "--dry-run", "--json", "--progress",
                                 "log", "--log-level", "debug"});
  EXPECT_TRUE(nlohmann::json::accept(result.output)) << result.output;
  EXPECT_EQ(result.output.back(), '\n');
}

TEST(StreamTest, ResultIsCompleteThoughStandardOutputIsClosed) {
  const SampleDataset sample;
  CommandStreams streams;
  streams.close_output = true;
  const CommandResult result = RunPlanish(sample.path(), kDedup, {}, streams);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.error.find("warning: the result is complete, but standard output"),
            std::string::npos)
      << result.error;
  EXPECT_EQ(Ids(sample / "out"), (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7}));
}

TEST(StreamTest, CheckFailsIfNobodyCanBeTold) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const SampleDataset sample;
  CommandStreams streams;
  streams.output_path = "/dev/full";
  const CommandResult result =
      RunPlanish(sample.path(), {"check", "in", "--key", "id"}, {}, streams);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.error.find("error: standard output cannot be written"),
            std::string::npos)
      << result.error;
}

TEST(StreamTest, ErrorsAreColoredOnATerminal) {
  const SampleDataset sample;
  const CommandResult result =
      RunPlanish(sample.path(), {"check", "nowhere"}, {"TERM=xterm"}, ErrorTerminal());
  EXPECT_NE(result.error.find("\x1b[1;31merror:\x1b[0m"), std::string::npos)
      << result.error;
}

TEST(StreamTest, ErrorsAreNotColoredElsewhere) {
  const SampleDataset sample;
  const auto error = [&](const std::vector<std::string>& environment, bool terminal) {
    return RunPlanish(sample.path(), {"check", "nowhere", "--progress", "none"},
                      environment, terminal ? ErrorTerminal() : CommandStreams{})
        .error;
  };
  EXPECT_EQ(error({"TERM=xterm"}, false).find('\x1b'), std::string::npos);
  EXPECT_EQ(error({"TERM=xterm", "NO_COLOR=1"}, true).find('\x1b'), std::string::npos);
  EXPECT_EQ(error({"TERM=dumb"}, true).find('\x1b'), std::string::npos);
  EXPECT_EQ(error({}, true).find('\x1b'), std::string::npos);
}

TEST(StreamTest, ProgressIsABarOnATerminalAndClearedAtTheEnd) {
  const SampleDataset sample;
  const CommandResult result =
      RunPlanish(sample.path(), kDedup, {"TERM=xterm"}, ErrorTerminal());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.error.find("\r\x1b[Kscan"), std::string::npos) << result.error;
  EXPECT_TRUE(result.error.ends_with("\r\x1b[K")) << result.error;
  EXPECT_EQ(result.error.find('\n'), std::string::npos);
  EXPECT_EQ(result.output.find('\r'), std::string::npos);
}

TEST(StreamTest, ProgressIsLogLinesElsewhere) {
  const SampleDataset sample;
  std::vector<std::string> arguments = kDedup;
  arguments.insert(arguments.end(), {"--progress", "log"});
  const CommandResult result = RunPlanish(sample.path(), arguments);
  for (const char* stage :
       {"] dataset begins\n", "] scan begins: 9 rows\n", "] rewrite begins"}) {
    EXPECT_NE(result.error.find(stage), std::string::npos)
        << stage << " in " << result.error;
  }
  EXPECT_EQ(result.error.find('\r'), std::string::npos);
}

TEST(StreamTest, ProgressCanBeChosen) {
  const SampleDataset sample;
  const auto error = [&](const std::string& style, bool terminal) {
    return RunPlanish(sample.path(), {"check", "in/a.parquet", "--progress", style},
                      {"TERM=xterm"}, terminal ? ErrorTerminal() : CommandStreams{})
        .error;
  };
  EXPECT_EQ(error("none", true), "");
  EXPECT_EQ(error("none", false), "");
  EXPECT_EQ(error("log", true).find('\x1b'), std::string::npos);
  EXPECT_NE(error("bar", false).find("\r\x1b[K"), std::string::npos);
}

}  // namespace
}  // namespace planish
