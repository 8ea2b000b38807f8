// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/check.h"
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

TEST(PrometheusTest, DatasetsSideBySideAreToldApart) {
  Report one = SampleReport(), other = SampleReport();
  one.options["inputs"] = "events";
  other.options["inputs"] = "sales\xff";
  ASSERT_OK_AND_ASSIGN(const auto samples, ParsePrometheus(one.ToPrometheus()));
  ASSERT_OK_AND_ASSIGN(const auto others,
                       ParsePrometheus(other.ToPrometheus({{"site", "a\"b"}})));
  for (const auto& [name, value] : samples) EXPECT_EQ(others.count(name), 0U) << name;
  EXPECT_EQ(samples.count("planish_chunks{verb=\"dedup\",dataset=\"events\"}"), 1U);
  ASSERT_OK_AND_ASSIGN(const auto named,
                       ParsePrometheus(one.ToPrometheus({{"dataset", "mine"}})));
  EXPECT_EQ(named.count("planish_chunks{verb=\"dedup\",dataset=\"mine\"}"), 1U);
}

TEST(PrometheusTest, AFigureOfADryRunIsNotTakenForOneOfARun) {
  Report report = SampleReport();
  report.dry_run = true;
  ASSERT_OK_AND_ASSIGN(const auto samples, ParsePrometheus(report.ToPrometheus()));
  for (const auto& [name, value] : samples) {
    EXPECT_NE(name.find("plan=\"1\""), std::string::npos) << name;
  }
}

TEST(PrometheusTest, ACheckCountsDuplicates) {
  CheckResult result;
  result.report = SampleReport();
  result.duplicated_keys = 5;
  result.surplus_rows = 7;
  ASSERT_OK_AND_ASSIGN(auto samples, ParsePrometheus(result.ToPrometheus()));
  EXPECT_EQ(samples["planish_duplicated_keys{verb=\"dedup\"}"], 5);
  EXPECT_EQ(samples["planish_surplus_rows{verb=\"dedup\"}"], 7);
}

TEST(PrometheusTest, LabelsAreThoseThatPrometheusTakes) {
  EXPECT_OK(CheckMetricLabels({{"dataset", "any \"text\""}, {"_a1", ""}}));
  for (const char* name : {"", "1a", "a-b", "__name", "a b", "verb", "kind", "fate"}) {
    EXPECT_ERROR_KIND(CheckMetricLabels({{name, "x"}}), ErrorKind::kInvalidOption);
  }
  EXPECT_ERROR_KIND(CheckMetricLabels({{"a", "1"}, {"a", "2"}}),
                    ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
