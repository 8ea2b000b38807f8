// SPDX-License-Identifier: Apache-2.0
#include "dataset/schema_union.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow/util/key_value_metadata.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using arrow::field;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const auto kId = field("id", arrow::int32());
const auto kName = field("name", arrow::utf8());

TEST(SchemaUnionTest, TakesTheFirstFilesOrderOfColumns) {
  SchemaUnion schemas(MissingColumns::kError, {field("year", arrow::int64())});
  ASSERT_OK(schemas.Add("a", arrow::schema({kName, kId})));
  ASSERT_OK(schemas.Add("b", arrow::schema({field("id", arrow::int64()), kName})));
  ASSERT_OK_AND_ASSIGN(auto schema, schemas.Finish());
  EXPECT_EQ(schema->ToString(), "name: string\nid: int64\nyear: int64");
  EXPECT_THAT(schemas.Mappings()[0], ElementsAre(0, 1));
  EXPECT_THAT(schemas.Mappings()[1], ElementsAre(1, 0));
}

TEST(SchemaUnionTest, FilesOfOneSchemaShareIt) {
  SchemaUnion schemas(MissingColumns::kError, {});
  const auto metadata = arrow::key_value_metadata({"pandas"}, {"rows 1 to 7"});
  EXPECT_EQ(*schemas.Add("a", arrow::schema({kId})), 0);
  EXPECT_EQ(*schemas.Add("b", arrow::schema({field("id", arrow::int64())})), 1);
  EXPECT_EQ(*schemas.Add("c", arrow::schema({kId}, metadata)), 0);
  EXPECT_EQ(schemas.Mappings().size(), 2);
}

TEST(SchemaUnionTest, AMissingColumnIsAConflictThatNamesBothFiles) {
  SchemaUnion schemas(MissingColumns::kError, {});
  for (const char* path : {"a", "b"})
    ASSERT_OK(schemas.Add(path, arrow::schema({kId, kName})));
  ASSERT_OK(schemas.Add("c", arrow::schema({kId})));
  ASSERT_OK_AND_ASSIGN(const auto schema, schemas.Finish());
  EXPECT_TRUE(schema->field(1)->Equals(*kName));
  ASSERT_EQ(schemas.conflicts().size(), 1);
  const ColumnConflict& conflict = schemas.conflicts().front();
  ASSERT_EQ(conflict.types.size(), 2);
  EXPECT_EQ(conflict.types[1].type, "missing");
  EXPECT_EQ(conflict.types[1].file, "c");
  ASSERT_ERROR_KIND(conflict.error, ErrorKind::kMissingColumn);
  EXPECT_EQ(
      FormatError(conflict.error),
      "column is not in every file: name\n"
      "  file:       c\n"
      "  has:        id\n"
      "  without it: 1 of 3 files\n"
      "  with it:    2 of 3 files, such as a\n"
      "\n"
      "hint: set `missing_columns=null` to take it for null there, leave these files "
      "out, or give a key and an order without this column");
}

TEST(SchemaUnionTest, AMissingColumnMayBeNull) {
  SchemaUnion schemas(MissingColumns::kNull, {});
  const auto required = field("id", arrow::int32(), /*nullable=*/false);
  ASSERT_OK(schemas.Add("a", arrow::schema({required})));
  ASSERT_OK(schemas.Add("b", arrow::schema({kName})));
  ASSERT_OK(schemas.Add("c", arrow::schema({kName, required})));
  ASSERT_OK_AND_ASSIGN(auto schema, schemas.Finish());
  EXPECT_EQ(schema->ToString(), "id: int32\nname: string");
  const auto mappings = schemas.Mappings();
  EXPECT_THAT(mappings[0], ElementsAre(0, -1));
  EXPECT_THAT(mappings[1], ElementsAre(-1, 0));
  EXPECT_THAT(mappings[2], ElementsAre(1, 0));
}

TEST(SchemaUnionTest, AColumnIsRequiredOnlyIfAllFilesSaySo) {
  SchemaUnion schemas(MissingColumns::kError, {});
  const auto required = field("id", arrow::int32(), /*nullable=*/false);
  ASSERT_OK(schemas.Add("a", arrow::schema({required})));
  ASSERT_OK_AND_ASSIGN(auto one, schemas.Finish());
  EXPECT_FALSE(one->field(0)->nullable());
  ASSERT_OK(schemas.Add("b", arrow::schema({kId})));
  ASSERT_OK_AND_ASSIGN(auto both, schemas.Finish());
  EXPECT_TRUE(both->field(0)->nullable());
}

TEST(SchemaUnionTest, AColumnWithoutACommonTypeIsAConflictThatNamesFiles) {
  SchemaUnion schemas(MissingColumns::kError, {});
  ASSERT_OK(schemas.Add("a", arrow::schema({kName, kId})));
  ASSERT_OK(schemas.Add("b", arrow::schema({kName, field("id", arrow::int64())})));
  ASSERT_OK(schemas.Add("c", arrow::schema({kName, field("id", arrow::float64())})));
  ASSERT_OK(schemas.Add("d", arrow::schema({kName, field("id", arrow::int64())})));
  ASSERT_OK_AND_ASSIGN(auto schema, schemas.Finish());
  EXPECT_EQ(schema->ToString(), "name: string\nid: int32");
  ASSERT_EQ(schemas.conflicts().size(), 1u);
  const ColumnConflict& conflict = schemas.conflicts().front();
  EXPECT_EQ(conflict.column, 1);
  ASSERT_EQ(conflict.types.size(), 3u);
  EXPECT_EQ(conflict.types[1].type, "int64");
  EXPECT_EQ(conflict.types[1].files, 2);
  EXPECT_EQ(conflict.types[1].file, "b");
  ASSERT_ERROR_KIND(conflict.error, ErrorKind::kSchemaMismatch);
  EXPECT_THAT(FormatError(conflict.error),
              AllOf(HasSubstr("files disagree on the type of a column: id"),
                    HasSubstr("double in c"), HasSubstr("int64 in b")));
}

TEST(SchemaUnionTest, WhetherTypesAgreeDoesNotDependOnTheOrderOfFiles) {
  arrow::DataTypeVector types = {arrow::float64(), arrow::int32(), arrow::uint32()};
  std::ranges::sort(types, {}, [](const auto& type) { return type->id(); });
  do {
    SchemaUnion schemas(MissingColumns::kError, {});
    for (const auto& type : types) {
      ASSERT_OK(schemas.Add(type->ToString(), arrow::schema({field("x", type)})));
    }
    ASSERT_OK_AND_ASSIGN(auto schema, schemas.Finish());
    EXPECT_EQ(schema->ToString(), "x: double");
  } while (std::ranges::next_permutation(types, {}, [](const auto& type) {
             return type->id();
           }).found);
}

TEST(SchemaUnionTest, TwoColumnsOfOneNameAreAnError) {
  SchemaUnion schemas(MissingColumns::kError, {});
  auto added = schemas.Add("a.parquet", arrow::schema({kId, kName, kId}));
  ASSERT_ERROR_KIND(added, ErrorKind::kSchemaMismatch);
  EXPECT_THAT(added.status().ToString(),
              AllOf(HasSubstr(": id"), HasSubstr("a.parquet")));
}

TEST(SchemaUnionTest, APartitionColumnInAFileIsNoDataColumn) {
  SchemaUnion schemas(MissingColumns::kError, {field("year", arrow::int64())});
  ASSERT_OK(schemas.Add("a", arrow::schema({field("year", arrow::int32()), kId})));
  ASSERT_OK(schemas.Add("b", arrow::schema({kId})));
  EXPECT_TRUE(schemas.StoredHiveColumn(0)->type()->Equals(arrow::int32()));
  ASSERT_OK_AND_ASSIGN(auto schema, schemas.Finish());
  EXPECT_EQ(schema->ToString(), "id: int32\nyear: int64");
  EXPECT_THAT(schemas.Mappings()[0], ElementsAre(1));
  EXPECT_THAT(schemas.HiveMappings()[0], ElementsAre(0));
  EXPECT_THAT(schemas.HiveMappings()[1], ElementsAre(-1));
}

TEST(SchemaUnionTest, TheOrderOfFilesWithAPartitionColumnDoesNotMatter) {
  std::vector<std::shared_ptr<arrow::DataType>> types = {arrow::int32(), arrow::uint32(),
                                                         arrow::float64()};
  std::ranges::sort(types, {}, [](const auto& type) { return type->id(); });
  do {
    SchemaUnion schemas(MissingColumns::kError, {field("year", arrow::int64())});
    for (const auto& type : types) {
      ASSERT_OK(schemas.Add(type->ToString(), arrow::schema({field("year", type)})));
    }
    const auto stored = schemas.StoredHiveColumn(0);
    ASSERT_NE(stored, nullptr);
    EXPECT_TRUE(stored->type()->Equals(arrow::float64()));
  } while (std::ranges::next_permutation(types, {}, [](const auto& type) {
             return type->id();
           }).found);
}

}  // namespace
}  // namespace planish
