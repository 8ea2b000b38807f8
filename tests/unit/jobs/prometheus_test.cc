// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/report.h"
#include "support/arrow_assertions.h"
#include "support/prometheus_text.h"

namespace planish {
namespace {

Report SampleReport() {
  Report report;
  report.verb = "dedup";
  report.rows_in = (int64_t{1} << 53) - 1;
  report.rows_kept = 2;
  report.wall_seconds = 1.5e-7;
  report.stages = {{"scan", 0.25, 0.5, 4096, 2}, {"winners", 1, 2}};
  report.scratch.peak_bytes = 5000;
  report.estimated.seconds = 3;
  report.actual.seconds = 2;
  return report;
}

TEST(PrometheusTest, IsWellFormed) {
  ASSERT_OK_AND_ASSIGN(const auto samples,
                       ParsePrometheus(SampleReport().ToPrometheus()));
  EXPECT_GT(samples.size(), 40U);
  for (const auto& [name, value] : samples) {
    EXPECT_EQ(name.rfind("planish_", 0), 0U) << name;
    EXPECT_NE(name.find("{verb=\"dedup\""), std::string::npos) << name;
  }
}

TEST(PrometheusTest, GivesWhatTheReportSays) {
  ASSERT_OK_AND_ASSIGN(auto samples, ParsePrometheus(SampleReport().ToPrometheus()));
  EXPECT_EQ(samples["planish_rows{verb=\"dedup\",kind=\"in\"}"], 9007199254740991.0);
  EXPECT_EQ(samples["planish_rows{verb=\"dedup\",kind=\"kept\"}"], 2);
  EXPECT_EQ(samples["planish_wall_seconds{verb=\"dedup\"}"], 1.5e-7);
  EXPECT_EQ(samples["planish_stage_cpu_seconds{verb=\"dedup\",stage=\"scan\"}"], 0.5);
  EXPECT_EQ(samples["planish_stage_spilled_bytes{verb=\"dedup\",stage=\"scan\"}"], 4096);
  EXPECT_EQ(samples["planish_stage_spilled_blocks{verb=\"dedup\",stage=\"scan\"}"], 2);
  EXPECT_EQ(samples["planish_stage_wall_seconds{verb=\"dedup\",stage=\"winners\"}"], 1);
  EXPECT_EQ(samples["planish_scratch_peak_bytes{verb=\"dedup\"}"], 5000);
  EXPECT_EQ(samples["planish_expected_seconds{verb=\"dedup\",kind=\"estimated\"}"], 3);
  EXPECT_EQ(samples["planish_expected_seconds{verb=\"dedup\",kind=\"actual\"}"], 2);
}

TEST(PrometheusTest, EscapesLabels) {
  Report report = SampleReport();
  report.verb = "a\"b\\c\nd";
  ASSERT_OK_AND_ASSIGN(const auto samples, ParsePrometheus(report.ToPrometheus()));
  EXPECT_EQ(samples.count("planish_dry_run{verb=\"a\\\"b\\\\c\\nd\"}"), 1U);
}

TEST(PrometheusTextTest, IsReadStrictly) {
  const std::string head = "# HELP a_b Text.\n# TYPE a_b gauge\n";
  EXPECT_OK(ParsePrometheus(head + "a_b 1\n").status());
  for (const std::string& wrong :
       {head + "a_b 1", head, head + "\na_b 1\n", head + "other 1\n",
        head + "a_b 1\na_b 1\n", head + "a_b{x=y} 1\n", head + "a_b{x=\"\\t\"} 1\n",
        head + "a_b 1,5\n", std::string("a_b 1\n"), head + "a_b 1\n" + head + "a_b 2\n",
        std::string("# TYPE a_b gauge\na_b 1\n"), head + "a_b  1\n",
        head + "a_b{x=\"1\",} 1\n"}) {
    EXPECT_FALSE(ParsePrometheus(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace planish
