// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/stream_of_batches.h"
#include "unit/jobs/merge_cases.h"

// Values of the source in columns of the target whose type is another: each value
// decides.

namespace planish {
namespace {

using arrow::field;
using TypePtr = std::shared_ptr<arrow::DataType>;

std::shared_ptr<arrow::Schema> Of(const TypePtr& id, const TypePtr& value) {
  return arrow::schema({field("id", id), field("v", value)});
}

class MergeValues : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options(MergeStrategy strategy = MergeStrategy::kUpsert) {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.engine = GetParam();
    return options;
  }
  void ExpectMerged(const MergeOptions& options,
                    const std::shared_ptr<arrow::Schema>& schema,
                    const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  static std::string FactOf(const arrow::Status& status, const std::string& name) {
    for (const auto& [known, value] : GetErrorDetail(status)->facts) {
      if (known == name) return value;
    }
    return "no such fact";
  }
  /// The run, and its dry run, end with the value, the file and the row.
  void ExpectMisfit(MergeOptions options, const std::string& column,
                    const std::string& value, const std::string& row) {
    for (const bool dry : {false, true}) {
      SCOPED_TRACE(dry ? "dry run" : "run");
      options.dry_run = dry;
      options.output = dry ? "" : room_.result();
      const auto result = Merge(options, MergeRoom::Context());
      ASSERT_ERROR_KIND(result, ErrorKind::kSchemaMismatch);
      const arrow::Status& status = result.status();
      EXPECT_EQ(GetErrorDetail(status)->column, column);
      EXPECT_EQ(GetErrorDetail(status)->file, room_ / "source/s.parquet");
      EXPECT_EQ(FactOf(status, "value"), value) << status.ToString();
      EXPECT_EQ(FactOf(status, "row"), row);
      EXPECT_FALSE(GetErrorDetail(status)->hint.empty());
      EXPECT_FALSE(std::filesystem::exists(room_.result()));
    }
  }
  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeValues,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeValues, WholeDoublesAreIntegers) {
  const auto target = Of(arrow::int64(), arrow::int64());
  ASSERT_OK(room_.Target(target, "[[1, 10], [2, 20], [3, 30]]"));
  ASSERT_OK(room_.Source(Of(arrow::float64(), arrow::float64()),
                         "[[1.0, 11.0], [2.0, 20.0], [3.0, null], [4.0, -0.0]]"));
  MergeOptions options = Options();
  options.verify = true;
  ExpectMerged(options, target, "[[1, 11], [2, 20], [3, null], [4, 0]]");
  EXPECT_EQ(room_.counts().updated, 2);
  EXPECT_EQ(room_.counts().unchanged, 1);
  EXPECT_EQ(room_.counts().inserted, 1);
}

TEST_P(MergeValues, AnUnsignedValueThatComesSignedIsUnchanged) {
  const auto target = Of(arrow::int64(), arrow::uint64());
  ASSERT_OK(room_.Target(target, "[[1, 10], [2, 20]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::int64()), "[[1, 10], [2, 21]]"));
  ExpectMerged(Options(), target, "[[1, 10], [2, 21]]");
  EXPECT_EQ(room_.counts().updated, 1);
  EXPECT_EQ(room_.counts().unchanged, 1);
}

TEST_P(MergeValues, ADoubleThatIsNoIntegerIsNamed) {
  ASSERT_OK(
      room_.Target(Of(arrow::int64(), arrow::int64()), "[[1, 10], [2, 20], [3, 30]]"));
  const auto source = Of(arrow::int64(), arrow::float64());
  ASSERT_OK(room_.Source(source, "[[1, 1.0], [2, 2.0], [3, 2.5], [4, 1.0]]"));
  ExpectMisfit(Options(), "v", "2.5", "2");
  ASSERT_OK(room_.Source(source, "[[1, 1.0], [7, 3.0], [8, 9223372036854775808.0]]"));
  ExpectMisfit(Options(), "v", "9.223372036854776e+18", "2");
}

TEST_P(MergeValues, AValueThatIsNotTakenNeedNotFit) {
  const auto target = Of(arrow::int64(), arrow::int64());
  ASSERT_OK(room_.Target(target, "[[1, 10]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::float64()),
                         "[[1, 0.5], [1, 11.0], [2, 0.5]]"));
  ExpectMerged(Options(MergeStrategy::kUpdate), target, "[[1, 11]]");
}

TEST_P(MergeValues, DoublesAreRoundedByAFloatColumn) {
  const auto target = Of(arrow::int64(), arrow::float32());
  ASSERT_OK(room_.Target(target, "[[1, 0.5], [2, 0.1]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::float64()),
                         "[[1, 0.1], [2, 0.1], [3, 0.7]]"));
  MergeOptions options = Options();
  options.verify = true;
  ExpectMerged(options, target, "[[1, 0.1], [2, 0.1], [3, 0.7]]");
  EXPECT_EQ(room_.counts().unchanged, 1);
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::float64()), "[[1, 1e39]]"));
  std::filesystem::remove_all(room_.result());
  ExpectMisfit(Options(), "v", "1e+39", "0");
}

TEST_P(MergeValues, IntegersAreDoublesWhereTheseHoldThem) {
  const auto target = Of(arrow::int64(), arrow::float64());
  ASSERT_OK(room_.Target(target, "[[1, 0.5]]"));
  const auto source = Of(arrow::int64(), arrow::int64());
  ASSERT_OK(room_.Source(source, "[[1, 1152921504606846976], [2, -3]]"));
  ExpectMerged(Options(), target, "[[1, 1152921504606846976], [2, -3]]");
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(source, "[[1, 7], [5, 9007199254740993]]"));
  ExpectMisfit(Options(), "v", "9007199254740993", "1");
}

TEST_P(MergeValues, InNestedColumnsDecideToo) {
  const auto target = Of(arrow::int64(), arrow::list(arrow::int64()));
  ASSERT_OK(room_.Target(target, "[[1, [1, 2]]]"));
  const auto source = Of(arrow::int64(), arrow::list(arrow::float64()));
  ASSERT_OK(room_.Source(source, "[[1, [3.0, null]], [2, []]]"));
  ExpectMerged(Options(), target, "[[1, [3, null]], [2, []]]");
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(source, "[[5, [3.0]], [6, [3.0, 0.5]]]"));
  EXPECT_ERROR_KIND(room_.Run(Options()), ErrorKind::kSchemaMismatch);
}

TEST_P(MergeValues, AKeyThatTheTargetCannotHoldMatchesNothing) {
  const auto target = Of(arrow::int64(), arrow::int64());
  ASSERT_OK(room_.Target(target, "[[0, 10], [1, 20]]"));
  const auto source = Of(arrow::float64(), arrow::int64());
  ASSERT_OK(room_.Source(source, "[[0.5, 1], [1.0, 2], [1e300, 3]]"));
  ExpectMerged(Options(MergeStrategy::kUpdate), target, "[[0, 10], [1, 2]]");
  EXPECT_EQ(room_.counts().ignored, 2);
  std::filesystem::remove_all(room_.result());
  ExpectMerged(Options(MergeStrategy::kDelete), target, "[[0, 10]]");
  std::filesystem::remove_all(room_.result());
  for (const auto strategy :
       {MergeStrategy::kUpsert, MergeStrategy::kInsert, MergeStrategy::kSync}) {
    ExpectMisfit(Options(strategy), "id", "0.5", "0");
  }
}

TEST_P(MergeValues, KeysAreNotRounded) {
  ASSERT_OK(room_.Target(Of(arrow::float32(), arrow::int64()), "[[0.1, 1], [0.5, 2]]"));
  const auto source = Of(arrow::float64(), arrow::int64());
  ASSERT_OK(room_.Source(source, "[[0.5, 3], [0.1, 4]]"));
  ExpectMisfit(Options(), "id", "0.1", "1");
}

TEST_P(MergeValues, UnsignedAndSignedKeysGoByValue) {
  const auto target = Of(arrow::uint64(), arrow::int64());
  ASSERT_OK(room_.Target(target, "[[18446744073709551615, 1], [5, 2]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::int64()), "[[-1, 3], [5, 4]]"));
  ExpectMerged(Options(MergeStrategy::kUpdate), target,
               "[[18446744073709551615, 1], [5, 4]]");
}

TEST_P(MergeValues, TheNewerByColumnGoesByValue) {
  const auto target = Of(arrow::int64(), arrow::int64());
  ASSERT_OK(room_.Target(target, "[[1, 10], [2, 20]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::float64()), "[[1, 11.0], [2, 19.0]]"));
  MergeOptions options = Options();
  options.newer_by = "v";
  ExpectMerged(options, target, "[[1, 11], [2, 20]]");
  EXPECT_EQ(room_.counts().stale, 1);
}

TEST_P(MergeValues, TimesWithoutZoneAreInUtcOnlyIfSaidSo) {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto target = Of(utc, utc);
  ASSERT_OK(room_.Target(target, R"([["2024-01-01 00:00:00", "2024-01-02 00:00:00"]])"));
  const auto naive = arrow::timestamp(arrow::TimeUnit::MILLI);
  ASSERT_OK(room_.Source(Of(naive, naive),
                         R"([["2024-01-01 00:00:00", "2024-01-03 00:00:00"],
                             ["2024-01-05 00:00:00", "2024-01-06 00:00:00"]])"));
  const auto refused = room_.Run(Options());
  ASSERT_ERROR_KIND(refused, ErrorKind::kSchemaMismatch);
  EXPECT_NE(GetErrorDetail(refused.status())->hint.find("assume-timezone"),
            std::string::npos);
  MergeOptions options = Options();
  options.assume_timezone = "UTC";
  options.newer_by = "v";
  options.verify = true;
  ExpectMerged(options, target,
               R"([["2024-01-01 00:00:00", "2024-01-03 00:00:00"],
                   ["2024-01-05 00:00:00", "2024-01-06 00:00:00"]])");
  options.assume_timezone = "Europe/Berlin";
  EXPECT_ERROR_KIND(room_.Run(options), ErrorKind::kInvalidOption);
}

TEST_P(MergeValues, OfAStreamAreNamedByTheirRowInTheStream) {
  const auto schema = Of(arrow::int64(), arrow::float64());
  ASSERT_OK(room_.Target(Of(arrow::int64(), arrow::int64()), "[[1, 10]]"));
  MergeOptions options = Options();
  options.source.inputs.clear();
  const auto result = MergeStream(
      StreamOf({BatchOfRows(Of(arrow::int32(), arrow::float32()), "[[1, 1], [2, 2]]"),
                BatchOfRows(schema, "[[3, 3.0], [4, 4.5]]")}),
      options, MergeRoom::Context());
  ASSERT_ERROR_KIND(result, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(result.status())->file, "source");
  EXPECT_EQ(FactOf(result.status(), "row"), "3");
  EXPECT_EQ(FactOf(result.status(), "value"), "4.5");
}

TEST_P(MergeValues, ANullForARequiredColumnIsNamed) {
  const auto required =
      arrow::schema({field("id", arrow::int64()), field("v", arrow::int64(), false)});
  ASSERT_OK(room_.Target(required, "[[1, 10]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::int64()), "[[2, 1], [1, null]]"));
  ExpectMisfit(Options(), "v", "no such fact", "1");
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::int64()), "[[1, 1], [2, null]]"));
  ExpectMisfit(Options(), "v", "no such fact", "1");
}

TEST_P(MergeValues, NumbersAndTextsDoNotAgreeWhateverTheirValues) {
  ASSERT_OK(room_.Target(Of(arrow::int64(), arrow::int64()), "[[1, 10]]"));
  ASSERT_OK(room_.Source(Of(arrow::int64(), arrow::utf8()), R"([[1, "11"]])"));
  EXPECT_ERROR_KIND(room_.Run(Options()), ErrorKind::kSchemaMismatch);
}

}  // namespace
}  // namespace planish
