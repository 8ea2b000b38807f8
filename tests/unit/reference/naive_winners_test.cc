// SPDX-License-Identifier: Apache-2.0
#include "reference/naive_winners.h"

#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "io/file_system.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Rows = std::vector<int64_t>;

class NaiveWinnersTest : public testing::Test {
 protected:
  void AddFile(const std::string& name, const std::string& rows,
               arrow::FieldVector fields = {arrow::field("k", arrow::float64()),
                                            arrow::field("v", arrow::float64())}) {
    ASSERT_OK_AND_ASSIGN(auto table,
                         TableFromJson(arrow::schema(std::move(fields)), rows));
    ASSERT_OK(WriteParquet(table, directory_ / name, {.row_group_rows = 2}));
  }

  arrow::Result<RowBitmap> Find(const NaiveQuestion& question,
                                MemoryBudget* budget = nullptr) {
    ARROW_ASSIGN_OR_RAISE(
        auto inventory,
        Inventory::Make(LocalFileSystem(), {.inputs = {directory_.path()}}, /*hive=*/true,
                        /*by_size=*/false, arrow::default_memory_pool()));
    return FindLosersNaively(LocalFileSystem(), inventory, question,
                             arrow::default_memory_pool(), budget);
  }

  Rows Losers(const NaiveQuestion& question) {
    auto found = Find(question);
    EXPECT_OK(found);
    Rows rows;
    for (int64_t row = 0; found.ok() && row < found->num_rows(); ++row) {
      if (found->Contains(row)) rows.push_back(row);
    }
    return rows;
  }

  TempDir directory_;
};

TEST_F(NaiveWinnersTest, KeepsTheFirstRowOfEachKeyAcrossFilesInPathOrder) {
  AddFile("b.parquet", "[[1, 3], [3, 4], [1, 5]]");
  AddFile("a.parquet", "[[1, 1], [2, 2]]");
  EXPECT_EQ(Losers({.key_columns = {0}}), (Rows{2, 4}));
}

TEST_F(NaiveWinnersTest, KeepsTheLastRowOfEachKey) {
  AddFile("a.parquet", "[[1, 1], [2, 2], [1, 3], [1, 4], [3, 5]]");
  EXPECT_EQ(Losers({.key_columns = {0}, .keep = Keep::kLast}), (Rows{0, 2}));
}

TEST_F(NaiveWinnersTest, KeepsNoRowOfADuplicatedKey) {
  AddFile("a.parquet", "[[1, 1], [2, 2], [1, 3], [1, 4], [3, 5]]");
  EXPECT_EQ(Losers({.key_columns = {0}, .keep = Keep::kNone}), (Rows{0, 2, 3}));
}

TEST_F(NaiveWinnersTest, ComparesAllColumnsWithoutAKey) {
  AddFile("a.parquet", "[[1, 1], [1, 2], [1, 1], [null, null], [null, null]]");
  EXPECT_EQ(Losers({}), (Rows{2, 4}));
}

TEST_F(NaiveWinnersTest, PutsNullLastAndNaNBeforeItAscending) {
  AddFile("a.parquet", "[[1, null], [1, NaN], [1, 5], [1, -Inf], [1, Inf]]");
  EXPECT_EQ(Losers({.key_columns = {0}, .order_columns = {1}, .descending = {false}}),
            (Rows{0, 1, 2, 4}));
  EXPECT_EQ(Losers({.key_columns = {0},
                    .order_columns = {1},
                    .descending = {false},
                    .keep = Keep::kLast}),
            (Rows{1, 2, 3, 4}));
}

TEST_F(NaiveWinnersTest, PutsNullLastAndNaNBeforeItDescendingToo) {
  AddFile("a.parquet", "[[1, null], [1, NaN], [1, 5], [1, 7], [2, null], [2, NaN]]");
  EXPECT_EQ(Losers({.key_columns = {0}, .order_columns = {1}, .descending = {true}}),
            (Rows{0, 1, 2, 4}));
  EXPECT_EQ(Losers({.key_columns = {0},
                    .order_columns = {1},
                    .descending = {true},
                    .keep = Keep::kLast}),
            (Rows{1, 2, 3, 5}));
}

TEST_F(NaiveWinnersTest, BreaksTiesByPosition) {
  AddFile("a.parquet", "[[1, 5], [1, 0], [1, -0.0], [1, 0]]");
  EXPECT_EQ(Losers({.key_columns = {0}, .order_columns = {1}, .descending = {false}}),
            (Rows{0, 2, 3}));
  EXPECT_EQ(Losers({.key_columns = {0},
                    .order_columns = {1},
                    .descending = {true},
                    .keep = Keep::kLast}),
            (Rows{0, 1, 2}));
}

TEST_F(NaiveWinnersTest, ComparesOrderColumnsOneAfterTheOther) {
  const arrow::FieldVector fields = {arrow::field("k", arrow::int32()),
                                     arrow::field("a", arrow::int32()),
                                     arrow::field("b", arrow::utf8())};
  AddFile("a.parquet", R"([[1, 2, "x"], [1, 3, "a"], [1, 3, "b"], [1, 1, "z"]])", fields);
  EXPECT_EQ(
      Losers({.key_columns = {0}, .order_columns = {1, 2}, .descending = {true, true}}),
      (Rows{0, 1, 3}));
}

TEST_F(NaiveWinnersTest, KeepsEveryNaNRowIfNaNsDiffer) {
  AddFile("a.parquet", "[[NaN, 1], [NaN, 1], [1, NaN], [1, NaN]]");
  EXPECT_EQ(Losers({.key_columns = {0}}), (Rows{1, 3}));
  EXPECT_EQ(Losers({.key_columns = {0}, .nan_equal = false}), (Rows{3}));
  EXPECT_EQ(Losers({.key_columns = {0}, .keep = Keep::kNone, .nan_equal = false}),
            (Rows{2, 3}));
  EXPECT_EQ(Losers({.nan_equal = false}), (Rows{}));
}

TEST_F(NaiveWinnersTest, DecidesPartitionsOnTheirOwnInPartitionScope) {
  AddFile("p=1/a.parquet", "[[1, 1], [1, 2]]");
  AddFile("p=2/a.parquet", "[[1, 3], [1, 4]]");
  AddFile("p=__HIVE_DEFAULT_PARTITION__/a.parquet", "[[1, 5]]");
  EXPECT_EQ(Losers({.key_columns = {0}}), (Rows{1, 2, 3, 4}));
  EXPECT_EQ(Losers({.key_columns = {0}, .scope = Scope::kPartition}), (Rows{1, 3}));
}

TEST_F(NaiveWinnersTest, TakesHiveColumnsAsKeysAndOrder) {
  AddFile("p=1/a.parquet", "[[1, 1], [2, 2]]");
  AddFile("p=2/a.parquet", "[[1, 1], [2, 2]]");
  EXPECT_EQ(Losers({.key_columns = {2}}), (Rows{1, 3}));
  EXPECT_EQ(Losers({}), (Rows{}));
  EXPECT_EQ(Losers({.key_columns = {0}, .order_columns = {2}, .descending = {true}}),
            (Rows{0, 1}));
}

TEST_F(NaiveWinnersTest, ComparesValuesOfPromotedTypes) {
  AddFile("a.parquet", "[[1]]", {arrow::field("k", arrow::int32())});
  AddFile("b.parquet", "[[1], [4294967297]]", {arrow::field("k", arrow::int64())});
  EXPECT_EQ(Losers({}), (Rows{1}));
}

TEST_F(NaiveWinnersTest, RefusesToOrderByANestedColumn) {
  const arrow::FieldVector fields = {arrow::field("k", arrow::int32()),
                                     arrow::field("l", arrow::list(arrow::int32()))};
  AddFile("a.parquet", "[[1, [2]]]", fields);
  EXPECT_ERROR_KIND(
      Find({.key_columns = {0}, .order_columns = {1}, .descending = {false}}),
      ErrorKind::kUnsupported);
}

TEST_F(NaiveWinnersTest, NamesALimitThatWouldDoForTheKeysItHolds) {
  std::string rows = "[[0, 0]";
  for (int i = 1; i < 10'000; ++i) rows += ", [" + std::to_string(i) + ", 0]";
  ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(arrow::schema({
                                                     arrow::field("k", arrow::int64()),
                                                     arrow::field("v", arrow::int64()),
                                                 }),
                                                 rows + "]"));
  ASSERT_OK(WriteParquet(table, directory_ / "a.parquet"));
  ASSERT_OK_AND_ASSIGN(auto little, MemoryBudget::Make(int64_t{1} << 20));
  const auto refused = Find({.key_columns = {0}}, little.get());
  ASSERT_ERROR_KIND(refused, ErrorKind::kMemoryLimit);
  EXPECT_NE(FormatError(refused.status()).find("raise `memory_limit` to "),
            std::string::npos);
  EXPECT_EQ(little->used(), 0);
  ASSERT_OK_AND_ASSIGN(auto enough, MemoryBudget::Make(int64_t{64} << 20));
  EXPECT_OK(Find({.key_columns = {0}}, enough.get()));
  EXPECT_GT(enough->peak(), little->limit());
}

TEST_F(NaiveWinnersTest, FindsNothingInADatasetWithoutRows) {
  AddFile("a.parquet", "[]");
  EXPECT_EQ(Losers({.keep = Keep::kNone}), (Rows{}));
}

}  // namespace
}  // namespace planish
