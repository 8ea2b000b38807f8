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

TEST(InspectCommandTest, ShowsWhatADatasetIsMadeOf) {
  const SampleDataset sample;
  ExpectGolden("inspect", Transcript(sample.path(), {"inspect", "in"}));
}

TEST(InspectCommandTest, GivesTheSameAsJson) {
  const SampleDataset sample;
  const CommandResult result = RunPlanish(sample.path(), {"inspect", "in", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const json inspected = json::parse(result.output);
  EXPECT_EQ(inspected["files"], 2);
  EXPECT_EQ(inspected["rows"], 9);
  EXPECT_EQ(inspected["row_groups"], 5);
  EXPECT_EQ(inspected["columns"].size(), 3u);
  EXPECT_EQ(inspected["columns"][0]["min"], "1");
  EXPECT_EQ(inspected["columns"][0]["max"], "7");
}

TEST(InspectCommandTest, ShowsWhichFilesDisagreeOnAType) {
  const SampleDataset sample;
  const auto write = [&](const std::string& name, std::shared_ptr<arrow::DataType> type) {
    const auto schema = arrow::schema({arrow::field("v", std::move(type))});
    const auto table = TableFromJson(schema, "[[null], [null]]");
    ASSERT_TRUE(IsOk(table.status()));
    ASSERT_TRUE(IsOk(WriteParquet(*table, sample / ("mixed/" + name))));
  };
  write("a.parquet", arrow::int64());
  write("b.parquet", arrow::utf8());
  write("c.parquet", arrow::utf8());
  const CommandResult result = RunPlanish(sample.path(), {"inspect", "mixed"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_NE(result.output.find("files disagree on the type of v:\n"
                               "type    files  such as\n"
                               "int64       1  mixed/a.parquet\n"
                               "string      2  mixed/b.parquet\n"),
            std::string::npos)
      << result.output;
}

TEST(InspectCommandTest, ShowsWhichFilesLackAColumn) {
  const SampleDataset sample;
  const auto id = arrow::field("id", arrow::int64());
  const auto write = [&](const std::string& name, const arrow::FieldVector& fields) {
    const auto table = TableFromJson(arrow::schema(fields), "[]");
    ASSERT_TRUE(IsOk(table.status()));
    ASSERT_TRUE(IsOk(WriteParquet(*table, sample / ("mixed/" + name))));
  };
  write("a.parquet", {id, arrow::field("v", arrow::utf8())});
  write("b.parquet", {id});
  const CommandResult result = RunPlanish(sample.path(), {"inspect", "mixed"});
  EXPECT_EQ(result.exit_code, 3) << result.error;
  EXPECT_NE(result.output.find("type     files  such as\n"
                               "string       1  mixed/a.parquet\n"
                               "missing      1  mixed/b.parquet\n"),
            std::string::npos)
      << result.output;
}

TEST(InspectCommandTest, CutsAWideSchemaUnlessAllIsAskedFor) {
  const SampleDataset sample;
  arrow::FieldVector fields;
  for (int i = 0; i < 60; ++i) {
    fields.push_back(arrow::field("column" + std::to_string(i), arrow::int64()));
  }
  const auto table = TableFromJson(arrow::schema(fields), "[]");
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, sample / "wide.parquet")));
  const std::string some = RunPlanish(sample.path(), {"inspect", "wide.parquet"}).output;
  EXPECT_EQ(some.find("column59"), std::string::npos);
  EXPECT_NE(some.find("and 20 more columns (--all-columns shows them)"),
            std::string::npos);
  const std::string all =
      RunPlanish(sample.path(), {"inspect", "wide.parquet", "--all-columns"}).output;
  EXPECT_NE(all.find("column59"), std::string::npos);
}

}  // namespace
}  // namespace planish
