// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "arrow/scalar.h"
#include "arrow/table.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/stream.h"
#include "unit/jobs/merge_cases.h"

// Columns whose types in the files have none in common: they matter to those who need
// their values in one type, and to nobody else.

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using arrow::field;
using testing::ElementsAre;
using testing::HasSubstr;

const auto kId = field("id", arrow::int64());

/// Two types that have none in common, and a value of each.
struct Pair {
  std::string name;
  std::shared_ptr<arrow::DataType> a, b;
  std::string in_a, in_b;
};

std::vector<Pair> Pairs() {
  const auto micros = arrow::TimeUnit::MICRO;
  return {
      {"integer and floating point", arrow::int64(), arrow::float64(), "7", "1.5"},
      {"integer and text", arrow::int64(), arrow::utf8(), "7", "\"x\""},
      {"naive and UTC", arrow::timestamp(micros), arrow::timestamp(micros, "UTC"), "7",
       "8"},
      {"structs of other fields", arrow::struct_({field("p", arrow::int64())}),
       arrow::struct_({field("p", arrow::int64()), field("q", arrow::utf8())}),
       R"({"p": 1})", R"({"p": 1, "q": "x"})"},
      {"list and number", arrow::list(arrow::int64()), arrow::int64(), "[1, 2]", "7"},
      {"dictionary and number", arrow::dictionary(arrow::int32(), arrow::utf8()),
       arrow::int64(), "\"x\"", "7"},
  };
}

class DifferingColumnsTest : public testing::Test {
 protected:
  static arrow::Status Write(const std::string& path, const Pair& pair, bool first,
                             const std::string& ids) {
    arrow::FieldVector fields = {kId, field("v", first ? pair.a : pair.b)};
    std::string rows;
    for (const char id : ids) {
      rows += (rows.empty() ? "[[" : ", [") + std::string(1, id) + ", " +
              (first ? pair.in_a : pair.in_b) + "]";
    }
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          TableFromJson(arrow::schema(fields), rows + "]"));
    return WriteParquet(table, path);
  }

  static arrow::Status WriteBoth(const std::string& directory, const Pair& pair) {
    ARROW_RETURN_NOT_OK(Write(directory + "/a.parquet", pair, true, "122"));
    return Write(directory + "/b.parquet", pair, false, "234");
  }

  static std::string Ids(const std::string& path) {
    const auto table = ReadParquet(path);
    EXPECT_OK(table);
    if (!table.ok()) return "";
    std::string ids;
    for (int64_t i = 0; i < (*table)->num_rows(); ++i) {
      ids += (*(*table)->GetColumnByName("id")->GetScalar(i))->ToString();
    }
    return ids;
  }

  static std::string TypeOfV(const std::string& path) {
    const auto table = ReadParquet(path);
    return table.ok() ? (*table)->schema()->GetFieldByName("v")->type()->ToString()
                      : table.status().ToString();
  }

  static DedupOptions ById(const std::string& directory) {
    DedupOptions options;
    options.dataset.inputs = {directory};
    options.key = {"id"};
    return options;
  }

  TempDir directory_;
};

TEST_F(DifferingColumnsTest, DedupWritesThemAsTheyWere) {
  for (const Pair& pair : Pairs()) {
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      SCOPED_TRACE(pair.name);
      const TempDir room;
      ASSERT_OK(WriteBoth(room / "in", pair));
      DedupOptions options = ById(room / "in");
      options.engine = engine;
      options.verify = true;
      options.output = room / "out";
      ASSERT_OK(Dedup(options, MergeRoom::Context()));
      EXPECT_EQ(Ids(room / "out/a.parquet"), "12");
      EXPECT_EQ(Ids(room / "out/b.parquet"), "34");
      EXPECT_EQ(TypeOfV(room / "out/b.parquet"), TypeOfV(room / "in/b.parquet"));

      options.output.clear();
      options.in_place = true;
      ASSERT_OK(Dedup(options, MergeRoom::Context()));
      EXPECT_EQ(Ids(room / "in/a.parquet"), "12");
      EXPECT_EQ(Ids(room / "in/b.parquet"), "34");
    }
  }
}

TEST_F(DifferingColumnsTest, CheckAndDryRunsNeedNoneOfTheirValues) {
  for (const Pair& pair : Pairs()) {
    SCOPED_TRACE(pair.name);
    const TempDir room;
    ASSERT_OK(WriteBoth(room / "in", pair));
    CheckOptions check;
    check.dataset.inputs = {room / "in"};
    check.key = {"id"};
    ASSERT_OK_AND_ASSIGN(const CheckResult checked, Check(check, MergeRoom::Context()));
    EXPECT_EQ(checked.surplus_rows, 2);
    DedupOptions options = ById(room / "in");
    options.dry_run = true;
    ASSERT_OK_AND_ASSIGN(const Report planned, Dedup(options, MergeRoom::Context()));
    EXPECT_EQ(planned.rows_dropped, 2);
  }
}

TEST_F(DifferingColumnsTest, WhoAsksForTheirValuesIsToldWhichFilesDisagree) {
  const std::string in = directory_ / "in";
  for (const Pair& pair : Pairs()) {
    SCOPED_TRACE(pair.name);
    ASSERT_OK(WriteBoth(in, pair));
    const auto expect_refusal = [](const arrow::Status& status) {
      EXPECT_ERROR_KIND(status, ErrorKind::kSchemaMismatch);
      EXPECT_THAT(status.ToString(), HasSubstr("a.parquet"));
      EXPECT_THAT(status.ToString(), HasSubstr("b.parquet"));
    };
    for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
      DedupOptions options = ById(in);
      options.engine = engine;
      options.output = directory_ / "out";
      options.key = {"v"};
      expect_refusal(Dedup(options, MergeRoom::Context()).status());
      options.key = {};
      expect_refusal(Dedup(options, MergeRoom::Context()).status());
      options.key = {"id"};
      options.order_by = {"-v"};
      expect_refusal(Dedup(options, MergeRoom::Context()).status());
    }
    expect_refusal(DedupToStream(ById(in), MergeRoom::Context()).status());
    EXPECT_FALSE(stdfs::exists(directory_ / "out"));
  }
}

TEST_F(DifferingColumnsTest, InspectShowsWhichFilesHaveWhichType) {
  const Pair pair = Pairs().front();
  ASSERT_OK(WriteBoth(directory_ / "in", pair));
  ASSERT_OK(Write(directory_ / "in/c.parquet", pair, false, "5"));
  DatasetOptions dataset;
  dataset.inputs = {directory_ / "in"};
  ASSERT_OK_AND_ASSIGN(const InspectResult result, Inspect(dataset));
  ASSERT_EQ(result.disagreements.size(), 1u);
  const TypeDisagreement& found = result.disagreements.front();
  EXPECT_EQ(found.column, "v");
  ASSERT_EQ(found.types.size(), 2u);
  EXPECT_EQ(found.types[0].type, "int64");
  EXPECT_EQ(found.types[0].files, 1);
  EXPECT_EQ(found.types[0].file, directory_ / "in/a.parquet");
  EXPECT_EQ(found.types[1].type, "double");
  EXPECT_EQ(found.types[1].files, 2);
  EXPECT_EQ(found.types[1].file, directory_ / "in/b.parquet");
  ASSERT_EQ(result.columns.size(), 2u);
  EXPECT_EQ(result.columns[1].type, "int64 | double");
  EXPECT_EQ(result.columns[1].chunks, 3);
  EXPECT_EQ(result.columns[1].null_count, 0);
  EXPECT_THAT(result.ToJson(), HasSubstr("\"disagreements\""));
}

TEST_F(DifferingColumnsTest, InspectOfEveryPairSucceeds) {
  for (const Pair& pair : Pairs()) {
    const TempDir room;
    ASSERT_OK(WriteBoth(room / "in", pair));
    DatasetOptions dataset;
    dataset.inputs = {room / "in"};
    ASSERT_OK_AND_ASSIGN(const InspectResult result, Inspect(dataset));
    EXPECT_EQ(result.disagreements.size(), 1u) << pair.name;
  }
}

class DifferingColumnsInMerge : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options(MergeStrategy strategy) const {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.engine = GetParam();
    options.missing_columns = MissingSourceColumns::kKeep;
    options.verify = true;
    return options;
  }
  std::string ResultOf(const std::string& file) const {
    const auto table = ReadParquet(room_.result() + "/" + file);
    EXPECT_OK(table);
    return table.ok() ? (*table)->ToString() : "";
  }

  MergeRoom room_;
  const std::shared_ptr<arrow::Schema> numbers_ =
      arrow::schema({kId, field("w", arrow::utf8()), field("v", arrow::int64())});
  const std::shared_ptr<arrow::Schema> texts_ =
      arrow::schema({kId, field("w", arrow::utf8()), field("v", arrow::utf8())});
  const std::shared_ptr<arrow::Schema> source_ =
      arrow::schema({kId, field("w", arrow::utf8())});
};

TEST_P(DifferingColumnsInMerge, ColumnsThatTheSourceDoesNotWriteMayDiffer) {
  ASSERT_OK(room_.Target(numbers_, R"([[1, "a", 10], [2, "b", 20]])", "a.parquet"));
  ASSERT_OK(room_.Target(texts_, R"([[3, "c", "x"], [4, "d", "y"]])", "b.parquet"));
  ASSERT_OK(room_.Source(source_, R"([[2, "B"], [3, "C"], [9, "new"]])"));
  for (const MergeStrategy strategy : {MergeStrategy::kUpsert, MergeStrategy::kSync,
                                       MergeStrategy::kUpdate, MergeStrategy::kInsert}) {
    MergeOptions options = Options(strategy);
    ASSERT_OK(Merge(options, MergeRoom::Context()));
    if (strategy == MergeStrategy::kUpsert) {
      const auto first = TableFromJson(numbers_, R"([[1, "a", 10], [2, "B", 20]])");
      const auto second = TableFromJson(texts_, R"([[3, "C", "x"], [4, "d", "y"]])");
      ASSERT_OK_AND_ASSIGN(const auto a, ReadParquet(room_.result() + "/a.parquet"));
      ASSERT_OK_AND_ASSIGN(const auto b, ReadParquet(room_.result() + "/b.parquet"));
      EXPECT_TRUE(TablesEqual(**first, *a));
      EXPECT_TRUE(TablesEqual(**second, *b));
    }
    stdfs::remove_all(room_.result());
  }
}

TEST_P(DifferingColumnsInMerge, DeletingLooksAtTheKeyAlone) {
  ASSERT_OK(room_.Target(numbers_, R"([[1, "a", 10], [2, "b", 20]])", "a.parquet"));
  ASSERT_OK(room_.Target(texts_, R"([[3, "c", "x"], [4, "d", "y"]])", "b.parquet"));
  ASSERT_OK(room_.Source(numbers_, R"([[2, "B", 1], [3, "C", 1]])"));
  ASSERT_OK(Merge(Options(MergeStrategy::kDelete), MergeRoom::Context()));
  EXPECT_THAT(ResultOf("b.parquet"), HasSubstr("\"y\""));
}

TEST_P(DifferingColumnsInMerge, AColumnThatTheSourceWritesNeedsOneType) {
  ASSERT_OK(room_.Target(numbers_, R"([[1, "a", 10]])", "a.parquet"));
  ASSERT_OK(room_.Target(texts_, R"([[3, "c", "x"]])", "b.parquet"));
  ASSERT_OK(room_.Source(numbers_, R"([[1, "B", 1]])"));
  const auto merged = Merge(Options(MergeStrategy::kUpsert), MergeRoom::Context());
  EXPECT_ERROR_KIND(merged, ErrorKind::kSchemaMismatch);
  EXPECT_THAT(merged.status().ToString(), HasSubstr("files disagree"));
  EXPECT_FALSE(stdfs::exists(room_.result()));
}

TEST_P(DifferingColumnsInMerge, AColumnOfTheSourceThatIsIgnoredMayDiffer) {
  ASSERT_OK(room_.Target(source_, R"([[1, "a"], [3, "c"]])"));
  ASSERT_OK(room_.Source(numbers_, R"([[1, "A", 1]])", "s.parquet"));
  ASSERT_OK(room_.Source(texts_, R"([[3, "C", "x"]])", "t.parquet"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.extra_columns = ExtraSourceColumns::kIgnore;
  ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(source_, R"([[1, "A"], [3, "C"]])"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
  stdfs::remove_all(room_.result());
  options.extra_columns = ExtraSourceColumns::kAdd;
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kSchemaMismatch);
}

INSTANTIATE_TEST_SUITE_P(Engines, DifferingColumnsInMerge,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
