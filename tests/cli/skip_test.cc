// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using nlohmann::json;

/// in/a.parquet is sound, in/c.parquet is not Parquet, and the row groups [3 9] and [5 5]
/// of in/d.parquet are damaged, the first in its key.
class SkipTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())});
    WriteSpec spec;
    spec.row_group_rows = 2;
    spec.page_checksums = true;
    ASSERT_OK_AND_ASSIGN(auto a, TableFromJson(schema, R"([[1, "a"], [2, "b"]])"));
    ASSERT_OK(WriteParquet(a, sample_ / "bad/a.parquet", spec));
    WriteText(sample_ / "bad/c.parquet", "id,name\n1,a\n2,b\n");
    ASSERT_OK_AND_ASSIGN(auto d, TableFromJson(schema, R"([[3, "c"], [9, "i"], [5, "e"],
        [5, "f"], [2, "g"], [9, "h"]])"));
    ASSERT_OK(WriteParquet(d, sample_ / "bad/d.parquet", spec));
    ASSERT_OK(DamageColumnChunk(sample_ / "bad/d.parquet", 0, 0));
    ASSERT_OK(DamageColumnChunk(sample_ / "bad/d.parquet", 1, 1));
  }

  CommandResult Run(const std::vector<std::string>& arguments) {
    return RunPlanish(sample_.path(), arguments);
  }

  const SampleDataset sample_;
};

TEST_F(SkipTest, LeavesOutWhatCannotBeReadAndSaysSo) {
  ExpectGolden("skipped",
               Transcript(sample_.path(), {"dedup", "bad", "--output", "out", "--key",
                                           "id", "--progress", "none"}));
  EXPECT_EQ(Names(sample_ / "out"), (std::vector<std::string>{"a", "b", "h"}));
}

TEST_F(SkipTest, NamesWhatADryRunCannotRead) {
  ExpectGolden("skipped_dry_run",
               Transcript(sample_.path(), {"dedup", "bad", "--dry-run", "--key", "id",
                                           "--progress", "none"}));
}

TEST_F(SkipTest, FindsDuplicatesInTheRest) {
  ExpectGolden("skipped_check",
               Transcript(sample_.path(), {"check", "bad", "--key", "id", "--progress",
                                           "none", "--log-level", "error"}) +
                   Transcript(sample_.path(),
                              {"check", "bad/a.parquet", "bad/c.parquet", "--key", "id",
                               "--progress", "none", "--log-level", "error"}));
}

TEST_F(SkipTest, ListsSkippedChunksInTheReport) {
  const CommandResult result =
      Run({"dedup", "bad", "--output", "out", "--key", "id", "--json", "--report", "r"});
  EXPECT_EQ(result.exit_code, 3);
  const json report = json::parse(result.output);
  EXPECT_EQ(ReadText(sample_ / "r"), result.output);
  ASSERT_EQ(report["skipped"].size(), 3U);
  const json& file = report["skipped"][0];
  EXPECT_EQ(file["file"], "bad/c.parquet");
  EXPECT_EQ(file["row_group"], nullptr);
  EXPECT_EQ(file["rows"], nullptr);
  EXPECT_EQ(file["kind"], "not_parquet");
  const json& key = report["skipped"][1];
  EXPECT_EQ(key["file"], "bad/d.parquet");
  EXPECT_EQ(key["row_group"], 0);
  EXPECT_EQ(key["column"], "id");
  EXPECT_EQ(key["rows"], 2);
  EXPECT_EQ(key["kind"], "corrupt");
  EXPECT_EQ(report["skipped"][2]["column"], "name");
  EXPECT_EQ(report["files"]["skipped"], 1);
  EXPECT_EQ(report["row_groups"]["skipped"], 2);
  EXPECT_EQ(report["rows_in"], 8);
  EXPECT_EQ(report["rows_kept"], 3);
  EXPECT_EQ(report["rows_dropped"], 1);
  EXPECT_EQ(report["files_in"], 3);
}

TEST_F(SkipTest, SaysAtOnceWhatItSkips) {
  const CommandResult result =
      Run({"check", "bad/a.parquet", "bad/c.parquet", "--progress", "log"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_LT(result.error.find("warning: skipped bad/c.parquet"),
            result.error.find("] scan"))
      << result.error;
}

TEST_F(SkipTest, FailsAtTheFirstErrorIfAsked) {
  for (const char* policy : {"fail", "retry", "retry=2"}) {
    for (const char* verb : {"dedup", "check"}) {
      const CommandResult result =
          Run({verb, "bad/a.parquet", "bad/d.parquet", "--key", "id", "--on-error",
               policy, "--progress", "none", verb[0] == 'd' ? "--dry-run" : "--json"});
      EXPECT_EQ(result.exit_code, 2) << verb << " " << policy;
      if (verb[0] == 'd') {
        EXPECT_EQ(result.output, "");
      }
      EXPECT_NE(result.error.find("row group: 0"), std::string::npos) << result.error;
    }
  }
}

TEST_F(SkipTest, FailsIfNothingCanBeRead) {
  const CommandResult one = Run({"dedup", "bad/c.parquet", "--output", "out"});
  EXPECT_EQ(one.exit_code, 2);
  EXPECT_NE(one.error.find("error: not a Parquet file"), std::string::npos) << one.error;
  std::filesystem::remove(sample_ / "bad/a.parquet");
  ASSERT_OK(DamageColumnChunk(sample_ / "bad/d.parquet", 2, 0));
  ASSERT_OK(DamageColumnChunk(sample_ / "bad/d.parquet", 1, 0));
  const CommandResult several = Run({"dedup", "bad", "--output", "out", "--key", "id"});
  EXPECT_EQ(several.exit_code, 2);
  EXPECT_NE(several.error.find("error: nothing of the input can be read"),
            std::string::npos)
      << several.error;
  EXPECT_FALSE(Exists(sample_ / "out"));
}

}  // namespace
}  // namespace planish
