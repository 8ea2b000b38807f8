// SPDX-License-Identifier: Apache-2.0
#include "format/metadata_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "format/declared_columns.h"
#include "format/thrift_compact.h"
#include "support/arrow_assertions.h"
#include "support/file_tree.h"
#include "support/metadata_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using testing::ElementsAre;

/// Two files and a `_metadata` of both.
class MetadataFileTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("a.parquet", Plain(), R"([[1, "one"], [2, "two"], [3, "three"]])");
    Write("p=1/b.parquet", Plain(), R"([[4, "four"]])");
    ASSERT_OK(WriteMetadataFile(dir_.path(), {"a.parquet", "p=1/b.parquet"}));
  }

  static std::shared_ptr<arrow::Schema> Plain() {
    return arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  }

  void Write(const std::string& name, const std::shared_ptr<arrow::Schema>& schema,
             const std::string& rows) {
    WriteSpec spec;
    spec.row_group_rows = 2;
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(*table, dir_ / name, spec));
  }

  MetadataFile ReadMetadata() const {
    const auto input = LocalFileSystem()->OpenInput(dir_ / "_metadata").ValueOrDie();
    return MetadataFile::Read(*input).ValueOrDie();
  }

  Footer FooterOf(const std::string& name) const {
    const auto input = LocalFileSystem()->OpenInput(dir_ / name).ValueOrDie();
    return Footer::Read(*input).ValueOrDie();
  }

  /// As Arrow reads what a builder has made.
  std::vector<std::string> RowGroupsIn(const MetadataFileBuilder& builder) const {
    const std::string path = dir_ / "made/_metadata";
    WriteTextFile(path, builder.Finish().ValueOrDie());
    return ReadMetadataFile(path).ValueOrDie();
  }

  TempDir dir_;
};

TEST_F(MetadataFileTest, TellsWhichFilesItDescribesAndWhetherThatIsTrue) {
  const MetadataFile metadata = ReadMetadata();
  EXPECT_THAT(metadata.files(), ElementsAre("a.parquet", "p=1/b.parquet"));
  EXPECT_EQ(metadata.Describes("a.parquet", FooterOf("a.parquet")).ValueOrDie(), true);
  EXPECT_EQ(metadata.Describes("p=1/b.parquet", FooterOf("p=1/b.parquet")).ValueOrDie(),
            true);
  EXPECT_EQ(metadata.Describes("a.parquet", FooterOf("p=1/b.parquet")).ValueOrDie(),
            false);
}

TEST_F(MetadataFileTest, SeesOtherStatisticsOfAFileOfTheSameShape) {
  Write("a.parquet", Plain(), R"([[1, "one"], [2, "two"], [4, "three"]])");
  EXPECT_EQ(ReadMetadata().Describes("a.parquet", FooterOf("a.parquet")).ValueOrDie(),
            false);
}

TEST_F(MetadataFileTest, IsMadeAnewOfWhatStaysAndOfNewFooters) {
  const MetadataFile metadata = ReadMetadata();
  MetadataFileBuilder builder(&metadata);
  Write("c.parquet", Plain(), R"([[5, "five"], [6, "six"], [7, "seven"]])");
  ASSERT_OK(builder.Keep("p=1/b.parquet"));
  ASSERT_OK(builder.Add("c.parquet", FooterOf("c.parquet")));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       RowGroupsOfFiles(dir_.path(), {"p=1/b.parquet", "c.parquet"}));
  EXPECT_EQ(RowGroupsIn(builder), expected);
}

TEST_F(MetadataFileTest, IsTheSameBytesIfEverythingStays) {
  const MetadataFile metadata = ReadMetadata();
  MetadataFileBuilder builder(&metadata);
  ASSERT_OK(builder.Keep("a.parquet"));
  ASSERT_OK(builder.Keep("p=1/b.parquet"));
  EXPECT_EQ(builder.Finish().ValueOrDie(), ReadTextFile(dir_ / "_metadata"));
}

TEST_F(MetadataFileTest, KeepsFieldsThatPlanishDoesNotKnow) {
  const std::string whole = ReadTextFile(dir_ / "_metadata");
  std::string fields = whole.substr(4, whole.size() - 13);
  // A field behind the last one, of a number that Parquet has not: 0x8 is a binary.
  const std::string unknown = std::string("\x08\xC8\x01\x07unknown", 11);
  std::string length;
  fields += unknown + '\0';
  for (int shift = 0; shift < 32; shift += 8) {
    length += static_cast<char>(fields.size() >> shift);
  }
  WriteTextFile(dir_ / "_metadata", "PAR1" + fields + length + "PAR1");
  const MetadataFile metadata = ReadMetadata();
  MetadataFileBuilder builder(&metadata);
  ASSERT_OK(builder.Keep("a.parquet"));
  ASSERT_OK_AND_ASSIGN(const std::string made, builder.Finish());
  EXPECT_NE(made.find("unknown"), std::string::npos);
  EXPECT_THAT(RowGroupsIn(builder), testing::SizeIs(2));
}

TEST_F(MetadataFileTest, TakesTheSchemaOfAFooter) {
  const MetadataFile metadata = ReadMetadata();
  MetadataFileBuilder builder(&metadata);
  const auto wider = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8()),
       arrow::field("took", arrow::duration(arrow::TimeUnit::MICRO))});
  Write("c.parquet", wider, R"([[5, "five", 1]])");
  const Footer footer = FooterOf("c.parquet");
  builder.SetSchema(&footer);
  ASSERT_OK(builder.Add("c.parquet", footer));
  EXPECT_THAT(RowGroupsIn(builder), testing::SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto names, ReadLeafColumns(dir_ / "made/_metadata"));
  EXPECT_THAT(names, ElementsAre("id", "text", "took"));
}

TEST_F(MetadataFileTest, IsNotAFileWithData) {
  ASSERT_OK_AND_ASSIGN(const auto input,
                       LocalFileSystem()->OpenInput(dir_ / "a.parquet"));
  EXPECT_ERROR_KIND(MetadataFile::Read(*input), ErrorKind::kUnsupported);
}

TEST_F(MetadataFileTest, ColumnsAreTheSameIfReadersTakeThemForTheSame) {
  const auto columns = [&](const std::shared_ptr<arrow::Schema>& schema) {
    Write("c.parquet", schema, "[]");
    return FooterOf("c.parquet");
  };
  const Footer plain = columns(Plain());
  ASSERT_OK_AND_ASSIGN(const auto declared, DeclaredColumns::Of(plain.bytes()));
  const auto compare = [&](const arrow::FieldVector& fields, bool same, bool covered) {
    const Footer footer = columns(arrow::schema(fields));
    ASSERT_OK_AND_ASSIGN(const auto other, DeclaredColumns::Of(footer.bytes()));
    EXPECT_EQ(declared.SameAs(other).ValueOrDie(), same)
        << arrow::schema(fields)->ToString();
    EXPECT_EQ(declared.Cover(other).ValueOrDie(), covered);
  };
  const auto id = arrow::field("id", arrow::int64());
  const auto text = arrow::field("text", arrow::utf8());
  compare({id, text}, true, true);
  compare({id, arrow::field("text", arrow::large_utf8())}, true, true);
  compare({text, id}, false, true);
  compare({id}, false, true);
  compare({id, arrow::field("text", arrow::binary())}, false, false);
  compare({arrow::field("id", arrow::int64(), false), text}, false, false);
  compare({arrow::field("id", arrow::int32()), text}, false, false);
  compare({id, text, arrow::field("more", arrow::null())}, false, false);
}

}  // namespace
}  // namespace planish
