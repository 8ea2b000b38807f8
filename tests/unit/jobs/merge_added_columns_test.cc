// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "arrow/util/key_value_metadata.h"
#include "io/file_system.h"
#include "parquet/file_reader.h"
#include "parquet/statistics.h"
#include "unit/jobs/merge_cases.h"

// Columns of the source that the target, or one of its files, does not have.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Narrow() {
  return arrow::schema({field("id", arrow::int64()), field("a", arrow::utf8())});
}

std::shared_ptr<arrow::Schema> Wide(std::shared_ptr<arrow::DataType> added) {
  return arrow::schema({field("id", arrow::int64()), field("a", arrow::utf8()),
                        field("n", std::move(added))});
}

class MergeAddedColumns : public testing::Test {
 protected:
  MergeOptions Upsert() {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.extra_columns = ExtraSourceColumns::kAdd;
    return options;
  }
  MergeOptions InPlace() {
    MergeOptions options = Upsert();
    options.output.clear();
    options.in_place = true;
    return options;
  }
  void Expect(const MergeOptions& options, const std::shared_ptr<arrow::Schema>& schema,
              const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto result, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *result));
  }
  FileIdentity Identity(const std::string& name) {
    return LocalFileSystem()->Stat(room_.target() + "/" + name)->identity;
  }
  std::unique_ptr<parquet::ParquetFileReader> Open(const std::string& name) {
    return parquet::ParquetFileReader::OpenFile(room_.result() + "/" + name);
  }

  MergeRoom room_;
};

TEST_F(MergeAddedColumns, HaveTheSourcesValuesAndAreNullElsewhere) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"], [2, "y"], [3, "z"]])"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[2, "Y", 20], [4, "w", 40]])"));
  Expect(Upsert(), Wide(arrow::int32()),
         R"([[1, "x", null], [2, "Y", 20], [3, "z", null], [4, "w", 40]])");
  EXPECT_EQ(room_.counts().added_columns, 1);
  EXPECT_EQ(room_.counts().updated, 1);
}

TEST_F(MergeAddedColumns, AreAChangeWhereTheyAreNotNullAndNoneWhereTheyAre) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"], [2, "y"]])", "a.parquet"));
  ASSERT_OK(room_.Target(Narrow(), R"([[3, "z"]])", "b.parquet"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[1, "x", 7], [3, "z", null]])"));
  const FileIdentity other = Identity("b.parquet");
  Expect(InPlace(), Wide(arrow::int32()),
         R"([[1, "x", 7], [2, "y", null], [3, "z", null]])");
  EXPECT_EQ(room_.counts().updated, 1);
  EXPECT_EQ(room_.counts().unchanged, 1);
  EXPECT_EQ(room_.report().engine.decoded_column_chunks, 0);
  EXPECT_TRUE(other == Identity("b.parquet"));
}

TEST_F(MergeAddedColumns, NothingToGiveThemAddsNone) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"]])"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[1, "x", null]])"));
  const FileIdentity before = Identity("a.parquet");
  ASSERT_OK(room_.Run(InPlace()));
  EXPECT_TRUE(before == Identity("a.parquet"));
  EXPECT_EQ(room_.counts().added_columns, 0);
}

TEST_F(MergeAddedColumns, ComeIntoFilesThatLackThemWithTheNextMerge) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"]])", "a.parquet"));
  ASSERT_OK(room_.Target(Narrow(), R"([[2, "y"]])", "b.parquet"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[2, "y", 2]])"));
  ASSERT_OK(room_.Run(InPlace()));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[1, "x", 1], [5, "v", 5]])"));
  MergeOptions again = InPlace();
  again.extra_columns = ExtraSourceColumns::kError;
  Expect(again, Wide(arrow::int32()), R"([[1, "x", 1], [2, "y", 2], [5, "v", 5]])");
}

TEST_F(MergeAddedColumns, MayBeNestedAndRequiredInTheSource) {
  const auto nested =
      arrow::struct_({field("xs", arrow::list(arrow::map(arrow::utf8(), arrow::int32()))),
                      field("must", arrow::int64(), false)});
  const auto source = arrow::schema(
      {field("id", arrow::int64()), field("a", arrow::utf8()), field("n", nested, false),
       field("t", arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"), false)});
  const auto result = arrow::schema(
      {field("id", arrow::int64()), field("a", arrow::utf8()), field("n", nested),
       field("t", arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"))});
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"], [2, "y"], [3, "z"]])"));
  ASSERT_OK(room_.Source(source, R"([[3, "z", [[[["k", 1], ["l", null]], []], 5], 9],
                                     [1, "x", [null, 6], 8]])"));
  Expect(Upsert(), result, R"([[1, "x", [null, 6], 8], [2, "y", null, null],
                               [3, "z", [[[["k", 1], ["l", null]], []], 5], 9]])");
  EXPECT_EQ(room_.counts().added_columns, 2);
}

TEST_F(MergeAddedColumns, KeepTheirTypeInFilesThatDoNotSayTypesOfArrow) {
  WriteSpec spec;
  spec.store_schema = false;
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"], [2, "y"]])", "a.parquet", spec));
  const auto wide = Wide(arrow::duration(arrow::TimeUnit::MICRO));
  ASSERT_OK(room_.Source(wide, R"([[2, "y", 20], [3, "z", 30]])"));
  Expect(InPlace(), wide, R"([[1, "x", null], [2, "y", 20], [3, "z", 30]])");
  ASSERT_OK(room_.Source(wide, R"([[1, "x", 10]])"));
  Expect(InPlace(), wide, R"([[1, "x", 10], [2, "y", 20], [3, "z", 30]])");
}

TEST_F(MergeAddedColumns, LeaveRowGroupsWithoutAChangeAsTheyAre) {
  WriteSpec spec;
  spec.row_group_rows = 2;
  spec.page_index = true;
  spec.codec = arrow::Compression::ZSTD;
  spec.key_value_metadata = {{"org.apache.spark.sql.parquet.row.metadata", "{}"},
                             {"mine", "1"}};
  if (BloomFiltersWritable()) spec.bloom_filter_columns = {"id"};
  ASSERT_OK(room_.Target(Narrow(),
                         R"([[1, "x"], [2, "y"], [3, "z"], [4, "u"], [5, null]])",
                         "a.parquet", spec));
  ASSERT_OK(room_.Source(Wide(arrow::utf8()), R"([[3, "z", "new"]])"));
  Expect(Upsert(), Wide(arrow::utf8()),
         R"([[1, "x", null], [2, "y", null], [3, "z", "new"], [4, "u", null],
             [5, null, null]])");
  EXPECT_EQ(room_.report().row_groups.copied, 2);
  EXPECT_EQ(room_.report().row_groups.transcoded, 1);
  EXPECT_EQ(room_.report().engine.copied_column_chunks, 6);
  const auto file = Open("a.parquet");
  const auto metadata = file->metadata();
  ASSERT_EQ(metadata->num_row_groups(), 3);
  for (int i = 0; i < 3; ++i) {
    const auto group = metadata->RowGroup(i);
    ASSERT_EQ(group->num_columns(), 3);
    const auto added = group->ColumnChunk(2);
    EXPECT_EQ(added->compression(), arrow::Compression::ZSTD);
    EXPECT_TRUE(added->GetOffsetIndexLocation().has_value());
    EXPECT_EQ(added->statistics()->null_count(), i == 1 ? 1 : i == 0 ? 2 : 1);
    EXPECT_TRUE(group->ColumnChunk(0)->GetColumnIndexLocation().has_value());
    EXPECT_EQ(group->ColumnChunk(0)->bloom_filter_offset().has_value(),
              BloomFiltersWritable());
  }
  // It would hide the column from Spark.
  const auto& entries = metadata->key_value_metadata();
  EXPECT_FALSE(entries->Contains("org.apache.spark.sql.parquet.row.metadata"));
  EXPECT_TRUE(entries->Contains("mine"));
}

TEST_F(MergeAddedColumns, AreThereInRowGroupsThatLoseRows) {
  WriteSpec spec;
  spec.row_group_rows = 3;
  ASSERT_OK(room_.Target(Narrow(),
                         R"([[1, "x"], [2, "y"], [3, "z"], [4, "u"], [5, "v"]])",
                         "a.parquet", spec));
  const auto with_flag =
      arrow::schema({field("id", arrow::int64()), field("a", arrow::utf8()),
                     field("n", arrow::int32()), field("gone", arrow::boolean())});
  ASSERT_OK(room_.Source(with_flag, R"([[1, null, 0, true], [3, "z", 30, false],
                                        [5, null, 0, true]])"));
  MergeOptions options = Upsert();
  options.delete_when = "gone";
  Expect(options, Wide(arrow::int32()),
         R"([[2, "y", null], [3, "z", 30], [4, "u", null]])");
}

TEST_F(MergeAddedColumns, ComeIntoEveryPartition) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"]])", "day=1/a.parquet"));
  ASSERT_OK(room_.Target(Narrow(), R"([[2, "y"]])", "day=2/a.parquet"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[3, "z", 3]])", "day=2/s.parquet"));
  ASSERT_OK(room_.Source(Wide(arrow::int32()), R"([[4, "u", 4]])", "day=3/s.parquet"));
  ASSERT_OK(room_.Run(InPlace()));
  ASSERT_OK_AND_ASSIGN(const auto result, ReadDataset(room_.target()));
  EXPECT_EQ(result->num_rows(), 4);
  EXPECT_EQ(result->GetColumnByName("n")->null_count(), 2);
}

TEST_F(MergeAddedColumns, OfFixedSizeListsAreRefused) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"]])"));
  ASSERT_OK(room_.Source(Wide(arrow::fixed_size_list(arrow::int32(), 2)),
                         R"([[1, "x", [1, 2]]])"));
  const auto result = room_.Run(Upsert());
  ASSERT_ERROR_KIND(result, ErrorKind::kUnsupported);
  EXPECT_EQ(GetErrorDetail(result.status())->column, "n");
  EXPECT_FALSE(std::filesystem::exists(room_.result()));
}

TEST_F(MergeAddedColumns, BothEnginesAgree) {
  ASSERT_OK(room_.Target(Narrow(), R"([[1, "x"], [2, "y"]])"));
  ASSERT_OK(room_.Source(Wide(arrow::list(arrow::utf8())),
                         R"([[2, "y", ["p", null]], [3, "z", []]])"));
  MergeOptions options = Upsert();
  options.engine = Engine::kReference;
  Expect(options, Wide(arrow::list(arrow::utf8())),
         R"([[1, "x", null], [2, "y", ["p", null]], [3, "z", []]])");
  EXPECT_EQ(room_.counts().added_columns, 1);
}

TEST(MergeAddedColumnsOfDeletions, HaveNoMeaning) {
  MergeRoom room;
  MergeOptions options = room.Options(MergeStrategy::kDelete, {"id"});
  options.extra_columns = ExtraSourceColumns::kAdd;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
