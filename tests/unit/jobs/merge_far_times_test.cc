// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

using arrow::field;

/// Times in milliseconds, one of which nanoseconds cannot hold, beside nanoseconds.
class MergeFarTimes : public testing::TestWithParam<Engine> {
 protected:
  static std::shared_ptr<arrow::Schema> Times(arrow::TimeUnit::type unit) {
    return arrow::schema({field("id", arrow::int64()),
                          field("note", arrow::timestamp(unit)),
                          field("v", arrow::utf8())});
  }
  MergeOptions Options() const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    return options;
  }
  void ExpectRowsOfA(const std::string& rows) const {
    ASSERT_OK_AND_ASSIGN(const auto expected,
                         TableFromJson(Times(arrow::TimeUnit::MILLI), rows));
    ASSERT_OK_AND_ASSIGN(const auto result, ReadParquet(room_.result() + "/a.parquet"));
    EXPECT_TRUE(TablesEqual(*expected, *result)) << result->ToString();
  }
  void SetUp() override {
    ASSERT_OK(room_.Target(Times(arrow::TimeUnit::MILLI),
                           R"([[1, "2024-01-01", "x"], [9, "9999-12-31", "y"]])",
                           "a.parquet"));
    ASSERT_OK(room_.Target(Times(arrow::TimeUnit::NANO), R"([[2, "2024-01-01", "z"]])",
                           "b.parquet"));
  }
  MergeOptions Verified() const {
    MergeOptions options = Options();
    options.verify = true;
    return options;
  }
  arrow::Status Source(const std::string& rows) {
    return room_.Source(Times(arrow::TimeUnit::NANO), rows);
  }
  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeFarTimes,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeFarTimes, StayInFilesThatNothingChangesIn) {
  ASSERT_OK(Source(R"([[1, "2024-01-01", "x"],
                       [2, "2024-01-01 00:00:00.000000001", "z"]])"));
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(Verified(), MergeRoom::Context()));
  EXPECT_EQ(report.merge->updated, 1);
  EXPECT_EQ(report.merge->unchanged, 1);
  ExpectRowsOfA(R"([[1, "2024-01-01", "x"], [9, "9999-12-31", "y"]])");
}

TEST_P(MergeFarTimes, StayWhereOtherRowsOfTheirFileChange) {
  ASSERT_OK(Source(R"([[1, "2025-01-01", "x"]])"));
  ASSERT_OK(Merge(Verified(), MergeRoom::Context()));
  ExpectRowsOfA(R"([[1, "2025-01-01", "x"], [9, "9999-12-31", "y"]])");
}

TEST_P(MergeFarTimes, AreNamedByFileRowGroupAndColumnWhereTheyAreInTheWay) {
  ASSERT_OK(Source(R"([[9, "2024-01-01 00:00:00.000000001", "y"]])"));
  for (const bool dry : {true, false}) {
    MergeOptions options = Options();
    options.dry_run = dry;
    if (dry) options.output.clear();
    const auto merged = Merge(options, MergeRoom::Context());
    ASSERT_ERROR_KIND(merged, ErrorKind::kSchemaMismatch);
    EXPECT_EQ(GetErrorDetail(merged.status())->file, room_.target() + "/a.parquet");
    EXPECT_EQ(GetErrorDetail(merged.status())->row_group, 0);
    EXPECT_EQ(GetErrorDetail(merged.status())->column, "note");
  }
}

TEST_P(MergeFarTimes, OfAKeyAreNamedByFileRowGroupAndColumn) {
  ASSERT_OK(Source(R"([[1, "2024-01-01", "x"]])"));
  MergeOptions options = Options();
  options.key = {"note"};
  const auto merged = Merge(options, MergeRoom::Context());
  ASSERT_ERROR_KIND(merged, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(merged.status())->file, room_.target() + "/a.parquet");
  EXPECT_EQ(GetErrorDetail(merged.status())->row_group, 0);
  EXPECT_EQ(GetErrorDetail(merged.status())->column, "note");
  // No other file of the target has nanoseconds: those are the source's alone.
  std::filesystem::remove(room_.target() + "/b.parquet");
  const auto beside = Merge(options, MergeRoom::Context());
  ASSERT_ERROR_KIND(beside, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(beside.status())->file, room_.target() + "/a.parquet");
  EXPECT_EQ(GetErrorDetail(beside.status())->row_group, 0);
  EXPECT_EQ(GetErrorDetail(beside.status())->column, "note");
}

}  // namespace
}  // namespace planish
