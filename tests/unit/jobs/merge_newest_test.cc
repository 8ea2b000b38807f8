// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "unit/jobs/merge_cases.h"

// Which of several source rows with one key counts where newer_by is given.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> IdTsX() {
  return arrow::schema({field("id", arrow::int64()), field("ts", arrow::float64()),
                        field("x", arrow::int64())});
}

class MergeNewest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override { ASSERT_OK(room_.Target(IdTsX(), "[[1, 4, 0]]")); }
  void Expect(const std::string& source, const std::string& rows,
              SourceDuplicates duplicates = SourceDuplicates::kLast,
              std::vector<std::string> order = {}) {
    ASSERT_OK(room_.Source(IdTsX(), source));
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    options.newer_by = "ts";
    options.source_duplicates = duplicates;
    options.source_order_by = std::move(order);
    options.verify = true;
    std::filesystem::remove_all(room_.result());
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(IdTsX(), rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeNewest,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeNewest, SourceRowOfAKeyCounts) {
  Expect("[[1, 5, 50], [1, 3, 30]]", "[[1, 5, 50]]");
  EXPECT_EQ(room_.counts().source_rows, 2);
  EXPECT_EQ(room_.counts().source_duplicates, 1);
  Expect("[[1, 3, 30], [1, 5, 50]]", "[[1, 5, 50]]");
  Expect("[[2, 5, 50], [2, 3, 30]]", "[[1, 4, 0], [2, 5, 50]]");
}

TEST_P(MergeNewest, NullAndNaNAreOlderThanEverything) {
  Expect("[[1, 5, 50], [1, null, 1], [1, NaN, 2]]", "[[1, 5, 50]]");
  Expect("[[2, -1e308, 50], [2, NaN, 2], [2, null, 1]]", "[[1, 4, 0], [2, -1e308, 50]]");
  Expect("[[2, NaN, 2], [2, null, 1]]", "[[1, 4, 0], [2, NaN, 2]]");
}

TEST_P(MergeNewest, OfRowsThatAreEquallyNewTheLastOrFirstCounts) {
  Expect("[[1, 5, 50], [1, 5, 51], [1, 3, 30]]", "[[1, 5, 51]]");
  Expect("[[1, 5, 50], [1, 5, 51], [1, 3, 30]]", "[[1, 5, 50]]",
         SourceDuplicates::kFirst);
  Expect("[[2, null, 50], [2, null, 51]]", "[[1, 4, 0], [2, null, 50]]",
         SourceDuplicates::kFirst);
}

TEST_P(MergeNewest, AnOrderOfTheSourceDecidesInsteadIfThereIsOne) {
  Expect("[[1, 6, 3], [1, 5, 9]]", "[[1, 5, 9]]", SourceDuplicates::kLast, {"x"});
}

/// Deletes the rows of the target whose source row is newer, which takes no value of it.
class MergeNewestByValue : public testing::TestWithParam<Engine> {
 protected:
  static std::shared_ptr<arrow::Schema> Of(const std::shared_ptr<arrow::DataType>& age) {
    return arrow::schema({field("id", arrow::int64()), field("age", age)});
  }
  void Expect(const std::shared_ptr<arrow::DataType>& target, const std::string& rows,
              const std::shared_ptr<arrow::DataType>& source, const std::string& offered,
              const std::string& left) {
    ASSERT_OK(room_.Target(Of(target), rows));
    const auto deletions =
        arrow::schema({field("id", arrow::int64()), field("age", source),
                       field("gone", arrow::boolean())});
    ASSERT_OK(room_.Source(deletions, offered));
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    options.newer_by = "age";
    options.delete_when = "gone";
    std::filesystem::remove_all(room_.result());
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(Of(target), left));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeNewestByValue,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeNewestByValue, FloatingPointIsComparedWithIntegersAsItIs) {
  Expect(arrow::int64(), "[[1, 4], [2, 4], [3, 4], [4, 4], [5, 4], [6, null], [7, null]]",
         arrow::float64(),
         R"([[1, NaN, true], [2, 3.5, true], [3, 4.5, true], [4, 1e300, true],
             [5, -Inf, true], [6, -1e300, true], [7, NaN, true]])",
         "[[1, 4], [2, 4], [5, 4], [7, null]]");
}

TEST_P(MergeNewestByValue, IntegersAreComparedWithFloatingPointAsTheyAre) {
  Expect(arrow::float64(),
         "[[1, 9007199254740992], [2, 9007199254740994], [3, NaN], [4, Inf], [5, -Inf]]",
         arrow::int64(),
         R"([[1, 9007199254740993, true], [2, 9007199254740993, true], [3, 0, true],
             [4, 7, true], [5, 7, true]])",
         "[[2, 9007199254740994], [4, Inf]]");
}

TEST_P(MergeNewestByValue, SignedIsComparedWithUnsignedAsItIs) {
  Expect(arrow::uint64(), "[[1, 0], [2, 4], [3, null]]", arrow::int64(),
         "[[1, -1, true], [2, 5, true], [3, -1, true]]", "[[1, 0]]");
}

TEST_P(MergeNewestByValue, TimesAreComparedHoweverFarAway) {
  const auto millis = arrow::timestamp(arrow::TimeUnit::MILLI);
  const auto nanos = arrow::timestamp(arrow::TimeUnit::NANO);
  Expect(millis, R"([[1, "9999-12-31"], [2, "2024-01-01"]])", nanos,
         R"([[1, "2024-01-01", true], [2, "2024-01-01 00:00:00.000000001", true]])",
         R"([[1, "9999-12-31"]])");
  Expect(nanos, R"([[1, "2024-01-01"]])", millis, R"([[1, "9999-12-31", true]])", "[]");
}

}  // namespace
}  // namespace planish
