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

}  // namespace
}  // namespace planish
