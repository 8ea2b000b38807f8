// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

/// The sample dataset and changes to it: a row to update, one that is there, a new one.
class MergeCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(auto like, ReadParquet(sample_ / "in/b.parquet"));
    ASSERT_OK_AND_ASSIGN(
        const auto changes,
        TableFromJson(like->schema(),
                      R"([[2, "B", 0.5], [7, "g", 2], [9, "new", 1.5]])"));
    ASSERT_OK(WriteParquet(changes, sample_ / "changes/c.parquet"));
  }

  std::string Merge(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"merge", "in", "--source",   "changes",
                                          "--key", "id", "--progress", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Transcript(sample_.path(), arguments);
  }

  SampleDataset sample_;
};

TEST_F(MergeCommandTest, SaysWhatBecameOfRowsInANewDirectory) {
  ExpectGolden("merge", Merge({"--output", "out"}));
  EXPECT_EQ(Ids(sample_ / "out"), (std::vector<int64_t>{1, 1, 2, 3, 4, 5, 6, 7, 3, 9}));
  EXPECT_EQ(Names(sample_ / "out")[2], "B");
  EXPECT_EQ(Names(sample_ / "in")[2], "b");
}

TEST_F(MergeCommandTest, ChangesTheTargetInPlaceOnce) {
  std::string text = Merge({"--in-place"}) + "\n";
  text += Merge({"--in-place"});
  ExpectGolden("merge_in_place", text);
  EXPECT_EQ(Ids(sample_ / "in").size(), 10U);
}

TEST_F(MergeCommandTest, PlansWithoutTouchingAnything) {
  ExpectGolden("merge_dry_run", Merge({"--strategy", "sync", "--dry-run"}));
  EXPECT_EQ(Ids(sample_ / "in").size(), 9U);
}

TEST_F(MergeCommandTest, SaysWhatWasSkippedAndWithheld) {
  WriteText(sample_ / "in/c.parquet", "id,name\n1,a\n");
  ExpectGolden("merge_skipped",
               Merge({"--output", "out", "--on-error", "skip", "--log-level", "error"}));
  EXPECT_EQ(Names(sample_ / "out")[2], "B");
  const CommandResult failed = RunPlanish(
      sample_.path(), {"merge", "in", "--source", "changes", "--key", "id", "--dry-run"});
  EXPECT_EQ(failed.exit_code, 2);
}

TEST_F(MergeCommandTest, TakesHowOftenAReadIsMadeAgain) {
  const std::vector<std::string> merge = {"merge",   "in",        "--source",
                                          "changes", "--key",     "id",
                                          "--json",  "--dry-run", "--on-error"};
  const auto run = [&](const std::string& on_error) {
    std::vector<std::string> arguments = merge;
    arguments.push_back(on_error);
    return RunPlanish(sample_.path(), arguments);
  };
  for (const auto& [given, used] :
       {std::pair("retry=5", "retry=5"), std::pair("retry", "retry=3")}) {
    const CommandResult retried = run(given);
    ASSERT_EQ(retried.exit_code, 0) << retried.error;
    EXPECT_EQ(nlohmann::json::parse(retried.output)["options"]["on-error"], used);
  }
  EXPECT_EQ(run("retry=0").exit_code, 2);
  EXPECT_EQ(run("skip=2").exit_code, 2);
}

TEST_F(MergeCommandTest, ReportsAsJson) {
  const CommandResult run = RunPlanish(
      sample_.path(),
      {"merge", "in", "--source", "changes", "--key", "id", "--output", "out", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto report = nlohmann::json::parse(run.output);
  EXPECT_EQ(report["verb"], "merge");
  EXPECT_EQ(report["merge"]["inserted"], 1);
  EXPECT_EQ(report["merge"]["updated"], 1);
  EXPECT_EQ(report["merge"]["unchanged"], 1);
  EXPECT_EQ(report["merge"]["target_rows_after"], 10);
  EXPECT_EQ(report["options"]["strategy"], "upsert");
}

TEST_F(MergeCommandTest, ReadsAStreamFromStandardInput) {
  ASSERT_OK_AND_ASSIGN(auto table, ReadParquet(sample_ / "changes/c.parquet"));
  ASSERT_OK_AND_ASSIGN(auto batch, table->CombineChunksToBatch());
  ASSERT_OK(WriteIpc({batch}, sample_ / "changes.arrows"));
  CommandStreams streams;
  streams.input_path = sample_ / "changes.arrows";
  const CommandResult run = RunPlanish(
      sample_.path(), {"merge", "in", "--source", "-", "--key", "id", "--output", "out"},
      {}, streams);
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(Ids(sample_ / "out"), (std::vector<int64_t>{1, 1, 2, 3, 4, 5, 6, 7, 3, 9}));
}

TEST_F(MergeCommandTest, AddsColumnsAndVerifiesTheResult) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("rank", arrow::int32())});
  ASSERT_OK_AND_ASSIGN(const auto ranks, TableFromJson(schema, "[[2, 20], [99, 30]]"));
  ASSERT_OK(WriteParquet(ranks, sample_ / "changes/c.parquet"));
  ExpectGolden("merge_add",
               Merge({"--in-place", "--strategy", "update", "--missing-columns", "keep",
                      "--extra-columns", "add", "--verify"}));
  ASSERT_OK_AND_ASSIGN(const auto table, ReadDataset(sample_ / "in"));
  EXPECT_EQ(table->GetColumnByName("rank")->null_count(), 8);
}

TEST_F(MergeCommandTest, WantsATargetThatIsThere) {
  std::string text;
  for (const char* target : {"typo", "i*/**/*.parquet", "changes/c.parquet"}) {
    text += Transcript(sample_.path(), {"merge", target, "--source", "changes", "--key",
                                        "id", "--in-place", "--progress", "none"}) +
            "\n";
  }
  ExpectGolden("merge_target", text);
  EXPECT_FALSE(Exists(sample_ / "typo"));
  EXPECT_FALSE(Exists(sample_ / "i*"));
  const CommandResult made =
      RunPlanish(sample_.path(), {"merge", "typo", "--source", "changes", "--key", "id",
                                  "--in-place", "--create", "--progress", "none"});
  EXPECT_EQ(made.exit_code, 0) << made.error;
  EXPECT_EQ(Ids(sample_ / "typo").size(), 3U);
}

TEST_F(MergeCommandTest, RefusesWhatMakesNoSense) {
  std::string text = Merge({}) + "\n";
  text += Merge({"--output", "out", "--in-place"}) + "\n";
  text += Merge({"--output", "out", "--strategy", "insert", "--newer-by", "v"}) + "\n";
  text += Merge({"--dry-run", "--verify"}) + "\n";
  text += Merge({"--output", "out", "--source", "-"}) + "\n";
  text += Merge({"--output", "out", "--key", "nobody"});
  ExpectGolden("merge_errors", text);
}

}  // namespace
}  // namespace planish
