// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "support/stream_of_batches.h"
#include "unit/jobs/merge_cases.h"

// Sources that are streams, whose batches may have other schemas than the stream.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> IdAndX() {
  return arrow::schema({field("id", arrow::int64()), field("x", arrow::int64())});
}

class MergeStreams : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(room_.Target(IdAndX(), "[[1, 10], [2, 20]]")); }

  MergeOptions Options(MergeStrategy strategy = MergeStrategy::kUpsert) {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.source.inputs.clear();
    return options;
  }
  static arrow::Result<Report> MergeBatches(const MergeOptions& options,
                                            arrow::RecordBatchVector batches) {
    return MergeStream(StreamOf(std::move(batches)), options, MergeRoom::Context());
  }
  void ExpectResult(const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(room_.result()));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(IdAndX(), rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  void ExpectRefused(const MergeOptions& options, arrow::RecordBatchVector batches,
                     ErrorKind kind, const std::string& column,
                     const std::string& number) {
    const auto result = MergeBatches(options, std::move(batches));
    ASSERT_ERROR_KIND(result, kind);
    const ErrorDetail& detail = *GetErrorDetail(result.status());
    EXPECT_EQ(detail.column, column);
    ASSERT_FALSE(detail.facts.empty());
    EXPECT_EQ(detail.facts[0], std::make_pair(std::string("batch"), number));
    EXPECT_FALSE(std::filesystem::exists(room_.result()));
  }

  MergeRoom room_;
};

TEST_F(MergeStreams, BatchesAreMatchedByTheNamesOfTheirColumns) {
  const auto shuffled =
      arrow::schema({field("x", arrow::int64()), field("id", arrow::int64())});
  ASSERT_OK(MergeBatches(
      Options(MergeStrategy::kSync),
      {BatchOfRows(IdAndX(), "[[2, 21]]"), BatchOfRows(shuffled, "[[31, 3]]"),
       BatchOfRows(IdAndX(), "[[1, 11]]")}));
  ExpectResult("[[1, 11], [2, 21], [3, 31]]");
}

TEST_F(MergeStreams, TheLastRowOfAKeyCountsWhateverTheSchemaOfItsBatch) {
  const auto narrow =
      arrow::schema({field("x", arrow::int8()), field("id", arrow::int32())});
  ASSERT_OK_AND_ASSIGN(const Report report,
                       MergeBatches(Options(), {BatchOfRows(narrow, "[[21, 2]]"),
                                                BatchOfRows(IdAndX(), "[[2, 22]]"),
                                                BatchOfRows(narrow, "[[23, 2]]")}));
  ExpectResult("[[1, 10], [2, 23]]");
  EXPECT_EQ(report.merge->source_rows, 3);
  EXPECT_EQ(report.merge->source_duplicates, 2);
}

TEST_F(MergeStreams, BatchesArePromotedWithoutLossAndNotReinterpreted) {
  const auto time = [](arrow::TimeUnit::type unit) {
    return arrow::schema(
        {field("id", arrow::int64()), field("x", arrow::timestamp(unit))});
  };
  MergeRoom room;
  ASSERT_OK(room.Target(time(arrow::TimeUnit::MICRO), R"([[1, "2024-01-01 00:00:00"]])"));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  options.source.inputs.clear();
  ASSERT_OK(MergeBatches(
      options, {BatchOfRows(time(arrow::TimeUnit::MICRO), R"([[1, "2024-01-02"]])"),
                BatchOfRows(time(arrow::TimeUnit::MILLI), R"([[2, "2024-01-03"]])"),
                BatchOfRows(time(arrow::TimeUnit::NANO), R"([[3, "2024-01-04"]])"),
                BatchOfRows(time(arrow::TimeUnit::MILLI), R"([[4, "2024-01-05"]])")}));
  ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(room.result()));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(time(arrow::TimeUnit::MICRO),
                                     R"([[1, "2024-01-02"], [2, "2024-01-03"],
                                         [3, "2024-01-04"], [4, "2024-01-05"]])"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
}

TEST_F(MergeStreams, ManyWideningsKeepTheOrderOfTheRows) {
  arrow::RecordBatchVector batches;
  for (int i = 0; i < 12; ++i) {
    const auto more =
        arrow::schema({field("id", arrow::int64()), field("x", arrow::int64()),
                       field("c" + std::to_string(i), arrow::int8())});
    batches.push_back(BatchOfRows(more, "[[2, " + std::to_string(i) + ", 1]]"));
  }
  MergeOptions options = Options();
  options.source.missing_columns = MissingColumns::kNull;
  options.extra_columns = ExtraSourceColumns::kIgnore;
  ASSERT_OK(MergeBatches(options, std::move(batches)));
  ExpectResult("[[1, 10], [2, 11]]");
}

TEST_F(MergeStreams, OtherNamesAreRefusedAndNotTakenByPosition) {
  const auto other =
      arrow::schema({field("foo", arrow::int64()), field("bar", arrow::int64())});
  ExpectRefused(Options(),
                {BatchOfRows(IdAndX(), "[[2, 21]]"), BatchOfRows(other, "[[3, 31]]")},
                ErrorKind::kMissingColumn, "id", "1");
}

TEST_F(MergeStreams, ATypeWithoutACommonOneIsRefusedByBatchAndColumn) {
  const auto text =
      arrow::schema({field("id", arrow::int64()), field("x", arrow::utf8())});
  ExpectRefused(Options(),
                {BatchOfRows(IdAndX(), "[]"), BatchOfRows(IdAndX(), "[[2, 21]]"),
                 BatchOfRows(text, R"([[3, "31"]])")},
                ErrorKind::kSchemaMismatch, "x", "2");
}

TEST_F(MergeStreams, AColumnThatSomeBatchesLackIsNullWhereMissingColumnsAre) {
  const auto only_id = arrow::schema({field("id", arrow::int64())});
  const arrow::RecordBatchVector batches = {BatchOfRows(IdAndX(), "[[1, 11]]"),
                                            BatchOfRows(only_id, "[[2], [3]]")};
  ExpectRefused(Options(), batches, ErrorKind::kMissingColumn, "x", "1");
  ExpectRefused(Options(), {batches[1], batches[0]}, ErrorKind::kMissingColumn, "x", "1");
  MergeOptions options = Options();
  options.missing_columns = MissingSourceColumns::kNull;
  ASSERT_OK(MergeBatches(options, batches));
  ExpectResult("[[1, 11], [2, null], [3, null]]");
  options.output = room_ / "backwards";
  ASSERT_OK(MergeBatches(options, {batches[1], batches[0]}));
}

TEST_F(MergeStreams, TheOrderOfBatchesOfDifferentTypesDoesNotMatter) {
  const auto of = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::schema({field("id", arrow::int64()), field("x", type)});
  };
  const auto listed = [&](const std::shared_ptr<arrow::DataType>& type) {
    return of(arrow::list(type));
  };
  for (const bool nested : {false, true}) {
    const auto schema = [&](const auto& type) {
      return nested ? listed(type) : of(type);
    };
    const std::string value = nested ? "[7]" : "7";
    const std::vector<std::shared_ptr<arrow::DataType>> types = {
        arrow::int32(), arrow::uint32(), arrow::float64()};
    std::vector<size_t> order = {0, 1, 2};
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      arrow::RecordBatchVector batches;
      for (const size_t i : order) {
        batches.push_back(BatchOfRows(schema(types[i]),
                                      "[[" + std::to_string(i) + ", " + value + "]]"));
      }
      MergeRoom room;
      MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
      options.source.inputs.clear();
      options.create = true;
      ASSERT_OK(MergeBatches(options, std::move(batches)));
      ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(room.result()));
      EXPECT_TRUE(result->schema()->Equals(*schema(arrow::float64())))
          << result->schema()->ToString();
      EXPECT_EQ(result->num_rows(), 3);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST_F(MergeStreams, ATypeThatOnlySomeOfTheBatchesBeforeAgreeWithIsRefused) {
  const auto of = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::schema({field("id", arrow::int64()), field("x", type)});
  };
  ExpectRefused(Options(),
                {BatchOfRows(of(arrow::int32()), "[[2, 21]]"),
                 BatchOfRows(of(arrow::uint32()), "[[3, 21]]"),
                 BatchOfRows(of(arrow::uint64()), "[[4, 21]]")},
                ErrorKind::kSchemaMismatch, "x", "2");
}

TEST_F(MergeStreams, ABatchWithTwoColumnsOfOneNameIsNamedByBatchAndColumn) {
  const auto twice =
      arrow::schema({field("id", arrow::int64()), field("x", arrow::int64()),
                     field("x", arrow::int64())});
  ExpectRefused(Options(), {BatchOfRows(twice, "[[2, 21, 22]]")},
                ErrorKind::kSchemaMismatch, "x", "0");
  ExpectRefused(Options(),
                {BatchOfRows(IdAndX(), "[[2, 21]]"), BatchOfRows(twice, "[[2, 1, 2]]")},
                ErrorKind::kSchemaMismatch, "x", "1");
}

TEST_F(MergeStreams, ANullThatTheSchemaOfItsBatchRulesOutIsNamedByBatchAndColumn) {
  const auto of = [](const std::shared_ptr<arrow::Field>& x) {
    return arrow::schema({field("id", arrow::int64()), x});
  };
  const auto required = of(field("x", arrow::int64(), false));
  ExpectRefused(
      Options(),
      {BatchOfRows(required, "[[1, 11]]"), BatchOfRows(required, "[[2, 21], [3, null]]")},
      ErrorKind::kSchemaMismatch, "x", "1");
  const auto within =
      of(field("x", arrow::list(arrow::struct_({field("p", arrow::int64(), false)}))));
  ExpectRefused(Options(), {BatchOfRows(within, R"([[1, [null, {"p": null}]]])")},
                ErrorKind::kSchemaMismatch, "x", "0");
}

TEST_F(MergeStreams, BatchesWithoutRowsSayNothing) {
  const auto other = arrow::schema({field("x", arrow::utf8())});
  ASSERT_OK(MergeBatches(Options(),
                         {BatchOfRows(IdAndX(), "[[2, 21]]"), BatchOfRows(other, "[]")}));
  ExpectResult("[[1, 10], [2, 21]]");
}

TEST_F(MergeStreams, BothEnginesTakeBatchesAlike) {
  const auto shuffled =
      arrow::schema({field("x", arrow::int32()), field("id", arrow::uint8())});
  MergeOptions options = Options(MergeStrategy::kSync);
  options.engine = Engine::kReference;
  ASSERT_OK(MergeBatches(
      options, {BatchOfRows(IdAndX(), "[[2, 21]]"), BatchOfRows(shuffled, "[[31, 3]]")}));
  ExpectResult("[[2, 21], [3, 31]]");
}

}  // namespace
}  // namespace planish
