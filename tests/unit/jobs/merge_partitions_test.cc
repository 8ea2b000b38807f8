// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "unit/jobs/merge_cases.h"

// Where rows come into a partitioned target.

namespace planish {
namespace {

using arrow::field;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<arrow::Schema> Data() {
  return arrow::schema({field("id", arrow::int64()), field("v", arrow::int64())});
}

std::shared_ptr<arrow::Schema> DataWith(const std::string& name,
                                        std::shared_ptr<arrow::DataType> type) {
  return arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                        field(name, std::move(type))});
}

arrow::Result<std::shared_ptr<arrow::Table>> FileOf(const MergeRoom& room,
                                                    const std::string& path) {
  return ReadParquet(room.result() + "/" + path);
}

void ExpectFile(const MergeRoom& room, const std::string& path, const std::string& rows) {
  ASSERT_OK_AND_ASSIGN(const auto actual, FileOf(room, path));
  ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(Data(), rows));
  EXPECT_TRUE(TablesEqual(*expected, *actual)) << path;
}

TEST(MergePartitions, RowsComeIntoThePartitionThatTheirDateNames) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1]]", "day=2024-03-07/a.parquet"));
  ASSERT_OK(room.Source(DataWith("day", arrow::date32()),
                        "[[1, 2, 19789], [2, 2, 19789], [3, 2, 19790]]"));
  ASSERT_OK(room.Run(room.Options(MergeStrategy::kUpsert, {"id"})));
  ExpectFile(room, "day=2024-03-07/a.parquet", "[[1, 2]]");
  ExpectFile(room, "day=2024-03-07/merge-000001-00000.parquet", "[[2, 2]]");
  ExpectFile(room, "day=2024-03-08/merge-000001-00000.parquet", "[[3, 2]]");
}

TEST(MergePartitions, TextThatLooksLikeANumberStaysText) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1]]", "month=01/a.parquet"));
  ASSERT_OK(room.Source(DataWith("month", arrow::utf8()),
                        R"([[1, 2, "01"], [2, 2, "1"], [3, 2, "01"]])"));
  ASSERT_OK(room.Run(room.Options(MergeStrategy::kUpsert, {"id", "month"})));
  ExpectFile(room, "month=01/a.parquet", "[[1, 2]]");
  ExpectFile(room, "month=01/merge-000001-00000.parquet", "[[3, 2]]");
  ExpectFile(room, "month=1/merge-000001-00000.parquet", "[[2, 2]]");
}

TEST(MergePartitions, ANumberIsNotTheTextOfAnother) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1]]", "month=01/a.parquet"));
  ASSERT_OK(room.Source(DataWith("month", arrow::int8()), "[[1, 2, 1]]"));
  EXPECT_ERROR_KIND(room.Run(room.Options(MergeStrategy::kUpsert, {"id"})),
                    ErrorKind::kSchemaMismatch);
}

TEST(MergePartitions, NullAndOddCharactersGoThereAndBack) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1]]", "name=__HIVE_DEFAULT_PARTITION__/a.parquet"));
  const std::string rows =
      R"([[1, 2, null], [2, 2, "a/b=c %"], [3, 2, "__HIVE_DEFAULT_PARTITION__"],
          [4, 2, ""], [5, 2, "\u00fc"], [6, 2, "line\nbreak"]])";
  ASSERT_OK(room.Source(DataWith("name", arrow::utf8()), rows));
  ASSERT_OK_AND_ASSIGN(
      const Report first,
      Merge(room.Options(MergeStrategy::kUpsert, {"id", "name"}), MergeRoom::Context()));
  EXPECT_EQ(first.merge->updated, 1);
  EXPECT_EQ(first.merge->inserted, 5);
  // Read back as planish reads it: everything is there already.
  MergeOptions again = room.Options(MergeStrategy::kUpsert, {"id", "name"});
  again.target = room.result();
  again.output = room / "again";
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(again, MergeRoom::Context()));
  EXPECT_EQ(report.merge->unchanged, 6);
  EXPECT_EQ(report.merge->inserted, 0);
}

TEST(MergePartitions, NestedPayloadBesidePartitions) {
  const auto nested = arrow::struct_(
      {field("xs", arrow::list(arrow::int32())), field("s", arrow::utf8())});
  const auto data = arrow::schema({field("id", arrow::int64()), field("p", nested)});
  const auto with_region = arrow::schema(
      {field("id", arrow::int64()), field("p", nested), field("region", arrow::utf8())});
  MergeRoom room;
  ASSERT_OK(room.Target(data, R"([[1, [[1, 2], "a"]], [2, [null, null]], [3, null]])",
                        "region=eu/a.parquet"));
  ASSERT_OK(
      room.Source(with_region, R"([[2, [[], "b"], "eu"], [3, [[7, null], "c"], "eu"],
                                         [4, null, "us"]])"));
  ASSERT_OK(room.Run(room.Options(MergeStrategy::kUpsert, {"id"})));
  ASSERT_OK_AND_ASSIGN(const auto actual, FileOf(room, "region=eu/a.parquet"));
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(data,
                    R"([[1, [[1, 2], "a"]], [2, [[], "b"]], [3, [[7, null], "c"]]])"));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
  ASSERT_OK_AND_ASSIGN(const auto added,
                       FileOf(room, "region=us/merge-000001-00000.parquet"));
  EXPECT_EQ(added->num_rows(), 1);
}

TEST(MergePartitions, ARowThatWouldChangePartitionIsAnErrorOrMoves) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1], [2, 1]]", "p=1/a.parquet"));
  ASSERT_OK(room.Source(DataWith("p", arrow::int32()), "[[1, 1, 2]]"));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, {"id"});
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    options.engine = engine;
    const arrow::Status refused = room.Run(options).status();
    EXPECT_ERROR_KIND(refused, ErrorKind::kInvalidOption);
    EXPECT_THAT(FormatError(refused),
                AllOf(HasSubstr("change the partition of its key: id=1\n"),
                      HasSubstr("row:         0\n"), HasSubstr("partition:   p=1\n"),
                      HasSubstr("would go to: p=2\n"), Not(HasSubstr("to the key"))));
  }
  options.engine = Engine::kAuto;
  EXPECT_FALSE(std::filesystem::exists(room.result()));
  options.on_partition_change = PartitionChange::kMove;
  ASSERT_OK(room.Run(options));
  EXPECT_EQ(room.counts().moved, 1);
  EXPECT_EQ(room.counts().deleted, 0);
  ExpectFile(room, "p=1/a.parquet", "[[2, 1]]");
  ExpectFile(room, "p=2/merge-000001-00000.parquet", "[[1, 1]]");
}

class MergeMoves : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options() const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.on_partition_change = PartitionChange::kMove;
    options.missing_columns = MissingSourceColumns::kKeep;
    options.engine = GetParam();
    options.verify = true;
    return options;
  }
  void ExpectRows(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
                  const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto actual, FileOf(room_, path));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *actual)) << actual->ToString();
  }

  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeMoves,
                         testing::Values(Engine::kAuto, Engine::kReference),
                         [](const auto& engine) {
                           return engine.param == Engine::kAuto ? "Auto" : "Reference";
                         });

TEST_P(MergeMoves, RowsKeepWhatTheSourceLacks) {
  const auto wide =
      arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                     field("w", arrow::utf8())});
  // Moved rows are far apart, in several row groups and files, and one key is there
  // twice.
  WriteSpec spec;
  spec.row_group_rows = 2;
  ASSERT_OK(room_.Target(wide, R"([[1, 1, "a"], [2, 1, "b"], [3, 1, null], [4, 1, "d"]])",
                         "p=1/a.parquet", spec));
  ASSERT_OK(room_.Target(wide, R"([[5, 1, "e"], [4, 1, "D"]])", "p=2/a.parquet", spec));
  ASSERT_OK(room_.Source(DataWith("p", arrow::int32()),
                         "[[9, 2, 3], [4, 2, 3], [3, 2, 3], [1, 2, 3], [2, 2, 1], "
                         "[5, 2, 1]]"));
  ASSERT_OK(room_.Run(Options()));
  EXPECT_EQ(room_.counts().moved, 5);
  EXPECT_EQ(room_.counts().updated, 6);
  EXPECT_EQ(room_.counts().inserted, 1);
  ExpectRows("p=1/a.parquet", wide, R"([[2, 2, "b"]])");
  ExpectRows("p=1/merge-000001-00000.parquet", wide, R"([[5, 2, "e"]])");
  ExpectRows("p=3/merge-000001-00000.parquet", wide,
             R"([[9, 2, null], [4, 2, "d"], [4, 2, "D"], [3, 2, null], [1, 2, "a"]])");
}

TEST_P(MergeMoves, FieldsOfStructsThatTheSourceLacksAreKept) {
  const auto both =
      arrow::struct_({field("a", arrow::int64()), field("b", arrow::utf8())});
  const auto one = arrow::struct_({field("a", arrow::int64())});
  const auto target = arrow::schema({field("id", arrow::int64()), field("s", both)});
  ASSERT_OK(
      room_.Target(target, R"([[1, {"a": 1, "b": "x"}], [2, null]])", "p=1/a.parquet"));
  ASSERT_OK(room_.Source(arrow::schema({field("id", arrow::int64()), field("s", one),
                                        field("p", arrow::int32())}),
                         R"([[1, {"a": 7}, 2], [2, {"a": 8}, 2], [3, {"a": 9}, 2]])"));
  ASSERT_OK(room_.Run(Options()));
  ExpectRows("p=2/merge-000001-00000.parquet", target,
             R"([[1, {"a": 7, "b": "x"}], [2, {"a": 8, "b": null}],
                 [3, {"a": 9, "b": null}]])");
}

TEST_P(MergeMoves, AColumnThatTheModelOfNewFilesLacksIsKept) {
  const auto x = arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                                field("x", arrow::int64())});
  const auto y = arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                                field("y", arrow::int64())});
  ASSERT_OK(room_.Target(x, "[[1, 1, 10]]", "p=1/a.parquet"));
  ASSERT_OK(room_.Target(y, "[[2, 1, 20]]", "p=2/a.parquet"));
  ASSERT_OK(
      room_.Source(DataWith("p", arrow::int32()), "[[1, 1, 3], [2, 1, 3], [3, 1, 3]]"));
  ASSERT_OK(room_.Run(Options()));
  ExpectRows("p=3/merge-000001-00000.parquet",
             arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                            field("x", arrow::int64()), field("y", arrow::int64())}),
             "[[1, 1, 10, null], [2, 1, null, 20], [3, 1, null, null]]");
}

TEST_P(MergeMoves, ARequiredColumnIsNoErrorWhereEveryRowHasHadIt) {
  const auto required =
      arrow::schema({field("id", arrow::int64()), field("v", arrow::int64()),
                     field("w", arrow::int64(), /*nullable=*/false)});
  ASSERT_OK(room_.Target(required, "[[1, 1, 10], [2, 1, 20]]", "p=1/a.parquet"));
  ASSERT_OK(room_.Source(DataWith("p", arrow::int32()), "[[1, 2, 2]]"));
  ASSERT_OK(room_.Run(Options()));
  ExpectRows("p=2/merge-000001-00000.parquet", required, "[[1, 2, 10]]");
}

TEST(MergePartitions, ASourceThatDoesNotSayWhereCanUpdateButNotInsert) {
  MergeRoom room;
  ASSERT_OK(room.Target(Data(), "[[1, 1]]", "p=1/a.parquet"));
  ASSERT_OK(room.Source(Data(), "[[1, 2]]"));
  EXPECT_ERROR_KIND(room.Run(room.Options(MergeStrategy::kUpsert, {"id"})),
                    ErrorKind::kMissingColumn);
  ASSERT_OK(room.Run(room.Options(MergeStrategy::kUpdate, {"id"})));
  ExpectFile(room, "p=1/a.parquet", "[[1, 2]]");
}

TEST(MergePartitions, ANewTargetTakesThePartitionsOfTheSource) {
  MergeRoom room;
  ASSERT_OK(room.Source(Data(), "[[1, 1]]", "p=1/s.parquet"));
  ASSERT_OK(room.Source(Data(), "[[2, 1]]", "p=b/s.parquet"));
  MergeOptions options = room.Options(MergeStrategy::kInsert, {"id"});
  options.create = true;
  ASSERT_OK(room.Run(options));
  ExpectFile(room, "p=1/merge-000001-00000.parquet", "[[1, 1]]");
  ExpectFile(room, "p=b/merge-000001-00000.parquet", "[[2, 1]]");
}

}  // namespace
}  // namespace planish
