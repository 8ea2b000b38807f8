// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/sample_dataset.h"

namespace planish {
namespace {

using nlohmann::json;

/// Names of all fields, at any depth; those of free-form maps are values, not fields.
void CollectFields(const json& value, std::set<std::string>* names) {
  for (const auto& item : value.items()) {
    if (value.is_object()) names->insert(item.key());
    const bool is_map =
        value.is_object() &&
        (item.key() == "options" || item.key() == "codecs" || item.key() == "encodings");
    if (item.value().is_structured() && !is_map) CollectFields(item.value(), names);
  }
}

TEST(ReportTest, HasNoFieldThatTheDocumentationDoesNotName) {
  const SampleDataset sample;
  const std::string docs = ReadText(PLANISH_REPORT_DOCS);
  std::set<std::string> names;
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"dedup", "in", "--dry-run", "--key", "id", "--json"},
           {"check", "in", "--key", "id", "--json"},
           {"inspect", "in", "--json"},
           {"recover", "in", "--json"}}) {
    const json report = json::parse(RunPlanish(sample.path(), arguments).output);
    EXPECT_EQ(report["schema_version"], 1);
    CollectFields(report, &names);
  }
  EXPECT_GT(names.size(), 60u);
  for (const std::string& name : names) {
    const bool documented = docs.find("`" + name + "`") != std::string::npos ||
                            docs.find("[]." + name + "`") != std::string::npos;
    EXPECT_TRUE(documented) << name;
  }
}

TEST(ReportTest, CountsRowsAndFates) {
  const SampleDataset sample;
  const json report =
      json::parse(RunPlanish(sample.path(),
                             {"dedup", "in", "--output", "out", "--key", "id", "--json"})
                      .output);
  EXPECT_EQ(report["verb"], "dedup");
  EXPECT_EQ(report["rows_in"], 9);
  EXPECT_EQ(report["rows_kept"], 7);
  EXPECT_EQ(report["rows_dropped"], 2);
  EXPECT_EQ(report["files_in"], 2);
  EXPECT_EQ(report["files_out"], 2);
  EXPECT_EQ(report["files"], json({{"copied", 1},
                                   {"transcoded", 1},
                                   {"dropped", 0},
                                   {"skipped", 0},
                                   {"untouched", 0}}));
  // Of a: [1 1] is mixed, [2 3] and [4 5] stay. Of b: [6 7] stays, [3] goes.
  EXPECT_EQ(report["row_groups"], json({{"copied", 3},
                                        {"transcoded", 1},
                                        {"dropped", 1},
                                        {"skipped", 0},
                                        {"untouched", 0}}));
  EXPECT_EQ(report["plan"], json::array());
}

TEST(ReportTest, NamesEveryOptionInForce) {
  const SampleDataset sample;
  const json options = json::parse(
      RunPlanish(sample.path(), {"dedup", "in", "--dry-run", "--key", "id,name", "--keep",
                                 "last", "--threads", "1", "--json"})
          .output)["options"];
  EXPECT_EQ(options["key"], "id,name");
  EXPECT_EQ(options["keep"], "last");
  EXPECT_EQ(options["threads"], "1");
  EXPECT_EQ(options["dry-run"], "on");
  EXPECT_EQ(options["scope"], "dataset");
}

TEST(ReportTest, FileHoldsWhatJsonPrints) {
  const SampleDataset sample;
  const CommandResult result = RunPlanish(
      sample.path(), {"dedup", "in", "--dry-run", "--json", "--report", "r.json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(ReadText(sample / "r.json"), result.output);
}

TEST(ReportTest, FileReplacesAnOlderOneAndLeavesNothingElse) {
  const SampleDataset sample;
  WriteText(sample / "r.json", "old");
  ASSERT_EQ(RunPlanish(sample.path(), {"check", "in/a.parquet", "--report", "r.json"})
                .exit_code,
            0);
  EXPECT_EQ(json::parse(ReadText(sample / "r.json"))["report"]["verb"], "check");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(sample.path())) {
    names.insert(entry.path().filename());
  }
  EXPECT_EQ(names, (std::set<std::string>{"in", "r.json"}));
}

TEST(ReportTest, FileStaysAsItWasIfTheRunFails) {
  const SampleDataset sample;
  WriteText(sample / "r.json", "old");
  EXPECT_EQ(RunPlanish(sample.path(), {"dedup", "in", "--output", "out", "--key", "nope",
                                       "--report", "r.json"})
                .exit_code,
            2);
  EXPECT_EQ(ReadText(sample / "r.json"), "old");
}

TEST(ReportTest, GoesStraightIntoADevice) {
  const SampleDataset sample;
  const CommandResult result = RunPlanish(
      sample.path(),
      {"dedup", "in", "--dry-run", "--progress", "none", "--report", "/dev/stderr"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.error)["rows_in"], 9);
}

}  // namespace
}  // namespace planish
