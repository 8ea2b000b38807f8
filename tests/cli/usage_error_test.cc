// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"

namespace planish {
namespace {

using Arguments = std::vector<std::string>;

/// Transcripts of commands that must all end with exit code 2, say nothing on standard
/// output unless they are asked for JSON, and leave the output alone.
std::string Failures(const SampleDataset& sample,
                     const std::vector<Arguments>& commands) {
  std::string text;
  for (const Arguments& arguments : commands) {
    const CommandResult result = RunPlanish(sample.path(), arguments);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    const bool json = std::ranges::find(arguments, "--json") != arguments.end();
    EXPECT_EQ(result.output.empty(), !json) << testing::PrintToString(arguments);
    text += Transcript(sample.path(), arguments);
  }
  EXPECT_FALSE(Exists(sample / "out"));
  return text;
}

TEST(UsageErrorTest, NamesWhatIsMissingOrUnknown) {
  const SampleDataset sample;
  ExpectGolden("usage_unknown", Failures(sample, {{"dedupe", "in"},
                                                  {"frobnicate"},
                                                  {"--verbose"},
                                                  {"help", "dedupe"},
                                                  {"completion"},
                                                  {"completion", "tcsh"},
                                                  {"completion", "bash", "zsh"},
                                                  {"dedup"},
                                                  {"dedup", "in"},
                                                  {"dedup", "in", "--output"},
                                                  {"dedup", "in", "--kee", "id"},
                                                  {"dedup", "in", "-k", "id"}}));
}

TEST(UsageErrorTest, NoOptionTakesTheNextOneForItsValue) {
  const SampleDataset sample;
  ExpectGolden(
      "usage_no_value",
      Failures(sample, {{"dedup", "in", "--key=", "--in-place"},
                        {"dedup", "in", "--key", "--in-place"},
                        {"dedup", "in", "--key", "", "--in-place"},
                        {"dedup", "in", "--key", "id", "--output=", "--verify"},
                        {"dedup", "in", "--key", "id", "--output", "--verify"},
                        {"dedup", "in", "--output", "out", "--order-by=", "--verify"},
                        {"dedup", "in", "--output", "out", "--keep=", "--verify"},
                        {"dedup", "in", "--output", "out", "--memory-limit=", "1GB"},
                        {"check", "in", "--exclude=", "--json"},
                        {"inspect", "in", "--include", "--json"},
                        {"recover", "in", "--lock-timeout="},
                        {"merge", "in", "--source", "in", "--key", "id",
                         "--newer-by=", "--in-place"},
                        {"merge", "in", "--source", "in", "--key", "id", "--newer-by", "",
                         "--in-place"},
                        {"merge", "in", "--key", "id", "--source=", "--in-place"},
                        {"merge", "in", "--key", "id", "--source", "--in-place"}}));
}

TEST(UsageErrorTest, AValueThatLooksLikeAnOptionIsTakenWhereItIsMeant) {
  const SampleDataset sample;
  const CommandResult glued =
      RunPlanish(sample.path(), {"dedup", "in", "--output", "out", "--key=--in-place"});
  EXPECT_NE(glued.error.find("column not found: \"--in-place\""), std::string::npos)
      << glued.error;
  const CommandResult descending =
      RunPlanish(sample.path(), {"dedup", "in", "--output", "out", "--key", "id",
                                 "--order-by", "-v", "--progress", "none"});
  EXPECT_EQ(descending.exit_code, 0) << descending.error;
}

TEST(UsageErrorTest, SaysWhatAValueMayBe) {
  const SampleDataset sample;
  std::vector<Arguments> commands;
  for (const Arguments& wrong : std::vector<Arguments>{{"--keep", "always"},
                                                       {"--scope", "file"},
                                                       {"--engine", "fast"},
                                                       {"--semantics", "sql"},
                                                       {"--missing-columns", "skip"},
                                                       {"--progress", "loud"},
                                                       {"--log-level", "all"},
                                                       {"--compression", "zip"},
                                                       {"--threads", "-1"},
                                                       {"--threads", "two"},
                                                       {"--chunk-rows", "0"},
                                                       {"--chunk-rows", "1e6"},
                                                       {"--chunk-rows", "-1"},
                                                       {"--chunk-bytes", "0"},
                                                       {"--chunk-bytes", "-64MB"},
                                                       {"--chunk-bytes", "64 parsecs"},
                                                       {"--chunk-bytes", "50%"},
                                                       {"--chunk", "page"},
                                                       {"--temp-limit", "0"},
                                                       {"--temp-limit", "50%"},
                                                       {"--temp-limit", "much"},
                                                       {"--temp-dir", "in/a.parquet"},
                                                       {"--memory-limit", "-1GB"},
                                                       {"--memory-limit", "0%"},
                                                       {"--memory-limit", "101%"},
                                                       {"--memory-limit", "lots"},
                                                       {"--memory-limit", "0"},
                                                       {"--memory-limit", "1kB"},
                                                       {"--key", "id,,name"},
                                                       {"--key", "id,id"},
                                                       {"--order-by", ","},
                                                       {"--verify=yes"},
                                                       {"--no-sync=1"}}) {
    Arguments command = {"dedup", "in", "--output", "out", "--progress", "none"};
    if (wrong[0] == "--progress") command.resize(4);
    command.insert(command.end(), wrong.begin(), wrong.end());
    commands.push_back(command);
  }
  commands.push_back({"check", "in", "--worst-keys", "-1"});
  ExpectGolden("usage_values", Failures(sample, commands));
}

TEST(UsageErrorTest, RefusesSizesThatTheChunkModeDoesNotUse) {
  const SampleDataset sample;
  std::vector<Arguments> commands;
  for (const Arguments& wrong :
       std::vector<Arguments>{{"--chunk", "rows", "--chunk-bytes", "64MB"},
                              {"--chunk", "bytes", "--chunk-rows", "1000"},
                              {"--chunk", "bytes"},
                              {"--chunk", "row-group", "--chunk-rows", "1000"},
                              {"--chunk", "file", "--chunk-bytes", "64MB"},
                              {"--chunk", "off", "--chunk-rows", "1000"}}) {
    for (const Arguments& verb : std::vector<Arguments>{
             {"dedup", "in", "--output", "out", "--progress", "none"}, {"check", "in"}}) {
      commands.push_back(verb);
      commands.back().insert(commands.back().end(), wrong.begin(), wrong.end());
    }
  }
  ExpectGolden("usage_chunks", Failures(sample, commands));
}

TEST(UsageErrorTest, RefusesOptionsThatContradictEachOther) {
  const SampleDataset sample;
  const auto dedup = [](const Arguments& more) {
    Arguments command = {"dedup", "in", "--progress", "none"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  ExpectGolden(
      "usage_contradictions",
      Failures(sample,
               {dedup({"--output", "out", "--dry-run"}), dedup({"--dry-run", "--verify"}),
                dedup({"--output", "out", "--output", "out2"}),
                dedup({"--output", "out", "--compression-level", "3"}),
                dedup({"--output", "out", "--compression", "snappy",
                       "--compression-level", "3"}),
                dedup({"--output", "out", "--compression", "zstd", "--compression-level",
                       "99"}),
                dedup({"--output", "out", "--keep", "none", "--order-by", "id"}),
                dedup({"--output", "out", "--semantics", "loop", "--scope", "partition"}),
                dedup({"--output", "out", "--semantics", "loop", "--nan-distinct"}),
                dedup({"--output", "out", "--report", "out/report.json"}),
                dedup({"--output", "out", "--metrics", "out/metrics.prom"}),
                dedup({"--output", "out", "--report", "in/report.json"}),
                dedup({"--output", "in/out"}), dedup({"--output", "./in/day=1/../out"}),
                dedup({"--output", "out", "--metrics", "nowhere/metrics.prom"}),
                dedup({"--output", "out", "--report", "r", "--metrics", "r"}),
                dedup({"--output", "out", "--report", "nowhere/report.json"})}));
}

}  // namespace
}  // namespace planish
