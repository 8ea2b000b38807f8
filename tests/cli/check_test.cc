// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using nlohmann::json;

TEST(CheckCommandTest, FindsDuplicatesWithExitCodeOne) {
  const SampleDataset sample;
  const CommandResult result =
      RunPlanish(sample.path(), {"check", "in", "--key", "id", "--progress", "none"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.error, "");
}

TEST(CheckCommandTest, FindsNoneWithExitCodeZero) {
  const SampleDataset sample;
  EXPECT_EQ(RunPlanish(sample.path(), {"check", "in/a.parquet"}).exit_code, 0);
}

TEST(CheckCommandTest, ShowsTheWorstKeysAsATable) {
  const SampleDataset sample;
  ExpectGolden(
      "check",
      Transcript(sample.path(),
                 {"check", "in", "--key", "id,name", "--progress", "none"}) +
          Transcript(sample.path(), {"check", "in", "--key", "id", "--worst-keys", "1",
                                     "--progress", "none"}) +
          Transcript(sample.path(), {"check", "in", "--key", "id", "--worst-keys", "0",
                                     "--progress", "none"}) +
          Transcript(sample.path(), {"check", "in/a.parquet", "--progress", "none"}));
}

TEST(CheckCommandTest, PutsTheMostFrequentKeyFirst) {
  const SampleDataset sample;
  const auto table = TableFromJson(arrow::schema({arrow::field("id", arrow::int64())}),
                                   "[[5], [7], [7], [5], [7]]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "ids.parquet")));
  const CommandResult result =
      RunPlanish(sample.path(), {"check", "ids.parquet", "--key", "id", "--json"});
  ASSERT_EQ(result.exit_code, 1) << result.error;
  const json worst = json::parse(result.output)["worst"];
  ASSERT_EQ(worst.size(), 2u);
  EXPECT_EQ(worst[0], json({{"values", {"7"}},
                            {"rows", 3},
                            {"first_file", "ids.parquet"},
                            {"first_row", 1}}));
  EXPECT_EQ(worst[1]["values"][0], "5");
}

TEST(CheckCommandTest, ShowsValuesThatCannotBreakTheTable) {
  const SampleDataset sample;
  const auto table =
      TableFromJson(arrow::schema({arrow::field("na\nme", arrow::utf8())}),
                    R"([["a\nb\u001b[31m"], ["a\nb\u001b[31m"], [null], [null]])");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "odd.parquet")));
  const CommandResult result = RunPlanish(sample.path(), {"check", "odd.parquet"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("na\\nme"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("a\\nb\\x1b[31m"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("null"), std::string::npos) << result.output;
}

TEST(CheckCommandTest, WritesNothing) {
  const SampleDataset sample;
  const std::string before = ReadText(sample / "in/a.parquet");
  RunPlanish(sample.path(), {"check", "in", "--key", "id"});
  EXPECT_EQ(ReadText(sample / "in/a.parquet"), before);
}

}  // namespace
}  // namespace planish
