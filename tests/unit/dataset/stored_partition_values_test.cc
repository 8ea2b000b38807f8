// SPDX-License-Identifier: Apache-2.0
#include "dataset/stored_partition_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using arrow::field;
using testing::HasSubstr;

arrow::Status CheckFile(const std::shared_ptr<arrow::DataType>& type,
                        const std::string& rows, const PartitionText& text,
                        const WriteSpec& spec = {}) {
  const TempDir directory;
  const std::string path = directory / "a.parquet";
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        TableFromJson(arrow::schema({field("p", type)}), rows));
  ARROW_RETURN_NOT_OK(WriteParquet(table, path, spec));
  ARROW_ASSIGN_OR_RAISE(auto input, LocalFileSystem()->OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(
      const auto file, ParquetFile::Open(std::move(input), arrow::default_memory_pool()));
  return CheckStoredPartition(path, *file, 0, text, Trust::kStatistics,
                              arrow::default_memory_pool());
}

TEST(StoredPartitionValuesTest, AgreeWhereTheDirectorysTextReadsAsTheValue) {
  const auto nanos = arrow::timestamp(arrow::TimeUnit::NANO);
  const auto millis = arrow::timestamp(arrow::TimeUnit::MILLI, "Europe/Paris");
  const struct {
    std::shared_ptr<arrow::DataType> type;
    std::string value, text;
    bool int96 = false;
  } kCases[] = {
      {arrow::int8(), "-7", "-7"},
      {arrow::int32(), "7", "007"},
      {arrow::uint64(), "18446744073709551615", "18446744073709551615"},
      {arrow::utf8(), "\"07\"", "07"},
      {arrow::large_utf8(), "\"\"", ""},
      {arrow::dictionary(arrow::int32(), arrow::utf8()), "\"a\"", "a"},
      {arrow::binary(), "\"a\"", "a"},
      {arrow::date32(), "19789", "2024-03-07"},
      {arrow::boolean(), "true", "True"},
      {arrow::float64(), "1.5", "1.5"},
      {arrow::float32(), "-0.25", "-0.25"},
      {arrow::decimal128(5, 2), "\"1.50\"", "1.5"},
      {nanos, "1500000000", "1970-01-01 00:00:01.5"},
      {nanos, "1500000000", "1970-01-01T00:00:01.500000000", true},
      {millis, "1500", "1970-01-01 00:00:01.5"},
  };
  for (const auto& one : kCases) {
    for (const bool statistics : {true, false}) {
      WriteSpec spec;
      spec.statistics = statistics;
      spec.int96 = one.int96;
      const std::string rows = "[[" + one.value + "], [" + one.value + "]]";
      EXPECT_OK(CheckFile(one.type, rows, one.text, spec)) << one.text;
      EXPECT_ERROR_KIND(CheckFile(one.type, rows, std::nullopt, spec),
                        ErrorKind::kSchemaMismatch);
      EXPECT_ERROR_KIND(CheckFile(one.type, rows, "1999-01-01", spec),
                        ErrorKind::kSchemaMismatch);
      const std::string with_null = "[[" + one.value + "], [null]]";
      const auto checked = CheckFile(one.type, with_null, one.text, spec);
      EXPECT_ERROR_KIND(checked, ErrorKind::kSchemaMismatch);
      EXPECT_THAT(checked.ToString(), HasSubstr("row: 1; ")) << one.text;
      EXPECT_THAT(checked.ToString(), HasSubstr("value in the file: null")) << one.text;
    }
  }
}

TEST(StoredPartitionValuesTest, NullAgreesWithNullOfAnyType) {
  for (const auto& type : {arrow::null(), arrow::int64(), arrow::utf8()}) {
    for (const bool statistics : {true, false}) {
      EXPECT_OK(
          CheckFile(type, "[[null], [null]]", std::nullopt, {.statistics = statistics}));
      EXPECT_ERROR_KIND(CheckFile(type, "[[null]]", "1", {.statistics = statistics}),
                        ErrorKind::kSchemaMismatch);
    }
  }
}

TEST(StoredPartitionValuesTest, AFileWithoutRowsSaysNothing) {
  EXPECT_OK(CheckFile(arrow::int64(), "[]", "x"));
}

TEST(StoredPartitionValuesTest, NumbersAreDecimal) {
  for (const char* text : {"0x10", "16 ", "+16", "1.6e1", ""}) {
    EXPECT_ERROR_KIND(CheckFile(arrow::int64(), "[[16]]", text),
                      ErrorKind::kSchemaMismatch)
        << text;
  }
}

TEST(StoredPartitionValuesTest, NestedColumnsAgreeWithNoDirectory) {
  EXPECT_ERROR_KIND(CheckFile(arrow::list(arrow::int64()), "[[[1]]]", "1"),
                    ErrorKind::kSchemaMismatch);
}

std::vector<std::shared_ptr<arrow::Scalar>> ValuesAs(
    const std::shared_ptr<arrow::DataType>& type, std::vector<std::string> texts) {
  std::vector<Partition> partitions = {{"", {arrow::MakeNullScalar(arrow::utf8())}}};
  for (std::string& text : texts) {
    partitions.push_back({"", {std::make_shared<arrow::StringScalar>(std::move(text))}});
  }
  const auto values = PartitionValuesAs(*field("p", type), partitions, 0);
  EXPECT_OK(values);
  return values.ValueOr({});
}

TEST(StoredPartitionValuesTest, TheFilesTypeCountsWhereItIsWrittenAsTheDirectories) {
  const auto dates = ValuesAs(arrow::date32(), {"2024-03-07"});
  ASSERT_EQ(dates.size(), 2u);
  EXPECT_FALSE(dates[0]->is_valid);
  EXPECT_TRUE(dates[1]->Equals(arrow::Date32Scalar(19789)));
  EXPECT_EQ(ValuesAs(arrow::int16(), {"1", "-2"}).size(), 3u);
  EXPECT_EQ(ValuesAs(arrow::boolean(), {"true"}).size(), 2u);
  EXPECT_TRUE(ValuesAs(arrow::large_utf8(), {"07"})[1]->type->Equals(arrow::utf8()));
  EXPECT_TRUE(ValuesAs(arrow::int16(), {"1", "02"}).empty());
  EXPECT_TRUE(ValuesAs(arrow::boolean(), {"True"}).empty());
  EXPECT_TRUE(ValuesAs(arrow::float64(), {"1"}).empty());
  EXPECT_TRUE(ValuesAs(arrow::timestamp(arrow::TimeUnit::MICRO), {"1970-01-01"}).empty());
}

}  // namespace
}  // namespace planish
