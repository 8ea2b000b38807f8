// SPDX-License-Identifier: Apache-2.0
// What column chunks say of themselves, and when it is believed.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "arrow/scalar.h"
#include "arrow/table.h"
#include "format/parquet_file.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class StatisticsTest : public testing::Test {
 protected:
  std::shared_ptr<ParquetFile> Write(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& rows,
                                     const WriteSpec& spec = {}) {
    const auto table = TableFromJson(arrow::schema({arrow::field("c", type)}), rows);
    EXPECT_OK(table.status());
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(*table, path, spec));
    auto file =
        ParquetFile::Open(std::make_shared<MemoryInput>(ReadFileBytes(path).ValueOrDie()),
                          arrow::default_memory_pool());
    EXPECT_OK(file.status());
    return *file;
  }

  void ExpectBounds(const std::shared_ptr<arrow::DataType>& type, const std::string& rows,
                    const std::string& min, const std::string& max) {
    const ColumnChunkStatistics statistics = Write(type, rows)->Statistics(0, 0);
    ASSERT_NE(statistics.min, nullptr) << type->ToString();
    ASSERT_NE(statistics.max, nullptr) << type->ToString();
    EXPECT_TRUE(statistics.min->type->Equals(*type)) << statistics.min->type->ToString();
    EXPECT_EQ(statistics.min->ToString(), min);
    EXPECT_EQ(statistics.max->ToString(), max);
    EXPECT_EQ(statistics.null_count, 1);
  }

  TempDir directory_;
};

TEST_F(StatisticsTest, BoundsAreOfTheColumnsType) {
  ExpectBounds(arrow::int64(), "[[5], [null], [-7], [3]]", "-7", "5");
  ExpectBounds(arrow::uint32(), "[[4000000000], [null], [1]]", "1", "4000000000");
  ExpectBounds(arrow::utf8(), R"([["b"], [null], ["a"], ["c"]])", "a", "c");
  ExpectBounds(arrow::large_utf8(), R"([["b"], [null], ["a"]])", "a", "b");
  ExpectBounds(arrow::date32(), "[[10], [null], [3]]", "1970-01-04", "1970-01-11");
  ExpectBounds(arrow::decimal128(10, 2), R"([["1.50"], [null], ["-2.25"]])", "-2.25",
               "1.50");
  ExpectBounds(arrow::duration(arrow::TimeUnit::MILLI), "[[5], [null], [2]]", "2", "5");
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin");
  ExpectBounds(timestamp, "[[5], [null], [2]]", "1970-01-01 00:00:00.000002Z",
               "1970-01-01 00:00:00.000005Z");
}

TEST_F(StatisticsTest, FloatingPointHasNoBoundsBecauseNaNIsOutsideOfThem) {
  for (const auto& type : {arrow::float32(), arrow::float64()}) {
    const ColumnChunkStatistics statistics =
        Write(type, "[[1.5], [null], [2.5]]")->Statistics(0, 0);
    EXPECT_EQ(statistics.min, nullptr);
    EXPECT_EQ(statistics.max, nullptr);
    EXPECT_EQ(statistics.null_count, 1);
  }
}

TEST_F(StatisticsTest, ThereAreNoneWithoutThemInTheFile) {
  WriteSpec spec;
  spec.statistics = false;
  const ColumnChunkStatistics statistics =
      Write(arrow::int64(), "[[1]]", spec)->Statistics(0, 0);
  EXPECT_EQ(statistics.min, nullptr);
  EXPECT_EQ(statistics.null_count, std::nullopt);
}

TEST_F(StatisticsTest, ColumnsOfNullsHaveNoBounds) {
  const ColumnChunkStatistics statistics =
      Write(arrow::int64(), "[[null], [null]]")->Statistics(0, 0);
  EXPECT_EQ(statistics.min, nullptr);
  EXPECT_EQ(statistics.max, nullptr);
  EXPECT_EQ(statistics.null_count, 2);
}

TEST_F(StatisticsTest, Int96HasNoBounds) {
  WriteSpec spec;
  spec.int96 = true;
  const auto file = Write(arrow::timestamp(arrow::TimeUnit::NANO), "[[1], [2]]", spec);
  EXPECT_EQ(file->Statistics(0, 0).min, nullptr);
}

TEST_F(StatisticsTest, LeavesOfNestedColumnsHaveBoundsOfTheirOwn) {
  const auto file = Write(arrow::list(arrow::int32()), "[[[3, 9]], [[]], [[1]]]");
  const ColumnChunkStatistics statistics = file->Statistics(0, 0);
  ASSERT_NE(statistics.min, nullptr);
  EXPECT_TRUE(statistics.min->type->Equals(arrow::int32()));
  EXPECT_EQ(statistics.min->ToString(), "1");
  EXPECT_EQ(statistics.max->ToString(), "9");
}

TEST_F(StatisticsTest, SummariesNameCodecEncodingAndIndexes) {
  WriteSpec spec;
  spec.codec = arrow::Compression::ZSTD;
  const ColumnChunkSummary dictionary =
      Write(arrow::int64(), "[[1], [2]]", spec)->Summary(0, 0);
  EXPECT_EQ(dictionary.path, "c");
  EXPECT_EQ(dictionary.codec, "zstd");
  EXPECT_EQ(dictionary.encoding, "DICTIONARY");
  EXPECT_GT(dictionary.compressed_size, 0);
  EXPECT_GT(dictionary.uncompressed_size, 0);
  EXPECT_FALSE(dictionary.has_page_index);
  EXPECT_FALSE(dictionary.has_bloom_filter);

  spec.codec = arrow::Compression::UNCOMPRESSED;
  spec.page_index = true;
  spec.encodings["c"] = parquet::Encoding::DELTA_BINARY_PACKED;
  const ColumnChunkSummary delta =
      Write(arrow::int64(), "[[1], [2]]", spec)->Summary(0, 0);
  EXPECT_EQ(delta.codec, "none");
  EXPECT_EQ(delta.encoding, "DELTA_BINARY_PACKED");
  EXPECT_TRUE(delta.has_page_index);
}

}  // namespace
}  // namespace planish
