// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/golden.h"
#include "cli/sample_dataset.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

using Arguments = std::vector<std::string>;
using Rows = std::vector<std::string>;
using nlohmann::json;

/// Runs dedup from in/ to out/ with more arguments; it must succeed and say nothing else.
CommandResult Dedup(const SampleDataset& sample, const Arguments& more) {
  Arguments arguments = {"dedup", "in", "--output", "out", "--progress", "none"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const CommandResult result = RunPlanish(sample.path(), arguments);
  EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(more);
  EXPECT_EQ(result.error, "") << testing::PrintToString(more);
  return result;
}

/// The rows that are left, by name.
Rows Kept(const Arguments& more) {
  const SampleDataset sample;
  Dedup(sample, more);
  return Names(sample / "out");
}

TEST(DedupCommandTest, RemovesExactDuplicatesWithoutAKey) {
  EXPECT_EQ(Kept({}), (Rows{"a1", "a2", "b", "c", "d", "e", "f", "g"}));
}

TEST(DedupCommandTest, KeepsTheRowOfEachKeyThatWasAskedFor) {
  EXPECT_EQ(Kept({"--key", "id"}), (Rows{"a1", "b", "c", "d", "e", "f", "g"}));
  EXPECT_EQ(Kept({"--key", "id", "--keep", "last"}),
            (Rows{"a2", "b", "d", "e", "f", "g", "c"}));
  EXPECT_EQ(Kept({"--key=id", "--keep=none"}), (Rows{"b", "d", "e", "f", "g"}));
}

TEST(DedupCommandTest, TakesOrderColumnsInEitherDirectionAndSpelling) {
  const Rows oldest = {"a1", "b", "c", "d", "e", "f", "g"};
  const Rows newest = {"a2", "b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(Kept({"--key", "id", "--order-by", "v"}), oldest);
  EXPECT_EQ(Kept({"--key", "id", "--order-by", "-v"}), newest);
  EXPECT_EQ(Kept({"--key", "id", "--order-by=-v"}), newest);
  EXPECT_EQ(Kept({"--key", "id", "--order-by", "v desc"}), newest);
  EXPECT_EQ(Kept({"--key", "id", "--order-by", "id,-v"}), newest);
  EXPECT_EQ(Kept({"--key", "id", "--order-by", "-id", "--order-by", "-v"}), newest);
}

TEST(DedupCommandTest, TakesKeyColumnsTogetherOrOneByOne) {
  const Rows both = {"a1", "a2", "b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(Kept({"--key", "id,name"}), both);
  EXPECT_EQ(Kept({"--key", "id", "--key", "name"}), both);
}

TEST(DedupCommandTest, GivesTheSameRowsWithEveryEngineSwitch) {
  const Rows expected = {"a1", "b", "c", "d", "e", "f", "g"};
  for (const Arguments& how : std::vector<Arguments>{{"--engine", "reference"},
                                                     {"--engine", "auto"},
                                                     {"--threads", "1"},
                                                     {"--threads", "3"},
                                                     {"--chunk-rows", "1"},
                                                     {"--chunk-bytes", "1"},
                                                     {"--chunk", "rows"},
                                                     {"--chunk", "row-group"},
                                                     {"--chunk", "file"},
                                                     {"--chunk", "off"},
                                                     {"--temp-dir", "scratch"},
                                                     {"--temp-limit", "1MB"},
                                                     {"--memory-limit", "50%"},
                                                     {"--memory-limit", "256MB"},
                                                     {"--no-sync"},
                                                     {"--no-copy-row-groups"},
                                                     {"--no-copy-files"},
                                                     {"--no-inline-keys"},
                                                     {"--no-key-digests"},
                                                     {"--verify"},
                                                     {"--semantics", "planish"},
                                                     {"--missing-columns", "null"},
                                                     {"--log-level", "error"}}) {
    Arguments more = {"--key", "id"};
    more.insert(more.end(), how.begin(), how.end());
    EXPECT_EQ(Kept(more), expected) << testing::PrintToString(how);
  }
}

TEST(DedupCommandTest, TakesTheSmallestFileFirstWithLoopSemantics) {
  EXPECT_EQ(Kept({"--key", "id", "--semantics", "loop"}),
            (Rows{"a1", "b", "d", "e", "f", "g", "c"}));
}

TEST(DedupCommandTest, TellsPartitionsApartOnlyIfAsked) {
  const SampleDataset sample;
  std::filesystem::create_directories(sample / "hive/day=1");
  std::filesystem::create_directories(sample / "hive/day=2");
  std::filesystem::copy_file(sample / "in/b.parquet", sample / "hive/day=1/x.parquet");
  std::filesystem::copy_file(sample / "in/b.parquet", sample / "hive/day=2/x.parquet");
  for (const auto& [scope, rows] : {std::pair{"dataset", 3}, std::pair{"partition", 6}}) {
    const CommandResult result = RunPlanish(
        sample.path(), {"dedup", "hive", "--output", std::string("out-") + scope, "--key",
                        "id", "--scope", scope, "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(json::parse(result.output)["rows_kept"], rows) << scope;
  }
}

TEST(DedupCommandTest, KeepsEveryNaNIfTheyAreDistinct) {
  const SampleDataset sample;
  const auto schema = arrow::schema({arrow::field("v", arrow::float64())});
  const auto table = TableFromJson(schema, "[[NaN], [NaN], [1.0], [1.0]]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "nan.parquet")));
  for (const auto& [flag, rows] :
       {std::pair{"--verify", 2}, std::pair{"--nan-distinct", 3}}) {
    const CommandResult result = RunPlanish(
        sample.path(),
        {"dedup", "nan.parquet", "--output", std::string("out") + flag, flag, "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(json::parse(result.output)["rows_kept"], rows) << flag;
  }
}

TEST(DedupCommandTest, FillsColumnsThatAFileLacksIfAsked) {
  const SampleDataset sample;
  const auto table =
      TableFromJson(arrow::schema({arrow::field("id", arrow::int64())}), "[[8], [8]]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "in/c.parquet")));
  Dedup(sample, {"--missing-columns", "null"});
  EXPECT_EQ(ReadParquet(sample / "out/c.parquet").ValueOrDie()->num_rows(), 1);
}

TEST(DedupCommandTest, WritesWhatItMustWriteWithTheCodecAskedFor) {
  const SampleDataset sample;
  Dedup(sample, {"--key", "id", "--compression", "zstd", "--compression-level", "5"});
  const auto inspected =
      json::parse(RunPlanish(sample.path(), {"inspect", "out", "--json"}).output);
  const json& codecs = inspected["columns"][0]["codecs"];
  EXPECT_GT(codecs.value("zstd", 0), 0) << codecs;
  EXPECT_GT(codecs.value("snappy", 0), 0)
      << "row groups that are copied keep theirs: " << codecs;
}

TEST(DedupCommandTest, KnowsCodecsInCapitals) {
  const SampleDataset sample;
  Dedup(sample, {"--key", "id", "--compression", "ZSTD"});
  const auto inspected =
      json::parse(RunPlanish(sample.path(), {"inspect", "out", "--json"}).output);
  const json& codecs = inspected["columns"][0]["codecs"];
  EXPECT_GT(codecs.value("zstd", 0), 0) << codecs;
}

TEST(DedupCommandTest, TakesSeveralInputsAndGlobs) {
  const SampleDataset sample;
  const CommandResult result = RunPlanish(
      sample.path(),
      {"dedup", "in/a.parquet", "in/[b].parquet", "--output", "out", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(json::parse(result.output)["files_in"], 2);
}

TEST(DedupCommandTest, TakesAGlobInBracketsForWhatItIs) {
  const SampleDataset sample;
  std::filesystem::create_directories(sample / "x");
  std::filesystem::copy_file(sample / "in/b.parquet", sample / "x/b.parquet");
  const CommandResult result =
      RunPlanish(sample.path(), {"dedup", "--dry-run", "[w,x]", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(json::parse(result.output)["rows_in"], 3);
}

TEST(DedupCommandTest, FindsAColumnWithACommaInItsName) {
  const SampleDataset sample;
  const auto schema = arrow::schema(
      {arrow::field("a,b", arrow::int64()), arrow::field("c\\d", arrow::int64())});
  const auto table = TableFromJson(schema, "[[1, 1], [1, 2], [2, 2]]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "comma.parquet")));
  const CommandResult result = RunPlanish(
      sample.path(), {"dedup", "comma.parquet", "--dry-run", "--key", "a\\,b", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(json::parse(result.output)["rows_kept"], 2);
}

TEST(DedupCommandTest, SummarizesWhatItDid) {
  const SampleDataset sample;
  ExpectGolden("dedup",
               Transcript(sample.path(), {"dedup", "in", "--output", "out", "--key", "id",
                                          "--progress", "none"}) +
                   Transcript(sample.path(), {"dedup", "in", "--output", "verified",
                                              "--verify", "--progress", "none"}));
}

TEST(DedupCommandTest, ShowsThePlanOfADryRunAndWritesNothing) {
  const SampleDataset sample;
  const std::string before = ReadText(sample / "in/a.parquet");
  ExpectGolden("dry_run",
               Transcript(sample.path(), {"dedup", "in", "--dry-run", "--key", "id",
                                          "--progress", "none"}) +
                   Transcript(sample.path(), {"dedup", "in/a.parquet", "--dry-run",
                                              "--progress", "none"}));
  EXPECT_EQ(ReadText(sample / "in/a.parquet"), before);
  for (const auto& entry : std::filesystem::directory_iterator(sample.path())) {
    EXPECT_EQ(entry.path().filename(), "in");
  }
}

TEST(DedupCommandTest, CutsALongPlanAndSaysSo) {
  const SampleDataset sample;
  for (int i = 10; i < 40; ++i) {
    std::filesystem::copy_file(sample / "in/b.parquet",
                               sample / ("in/copy" + std::to_string(i) + ".parquet"));
  }
  ExpectGolden("dry_run_long", Transcript(sample.path(), {"dedup", "in", "--dry-run",
                                                          "--progress", "none"}));
}

}  // namespace
}  // namespace planish
