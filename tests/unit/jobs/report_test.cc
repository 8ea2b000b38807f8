// SPDX-License-Identifier: Apache-2.0
#include "planish/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "planish/check.h"

namespace planish {
namespace {

using nlohmann::json;

TEST(ReportTest, RatesAreZeroWithoutRowsOrTime) {
  const Report report;
  EXPECT_EQ(report.duplicate_ratio(), 0);
  EXPECT_EQ(report.megabytes_per_second(), 0);
  EXPECT_EQ(report.rows_per_second(), 0);
  EXPECT_TRUE(json::accept(report.ToJson()));
}

TEST(ReportTest, RatesFollowFromCounts) {
  Report report;
  report.rows_in = 1000;
  report.rows_dropped = 250;
  report.bytes_in = 8'000'000;
  report.wall_seconds = 2;
  const json written = json::parse(report.ToJson());
  EXPECT_EQ(written["duplicate_ratio"], 0.25);
  EXPECT_EQ(written["megabytes_per_second"], 4.0);
  EXPECT_EQ(written["rows_per_second"], 500.0);
}

TEST(ReportTest, KeepsTheOrderOfTheDocumentation) {
  const std::string text = Report().ToJson();
  size_t position = 0;
  for (const char* name :
       {"schema_version", "verb", "options", "rows_in", "files", "row_groups", "bytes_in",
        "wall_seconds", "stages", "memory", "engine", "plan", "last_progress"}) {
    const size_t next = text.find("\n  \"" + std::string(name) + "\":");
    ASSERT_NE(next, std::string::npos) << name;
    EXPECT_GE(next, position) << name;
    position = next;
  }
  EXPECT_EQ(text.back(), '\n');
}

TEST(ReportTest, KeepsLargeCountsExact) {
  Report report;
  report.rows_in = (int64_t{1} << 53) + 1;
  EXPECT_EQ(json::parse(report.ToJson())["rows_in"].get<int64_t>(), report.rows_in);
}

TEST(ReportTest, ShowsUnknownTimeLeftAsNull) {
  Report report;
  EXPECT_TRUE(json::parse(report.ToJson())["last_progress"]["seconds_left"].is_null());
  report.last_progress.seconds_left = 0;
  EXPECT_EQ(json::parse(report.ToJson())["last_progress"]["seconds_left"], 0.0);
}

TEST(ReportTest, ReplacesBytesThatAreNotUtf8) {
  Report report;
  report.options["inputs"] = "dir/\xff";
  report.plan.push_back({"dir/\xff/a.parquet", 1, 1, {}});
  const json written = json::parse(report.ToJson());
  EXPECT_EQ(written["options"]["inputs"], "dir/\xef\xbf\xbd");
  EXPECT_EQ(written["plan"][0]["file"], "dir/\xef\xbf\xbd/a.parquet");
}

TEST(CheckResultTest, WritesTheWorstKeysAndTheReport) {
  CheckResult result;
  result.key = {"a", "b"};
  result.duplicated_keys = 1;
  result.surplus_rows = 2;
  result.worst = {{{"1", "x\"y"}, 3, "in/a.parquet", 17}};
  result.report.verb = "check";
  const json written = json::parse(result.ToJson());
  EXPECT_EQ(written["key"], json({"a", "b"}));
  EXPECT_EQ(written["worst"][0]["values"], json({"1", "x\"y"}));
  EXPECT_EQ(written["worst"][0]["first_row"], 17);
  EXPECT_EQ(written["report"]["verb"], "check");
}

}  // namespace
}  // namespace planish
