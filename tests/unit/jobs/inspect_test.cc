// SPDX-License-Identifier: Apache-2.0
#include "planish/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "planish/check.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using testing::ElementsAre;

void Write(const std::string& path, const arrow::FieldVector& fields,
           const std::string& rows, const WriteSpec& spec = {}) {
  const auto table = TableFromJson(arrow::schema(fields), rows);
  ASSERT_TRUE(IsOk(table.status()));
  ASSERT_TRUE(IsOk(WriteParquet(*table, path, spec)));
}

InspectResult InspectDirectory(const std::string& path,
                               MissingColumns missing = MissingColumns::kError) {
  DatasetOptions options;
  options.inputs = {path};
  options.missing_columns = missing;
  const auto result = Inspect(options);
  EXPECT_TRUE(IsOk(result.status()));
  return result.ok() ? *result : InspectResult{};
}

const auto kId = arrow::field("id", arrow::int64());

TEST(InspectTest, CountsFilesRowsAndRowGroups) {
  const TempDir directory;
  WriteSpec spec;
  spec.row_group_rows = 2;
  Write(directory / "a.parquet", {kId}, "[[1], [2], [3]]", spec);
  Write(directory / "b.parquet", {kId}, "[]");
  const InspectResult result = InspectDirectory(directory.path());
  EXPECT_EQ(result.files, 2);
  EXPECT_EQ(result.rows, 3);
  EXPECT_EQ(result.partitions, 0);
  EXPECT_EQ(result.max_row_group_rows, 2);
  EXPECT_EQ(result.bytes,
            static_cast<int64_t>(std::filesystem::file_size(directory / "a.parquet") +
                                 std::filesystem::file_size(directory / "b.parquet")));
  EXPECT_EQ(result.created_by.size(), 1u);
}

TEST(InspectTest, CallsInt96WhatItIsAndCheckShowsItsTimes) {
  const TempDir directory;
  Write(directory / "a.parquet",
        {arrow::field("at", arrow::timestamp(arrow::TimeUnit::NANO))},
        "[[1], [86400000000000], [86400000000000]]", {.int96 = true});
  const InspectResult result = InspectDirectory(directory.path());
  ASSERT_EQ(result.columns.size(), 1u);
  EXPECT_EQ(result.columns[0].type, "INT96 timestamp");
  CheckOptions check;
  check.dataset.inputs = {directory.path()};
  check.key = {"at"};
  RunContext context;
  context.temp_dir = directory / "scratch";
  ASSERT_OK_AND_ASSIGN(const CheckResult checked, Check(check, context));
  ASSERT_EQ(checked.worst.size(), 1u);
  EXPECT_THAT(checked.worst[0].values, ElementsAre("1970-01-02 00:00:00.000000000"));
}

TEST(InspectTest, BoundsValuesOverFilesOfDifferentTypes) {
  const TempDir directory;
  Write(directory / "a.parquet", {arrow::field("id", arrow::int32())},
        "[[5], [null], [7]]");
  Write(directory / "b.parquet", {kId}, "[[10000000000], [6]]");
  const InspectResult result = InspectDirectory(directory.path());
  ASSERT_EQ(result.columns.size(), 1u);
  const InspectedColumn& id = result.columns[0];
  EXPECT_EQ(id.type, "int64");
  EXPECT_EQ(id.min, "5");
  EXPECT_EQ(id.max, "10000000000");
  EXPECT_EQ(id.null_count, 1);
  EXPECT_EQ(id.chunks, 2);
  EXPECT_EQ(id.chunks_with_statistics, 2);
}

TEST(InspectTest, BoundsTheOthersIfAChunkHoldsOnlyNulls) {
  const TempDir directory;
  Write(directory / "a.parquet", {kId}, "[[1], [2]]");
  Write(directory / "b.parquet", {kId}, "[[null], [null]]");
  const InspectedColumn id = InspectDirectory(directory.path()).columns.at(0);
  EXPECT_EQ(id.min, "1");
  EXPECT_EQ(id.max, "2");
  EXPECT_EQ(id.null_count, 2);
  EXPECT_EQ(id.chunks_with_statistics, 2);
}

TEST(InspectTest, KnowsNoBoundsIfAChunkSaysNone) {
  const TempDir directory;
  WriteSpec silent;
  silent.statistics = false;
  Write(directory / "a.parquet", {kId}, "[[1], [2]]");
  Write(directory / "b.parquet", {kId}, "[[3]]", silent);
  const InspectedColumn id = InspectDirectory(directory.path()).columns.at(0);
  EXPECT_EQ(id.min, std::nullopt);
  EXPECT_EQ(id.max, std::nullopt);
  EXPECT_EQ(id.null_count, -1);
  EXPECT_EQ(id.chunks_with_statistics, 1);
}

TEST(InspectTest, CountsRowsOfFilesWithoutAColumnAsNulls) {
  const TempDir directory;
  Write(directory / "a.parquet", {kId, arrow::field("x", arrow::utf8())},
        R"([[1, "v"]])");
  Write(directory / "b.parquet", {kId}, "[[2], [3]]");
  const InspectResult result = InspectDirectory(directory.path(), MissingColumns::kNull);
  ASSERT_EQ(result.columns.size(), 2u);
  EXPECT_EQ(result.columns[1].null_count, 2);
  EXPECT_EQ(result.columns[1].min, "v");
}

TEST(InspectTest, ListsLeavesInTheSchemasOrderAndHiveColumnsLast) {
  const TempDir directory;
  const auto point = arrow::field(
      "point", arrow::struct_({arrow::field("x", arrow::int64()),
                               arrow::field("tags", arrow::list(arrow::utf8()))}));
  Write(directory / "year=2023/a.parquet", {point, kId},
        R"([[{"x": 1, "tags": ["t"]}, 1]])");
  Write(directory / "year=__HIVE_DEFAULT_PARTITION__/b.parquet", {kId, point},
        R"([[2, {"x": 2, "tags": []}], [3, null]])");
  const InspectResult result = InspectDirectory(directory.path());
  std::vector<std::string> names;
  for (const InspectedColumn& column : result.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("point.x", "point.tags.list.element", "id", "year"));
  EXPECT_EQ(result.partitions, 2);
  const InspectedColumn& year = result.columns.back();
  EXPECT_TRUE(year.hive);
  EXPECT_EQ(year.min, "2023");
  EXPECT_EQ(year.max, "2023");
  EXPECT_EQ(year.null_count, 2);
}

TEST(InspectTest, CountsCodecsEncodingsAndIndexes) {
  const TempDir directory;
  WriteSpec plain;
  plain.codec = arrow::Compression::ZSTD;
  plain.dictionary = false;
  plain.page_index = true;
  Write(directory / "a.parquet", {kId}, "[[1]]");
  Write(directory / "b.parquet", {kId}, "[[2]]", plain);
  const InspectedColumn id = InspectDirectory(directory.path()).columns.at(0);
  EXPECT_THAT(id.codecs,
              ElementsAre(testing::Pair("snappy", 1), testing::Pair("zstd", 1)));
  EXPECT_THAT(id.encodings,
              ElementsAre(testing::Pair("DICTIONARY", 1), testing::Pair("PLAIN", 1)));
  EXPECT_GE(id.chunks_with_page_index, 1);
  EXPECT_GT(id.compressed_bytes, 0);
}

TEST(InspectTest, SortsFilesIntoSizeBuckets) {
  const TempDir directory;
  Write(directory / "a.parquet", {kId}, "[[1]]");
  const InspectResult result = InspectDirectory(directory.path());
  ASSERT_EQ(result.size_histogram.size(), 6u);
  EXPECT_EQ(result.size_histogram[0].below_bytes, 1'000'000);
  EXPECT_EQ(result.size_histogram[0].files, 1);
  EXPECT_EQ(result.size_histogram[0].bytes, result.bytes);
  EXPECT_EQ(result.size_histogram[5].below_bytes, -1);
}

TEST(InspectTest, StopsWhenAskedTo) {
  const TempDir directory;
  Write(directory / "a.parquet", {kId}, "[[1]]");
  const std::atomic<bool> cancel{true};
  RunContext context;
  context.cancel = &cancel;
  DatasetOptions options;
  options.inputs = {directory.path()};
  EXPECT_TRUE(HasKind(Inspect(options, context).status(), ErrorKind::kCancelled));
}

}  // namespace
}  // namespace planish
