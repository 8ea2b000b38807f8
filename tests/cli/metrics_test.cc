// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/prometheus_text.h"

namespace planish {
namespace {

/// Metrics with the values replaced that differ between machines and runs.
std::string Comparable(const std::string& metrics) {
  static const std::regex kVarying(R"((_(?:seconds|bytes)\{[^}]*\}) [^\n]+)");
  return std::regex_replace(metrics, kVarying, "$1 <value>");
}

TEST(MetricsTest, AreWrittenAsPrometheusReadsThem) {
  const SampleDataset sample;
  const CommandResult result =
      RunPlanish(sample.path(), {"dedup", "in", "--output", "out", "--key", "id",
                                 "--metrics", "m.prom", "--progress", "none"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::string text = ReadText(sample / "m.prom");
  ASSERT_OK_AND_ASSIGN(auto metrics, ParsePrometheus(text));
  EXPECT_EQ(metrics["planish_rows{verb=\"dedup\",dataset=\"in\",kind=\"dropped\"}"], 2);
  EXPECT_GT(metrics["planish_memory_bytes{verb=\"dedup\",dataset=\"in\",kind=\"limit\"}"],
            0);
  ExpectGolden("metrics", Comparable(text));
}

TEST(MetricsTest, SayWhatTheReportSays) {
  const SampleDataset sample;
  const CommandResult result = RunPlanish(
      sample.path(), {"check", "in", "--key", "id", "--metrics", "m.prom", "--json"});
  ASSERT_EQ(result.exit_code, 1) << result.error;
  ASSERT_OK_AND_ASSIGN(auto metrics, ParsePrometheus(ReadText(sample / "m.prom")));
  const auto report = nlohmann::json::parse(result.output)["report"];
  EXPECT_EQ(metrics["planish_wall_seconds{verb=\"check\",dataset=\"in\"}"],
            report["wall_seconds"]);
  EXPECT_EQ(metrics["planish_bytes{verb=\"check\",dataset=\"in\",kind=\"in\"}"],
            report["bytes_in"]);
  EXPECT_EQ(metrics["planish_chunks{verb=\"check\",dataset=\"in\"}"], report["chunks"]);
}

TEST(MetricsTest, ReplaceOlderOnesAtOnceAndOnlyAfterSuccess) {
  const SampleDataset sample;
  WriteText(sample / "m.prom", "old");
  EXPECT_EQ(RunPlanish(sample.path(), {"check", "in", "--key", "nope", "--metrics",
                                       "m.prom", "--progress", "none"})
                .exit_code,
            2);
  EXPECT_EQ(ReadText(sample / "m.prom"), "old");
  EXPECT_EQ(
      RunPlanish(sample.path(), {"check", "in", "--key", "id", "--metrics", "m.prom"})
          .exit_code,
      1);
  EXPECT_OK(ParsePrometheus(ReadText(sample / "m.prom")).status());
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(sample.path())) {
    names.insert(entry.path().filename());
  }
  EXPECT_EQ(names, (std::set<std::string>{"in", "m.prom"}));
}

TEST(ChunkReportTest, CountsChunksAndTheirSizes) {
  const SampleDataset sample;
  const auto chunks = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"dedup", "in", "--dry-run",
                                          "--key", "id", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return nlohmann::json::parse(RunPlanish(sample.path(), arguments).output);
  };
  EXPECT_EQ(chunks({})["chunks"], 1);
  EXPECT_EQ(chunks({})["chunk_sizes"]["max_rows"], 9);
  EXPECT_EQ(chunks({"--chunk", "file"})["chunks"], 2);
  EXPECT_EQ(chunks({"--chunk", "row-group"})["chunks"], 5);
  const auto rows = chunks({"--chunk-rows", "4"});
  EXPECT_EQ(rows["chunks"], 3);
  EXPECT_EQ(rows["chunk_sizes"]["min_rows"], 2);
  EXPECT_EQ(rows["chunk_sizes"]["mean_rows"], 3.0);
  EXPECT_EQ(rows["chunk_sizes"]["max_rows"], 4);
  EXPECT_EQ(chunks({"--chunk-rows", "1"})["chunks"], 9);
}

TEST(EstimateReportTest, HoldsWhatWasExpectedAgainstWhatCame) {
  const SampleDataset sample;
  const auto report =
      nlohmann::json::parse(RunPlanish(sample.path(), {"dedup", "in", "--output", "out",
                                                       "--key", "id", "--json"})
                                .output);
  EXPECT_EQ(report["estimated"]["rows"], 9);
  EXPECT_GT(report["estimated"]["seconds"], 0.0);
  EXPECT_GT(report["estimated"]["peak_memory_bytes"], 1'000'000);
  EXPECT_EQ(report["actual"]["rows"], 9);
  EXPECT_EQ(report["actual"]["seconds"], report["wall_seconds"]);
  EXPECT_EQ(report["actual"]["bytes"],
            report["bytes_read"].get<int64_t>() + report["bytes_written"].get<int64_t>());
}

}  // namespace
}  // namespace planish
