// SPDX-License-Identifier: Apache-2.0
// Files of a target whose columns have different types: what new rows and new values make
// of them, whichever file comes first.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/util/key_value_metadata.h"
#include "parquet/file_reader.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Schema(const std::shared_ptr<arrow::DataType>& id,
                                      const std::shared_ptr<arrow::DataType>& note,
                                      bool nullable = true) {
  return arrow::schema(
      {field("id", id), field("note", note, nullable), field("v", arrow::utf8())});
}

class MergeSchemas : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options(MergeStrategy strategy) const {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.engine = GetParam();
    return options;
  }
  std::string Result(const std::string& name) const {
    return room_.result() + "/" + name;
  }
  std::shared_ptr<arrow::Table> Read(const std::string& name) const {
    return ReadParquet(Result(name)).ValueOrDie();
  }
  void ExpectRows(const std::string& name, const std::shared_ptr<arrow::Schema>& schema,
                  const std::string& rows) const {
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *Read(name))) << Read(name)->ToString();
  }

  MergeRoom room_;
};

TEST_P(MergeSchemas, NewFilesHaveTheWidestTypesWhicheverFileIsFirst) {
  for (const bool narrow_first : {true, false}) {
    SCOPED_TRACE(narrow_first);
    const std::string narrow = narrow_first ? "a.parquet" : "b.parquet";
    const std::string wide = narrow_first ? "b.parquet" : "a.parquet";
    std::filesystem::remove_all(room_.target());
    std::filesystem::remove_all(room_.result());
    ASSERT_OK(room_.Target(Schema(arrow::int32(), arrow::null()), R"([[1, null, "x"]])",
                           narrow));
    ASSERT_OK(
        room_.Target(Schema(arrow::int64(), arrow::utf8()), R"([[2, "b", "y"]])", wide));
    ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::utf8()),
                           R"([[5000000000, "n", "z"]])"));
    ASSERT_OK(room_.Run(Options(MergeStrategy::kInsert)));
    ExpectRows("merge-000001-00000.parquet", Schema(arrow::int64(), arrow::utf8()),
               R"([[5000000000, "n", "z"]])");
  }
}

TEST_P(MergeSchemas, NewFilesHaveTypesThatNoFileHasAllOf) {
  ASSERT_OK(room_.Target(Schema(arrow::int32(), arrow::utf8()), R"([[1, "a", "x"]])",
                         "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::null()), R"([[2, null, "y"]])",
                         "b.parquet"));
  ASSERT_OK(
      room_.Source(Schema(arrow::int64(), arrow::utf8()), R"([[5000000000, "n", "z"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kInsert)));
  ExpectRows("merge-000001-00000.parquet", Schema(arrow::int64(), arrow::utf8()),
             R"([[5000000000, "n", "z"]])");
}

TEST_P(MergeSchemas, NewFilesTakeAfterTheFileThatIsNearest) {
  WriteSpec plain, zstd;
  zstd.codec = arrow::Compression::ZSTD;
  zstd.dictionary = false;
  zstd.key_value_metadata = {{"origin", "b"}};
  const auto id = arrow::key_value_metadata({"PARQUET:field_id"}, {"7"});
  const auto wide =
      arrow::schema({field("id", arrow::int64(), true, id), field("note", arrow::utf8()),
                     field("v", arrow::utf8())});
  ASSERT_OK(room_.Target(Schema(arrow::int32(), arrow::null()), R"([[1, null, "x"]])",
                         "a.parquet", plain));
  ASSERT_OK(room_.Target(wide, R"([[2, "b", "y"]])", "b.parquet", zstd));
  ASSERT_OK(room_.Target(wide, R"([[3, "b", "y"]])", "c.parquet", plain));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::utf8()), R"([[4, "n", "z"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kInsert)));
  const auto reader =
      parquet::ParquetFileReader::OpenFile(Result("merge-000001-00000.parquet"));
  const auto chunk = reader->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_EQ(chunk->compression(), arrow::Compression::ZSTD);
  EXPECT_FALSE(chunk->has_dictionary_page());
  EXPECT_EQ(reader->metadata()->schema()->group_node()->field(0)->field_id(), 7);
  EXPECT_TRUE(reader->metadata()->key_value_metadata()->Contains("origin"));
}

TEST_P(MergeSchemas, AColumnOfTypeNullTakesTheTypeThatItHasElsewhere) {
  WriteSpec spec;
  spec.row_group_rows = 2;
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::null()),
                         R"([[1, null, "x"], [2, null, "y"], [3, null, "z"]])",
                         "a.parquet", spec));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::utf8()), R"([[4, "b", "w"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::utf8()), R"([[2, "N", "y"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  EXPECT_EQ(room_.counts().updated, 1);
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::utf8()),
             R"([[1, null, "x"], [2, "N", "y"], [3, null, "z"]])");
}

TEST_P(MergeSchemas, AColumnOfTypeNullMayBecomeOneOfSeveralLeaves) {
  const auto nested = arrow::struct_(
      {field("a", arrow::int32()), field("b", arrow::list(arrow::utf8()))});
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::null()),
                         R"([[1, null, "x"], [2, null, "y"]])", "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), nested), R"([[4, [1, ["p"]], "w"]])",
                         "b.parquet"));
  ASSERT_OK(
      room_.Source(Schema(arrow::int64(), nested), R"([[2, [9, ["q", null]], "y"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpdate)));
  ExpectRows("a.parquet", Schema(arrow::int64(), nested),
             R"([[1, null, "x"], [2, [9, ["q", null]], "y"]])");
}

TEST_P(MergeSchemas, AColumnOfTypeNullStaysWhereOnlyNullComes) {
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::null()), R"([[1, null, "x"]])",
                         "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::utf8()), R"([[4, "b", "w"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::utf8()), R"([[1, null, "y"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::null()), R"([[1, null, "y"]])");
}

TEST_P(MergeSchemas, ANarrowColumnBecomesWiderForAValueThatItDoesNotHold) {
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int32()),
                         R"([[1, -10, "x"], [2, 20, "y"], [3, null, "z"]])",
                         "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int64()), R"([[4, 1, "w"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::int64()),
                         R"([[2, 5000000000, "y"], [3, 30, "z"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  EXPECT_EQ(room_.counts().updated, 2);
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::int64()),
             R"([[1, -10, "x"], [2, 5000000000, "y"], [3, 30, "z"]])");
}

TEST_P(MergeSchemas, ANarrowColumnStaysForValuesThatItHolds) {
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int32()), R"([[1, -10, "x"]])",
                         "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int64()), R"([[4, 1, "w"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::int64()), R"([[1, 11, "x"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::int32()), R"([[1, 11, "x"]])");
}

TEST_P(MergeSchemas, ARequiredColumnBecomesOptionalForNullWhereItIsThatElsewhere) {
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int32(), false),
                         R"([[1, 10, "x"], [2, 20, "y"]])", "a.parquet"));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int32()), R"([[4, 1, "w"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::int32()),
                         R"([[2, null, "y"], [5, null, "n"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::int32()),
             R"([[1, 10, "x"], [2, null, "y"]])");
  ExpectRows("merge-000001-00000.parquet", Schema(arrow::int64(), arrow::int32()),
             R"([[5, null, "n"]])");
}

TEST_P(MergeSchemas, TheFootersOfARetypedColumnAgree) {
  WriteSpec without;
  without.store_schema = false;
  without.sorting_columns = {{0, false}, {2, false}};
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int32()), R"([[1, -10, "x"]])",
                         "a.parquet", without));
  const auto id = arrow::key_value_metadata({"PARQUET:field_id"}, {"7"});
  const auto with_id =
      arrow::schema({field("id", arrow::int64()), field("note", arrow::int32(), true, id),
                     field("v", arrow::utf8())});
  WriteSpec with;
  with.page_index = true;
  with.key_value_metadata = {{"origin", "b"}};
  ASSERT_OK(room_.Target(with_id, R"([[2, -10, "x"]])", "b.parquet", with));
  ASSERT_OK(room_.Target(Schema(arrow::int64(), arrow::int64()), R"([[4, 1, "w"]])",
                         "c.parquet"));
  ASSERT_OK(room_.Source(Schema(arrow::int64(), arrow::int64()),
                         R"([[1, 5000000000, "x"], [2, 6000000000, "x"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  ExpectRows("a.parquet", Schema(arrow::int64(), arrow::int64()),
             R"([[1, 5000000000, "x"]])");
  const auto reader = parquet::ParquetFileReader::OpenFile(Result("b.parquet"));
  const auto* const node = reader->metadata()->schema()->group_node()->field(1).get();
  EXPECT_EQ(node->field_id(), 7);
  EXPECT_EQ(static_cast<const parquet::schema::PrimitiveNode*>(node)->physical_type(),
            parquet::Type::INT64);
  EXPECT_TRUE(reader->metadata()->key_value_metadata()->Contains("origin"));
  EXPECT_TRUE(reader->metadata()->RowGroup(0)->ColumnChunk(1)->GetOffsetIndexLocation());
}

INSTANTIATE_TEST_SUITE_P(Engines, MergeSchemas,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeSchemas, EmptyListsGoIntoAColumnOfListsThatHasNoValues) {
  const auto lists = [](const std::shared_ptr<arrow::DataType>& element) {
    return Schema(arrow::int64(), arrow::list(element));
  };
  ASSERT_OK(room_.Target(lists(arrow::null()), R"([[1, [], "x"], [2, null, "y"]])"));
  ASSERT_OK(room_.Source(lists(arrow::utf8()), R"([[1, [], "X"], [2, [], "y"]])"));
  ASSERT_OK(room_.Run(Options(MergeStrategy::kUpsert)));
  ExpectRows("a.parquet", lists(arrow::null()), R"([[1, [], "X"], [2, [], "y"]])");
}

// What can be read is never skipped, whatever becomes of its column.
TEST_P(MergeSchemas, ATimeThatTheColumnsNewTypeCannotHoldIsNoDamage) {
  const auto times = [](arrow::TimeUnit::type unit) {
    return Schema(arrow::int64(), arrow::timestamp(unit));
  };
  ASSERT_OK(room_.Target(times(arrow::TimeUnit::MILLI),
                         R"([[1, "2024-01-01", "x"], [9, "9999-12-31", "y"]])",
                         "a.parquet", {.row_group_rows = 1}));
  ASSERT_OK(room_.Target(times(arrow::TimeUnit::NANO), R"([[2, "2024-01-01", "z"]])",
                         "b.parquet"));
  ASSERT_OK(room_.Source(times(arrow::TimeUnit::NANO),
                         R"([[1, "2024-01-01 00:00:00.000000001", "x"]])"));
  MergeOptions options = Options(MergeStrategy::kUpsert);
  options.on_error = OnError::kSkip;
  const auto merged = Merge(options, MergeRoom::Context());
  EXPECT_ERROR_KIND(merged, ErrorKind::kSchemaMismatch);
  EXPECT_FALSE(std::filesystem::exists(room_.result()));
}

}  // namespace
}  // namespace planish
