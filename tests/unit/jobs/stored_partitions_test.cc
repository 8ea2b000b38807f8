// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "arrow/table.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/stream.h"
#include "unit/jobs/merge_cases.h"

// Partition columns that files hold besides: the directory counts, and the files have to
// say the same.

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using arrow::field;
using testing::AllOf;
using testing::HasSubstr;

std::shared_ptr<arrow::Schema> With(const std::string& name,
                                    std::shared_ptr<arrow::DataType> type) {
  return arrow::schema({field("id", arrow::int64()), field(name, std::move(type)),
                        field("v", arrow::int64())});
}

const auto kDay = With("day", arrow::date32());

class StoredPartitionsTest : public testing::TestWithParam<Engine> {
 protected:
  arrow::Status Add(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
                    const std::string& rows, const WriteSpec& spec = {}) {
    return room_.Target(schema, rows, path, spec);
  }
  arrow::Status AddDays(const WriteSpec& spec = {}) {
    ARROW_RETURN_NOT_OK(Add("day=2024-03-07/a.parquet", kDay,
                            "[[1, 19789, 1], [2, 19789, 2], [2, 19789, 3]]", spec));
    return Add("day=2024-03-08/a.parquet", kDay, "[[2, 19790, 4], [3, 19790, 5]]", spec);
  }

  DedupOptions ById() const {
    DedupOptions options;
    options.dataset.inputs = {room_.target()};
    options.key = {"id"};
    options.engine = GetParam();
    options.verify = true;
    options.output = room_.result();
    return options;
  }
  MergeOptions Upsert() const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    options.verify = true;
    return options;
  }
  void ExpectFile(const std::string& path, const std::shared_ptr<arrow::Schema>& schema,
                  const std::string& rows) const {
    ASSERT_OK_AND_ASSIGN(const auto actual, ReadParquet(room_.result() + "/" + path));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *actual)) << path;
  }

  MergeRoom room_;
};

TEST_P(StoredPartitionsTest, DedupKeepsTheColumnInTheFiles) {
  for (const bool statistics : {true, false}) {
    ASSERT_OK(AddDays({.statistics = statistics}));
    ASSERT_OK(Dedup(ById(), MergeRoom::Context()));
    ExpectFile("day=2024-03-07/a.parquet", kDay, "[[1, 19789, 1], [2, 19789, 2]]");
    ExpectFile("day=2024-03-08/a.parquet", kDay, "[[3, 19790, 5]]");
    stdfs::remove_all(room_.result());
  }
  DedupOptions in_place = ById();
  in_place.output.clear();
  in_place.in_place = true;
  in_place.key = {"id", "day"};
  ASSERT_OK(Dedup(in_place, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto first,
                       ReadParquet(room_.target() + "/day=2024-03-07/a.parquet"));
  EXPECT_EQ(first->num_rows(), 2);
  EXPECT_EQ(first->num_columns(), 3);
}

TEST_P(StoredPartitionsTest, AValueOfAnotherDirectoryIsAnErrorThatNamesRowAndValues) {
  for (const bool statistics : {true, false}) {
    ASSERT_OK(Add("day=2024-03-07/a.parquet", kDay,
                  "[[1, 19789, 1], [2, 19789, 2], [2, 19790, 3]]",
                  {.row_group_rows = 1, .statistics = statistics}));
    const auto expect_error = [&](const arrow::Status& status) {
      EXPECT_ERROR_KIND(status, ErrorKind::kSchemaMismatch);
      EXPECT_THAT(FormatError(status),
                  AllOf(HasSubstr("partition column: day"), HasSubstr("a.parquet"),
                        HasSubstr("row:                    2"),
                        HasSubstr("value of the directory: 2024-03-07"),
                        HasSubstr("value in the file:      2024-03-08")));
    };
    expect_error(Dedup(ById(), MergeRoom::Context()).status());
    DedupOptions stream = ById();
    stream.output.clear();
    stream.verify = false;
    expect_error(DedupToStream(stream, MergeRoom::Context()).status());
    CheckOptions check;
    check.dataset.inputs = {room_.target()};
    expect_error(Check(check, MergeRoom::Context()).status());
    ASSERT_OK_AND_ASSIGN(const InspectResult inspected, Inspect(check.dataset));
    ASSERT_EQ(inspected.unreadable.size(), 1);
    EXPECT_EQ(inspected.unreadable[0].kind, ErrorKind::kSchemaMismatch);
    EXPECT_THAT(inspected.unreadable[0].cause,
                HasSubstr("value in the file: 2024-03-08"));
    ASSERT_OK(room_.Source(kDay, "[[1, 19789, 7]]"));
    expect_error(Merge(Upsert(), MergeRoom::Context()).status());
    MergeOptions reversed = Upsert();
    reversed.target = room_ / "source";
    reversed.source.inputs = {room_.target()};
    expect_error(Merge(reversed, MergeRoom::Context()).status());
    EXPECT_FALSE(stdfs::exists(room_.result()));
  }
}

TEST_P(StoredPartitionsTest, StreamsHaveTheColumnLastInTheFilesType) {
  ASSERT_OK(AddDays());
  DedupOptions options = ById();
  options.output.clear();
  options.verify = false;
  ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(options, MergeRoom::Context()));
  EXPECT_EQ(reader->schema()->ToString(), "id: int64\nv: int64\nday: date32[day]");
  ASSERT_OK_AND_ASSIGN(const auto rows, reader->ToTable());
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(reader->schema(), "[[1, 1, 19789], [2, 2, 19789], [3, 5, 19790]]"));
  EXPECT_TRUE(TablesEqual(*expected, *rows));
}

TEST_P(StoredPartitionsTest, FilesWithoutTheColumnMayLieBeside) {
  const auto plain =
      arrow::schema({field("id", arrow::int64()), field("v", arrow::int64())});
  ASSERT_OK(Add("day=2024-03-07/a.parquet", kDay, "[[1, 19789, 1]]"));
  ASSERT_OK(Add("day=2024-03-07/b.parquet", plain, "[[1, 1], [2, 2]]"));
  ASSERT_OK(Add("day=2024-03-08/b.parquet", plain, "[[2, 1], [3, 2]]"));
  ASSERT_OK(Dedup(ById(), MergeRoom::Context()));
  ExpectFile("day=2024-03-07/a.parquet", kDay, "[[1, 19789, 1]]");
  ExpectFile("day=2024-03-07/b.parquet", plain, "[[2, 2]]");
  ExpectFile("day=2024-03-08/b.parquet", plain, "[[3, 2]]");
}

TEST_P(StoredPartitionsTest, NullIsTheDefaultPartition) {
  const auto schema = With("name", arrow::utf8());
  ASSERT_OK(Add("name=__HIVE_DEFAULT_PARTITION__/a.parquet", schema,
                "[[1, null, 1], [1, null, 2]]"));
  ASSERT_OK(Add("name=x%2Fy/a.parquet", schema, R"([[1, "x/y", 1], [2, "x/y", 2]])"));
  ASSERT_OK(Dedup(ById(), MergeRoom::Context()));
  ExpectFile("name=__HIVE_DEFAULT_PARTITION__/a.parquet", schema, "[[1, null, 1]]");
  ExpectFile("name=x%2Fy/a.parquet", schema, R"([[2, "x/y", 2]])");
  stdfs::remove_all(room_.result());
  ASSERT_OK(Add("name=__HIVE_DEFAULT_PARTITION__/b.parquet", schema, R"([[1, "", 1]])"));
  EXPECT_ERROR_KIND(Dedup(ById(), MergeRoom::Context()), ErrorKind::kSchemaMismatch);
}

TEST_P(StoredPartitionsTest, MergedRowsGetTheColumnAsTheTargetsFilesHaveIt) {
  ASSERT_OK(AddDays());
  ASSERT_OK(room_.Source(kDay, "[[1, 19789, 7], [8, 19790, 8], [9, 19791, 9]]"));
  ASSERT_OK(Merge(Upsert(), MergeRoom::Context()));
  ExpectFile("day=2024-03-07/a.parquet", kDay,
             "[[1, 19789, 7], [2, 19789, 2], [2, 19789, 3]]");
  ExpectFile("day=2024-03-08/merge-000001-00000.parquet", kDay, "[[8, 19790, 8]]");
  ExpectFile("day=2024-03-09/merge-000001-00000.parquet", kDay, "[[9, 19791, 9]]");
}

TEST_P(StoredPartitionsTest, ANewDirectoryThatTheFilesColumnCannotHoldEndsADryRunToo) {
  ASSERT_OK(Add("year=2024/a.parquet", With("year", arrow::int32()), "[[1, 2024, 1]]"));
  ASSERT_OK(room_.Source(With("year", arrow::int64()), "[[2, 3000000000, 2]]"));
  for (const bool dry : {false, true}) {
    SCOPED_TRACE(dry ? "dry run" : "run");
    MergeOptions options = Upsert();
    options.dry_run = dry;
    options.verify = !dry;
    if (dry) options.output.clear();
    EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kSchemaMismatch);
  }
}

TEST_P(StoredPartitionsTest, ARowThatMovesGetsTheValueOfItsNewDirectory) {
  ASSERT_OK(AddDays());
  ASSERT_OK(room_.Source(kDay, "[[1, 19790, 1]]"));
  MergeOptions options = Upsert();
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kInvalidOption);
  options.on_partition_change = PartitionChange::kMove;
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ExpectFile("day=2024-03-07/a.parquet", kDay, "[[2, 19789, 2], [2, 19789, 3]]");
  ExpectFile("day=2024-03-08/merge-000001-00000.parquet", kDay, "[[1, 19790, 1]]");
}

TEST_P(StoredPartitionsTest, ASourceOfDirectoriesGoesIntoAFlatTargetOfTheFilesType) {
  ASSERT_OK(Add("a.parquet", kDay, "[[1, 19789, 1], [2, 19789, 2]]"));
  ASSERT_OK(
      room_.Source(kDay, "[[1, 19789, 7], [3, 19789, 8]]", "day=2024-03-07/s.parquet"));
  ASSERT_OK(Merge(Upsert(), MergeRoom::Context()));
  ExpectFile("a.parquet", kDay, "[[1, 19789, 7], [2, 19789, 2]]");
  ExpectFile("merge-000001-00000.parquet", kDay, "[[3, 19789, 8]]");
}

TEST_P(StoredPartitionsTest, NumbersOfAnyWidthAreKeysInTheirDirectories) {
  const auto schema = With("year", arrow::int16());
  ASSERT_OK(Add("year=2023/a.parquet", schema, "[[1, 2023, 1], [2, 2023, 2]]"));
  ASSERT_OK(Add("year=2024/a.parquet", schema, "[[1, 2024, 1], [2, 2024, 2]]"));
  ASSERT_OK(room_.Source(With("year", arrow::int64()), "[[1, 2024, 7], [1, 2025, 8]]",
                         "s.parquet"));
  MergeOptions options = Upsert();
  options.key = {"id", "year"};
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ExpectFile("year=2023/a.parquet", schema, "[[1, 2023, 1], [2, 2023, 2]]");
  ExpectFile("year=2024/a.parquet", schema, "[[1, 2024, 7], [2, 2024, 2]]");
  ExpectFile("year=2025/merge-000001-00000.parquet", schema, "[[1, 2025, 8]]");
}

TEST_P(StoredPartitionsTest, ZerosInFrontAreTextInTheDirectoryAndANumberInTheFile) {
  const auto schema = With("month", arrow::int32());
  ASSERT_OK(Add("month=03/a.parquet", schema, "[[1, 3, 1]]"));
  ASSERT_OK(
      room_.Source(With("month", arrow::utf8()), R"([[1, "03", 7], [2, "04", 8]])"));
  ASSERT_OK(Merge(Upsert(), MergeRoom::Context()));
  ExpectFile("month=03/a.parquet", schema, "[[1, 3, 7]]");
  ExpectFile("month=04/merge-000001-00000.parquet", schema, "[[2, 4, 8]]");
  ASSERT_OK(room_.Source(With("month", arrow::utf8()), R"([[2, "spring", 8]])"));
  stdfs::remove_all(room_.result());
  EXPECT_ERROR_KIND(Merge(Upsert(), MergeRoom::Context()), ErrorKind::kSchemaMismatch);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoredPartitionsTest,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
