// SPDX-License-Identifier: Apache-2.0
#include "format/table_rewriter.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "arrow/util/key_value_metadata.h"
#include "parquet/metadata.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"
#include "unit/format/transcoding.h"

namespace planish {
namespace {

bool EveryThird(int64_t row) {
  return row % 3 == 0;
}

class TableRewriterTest : public testing::Test {
 protected:
  std::string Write(const std::shared_ptr<arrow::Table>& table,
                    const WriteSpec& spec = {}) {
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  arrow::Result<std::string> Rewrite(
      const std::string& bytes, const IsDropped& is_dropped,
      const WriterOptions& options = {},
      arrow::MemoryPool* pool = arrow::default_memory_pool()) {
    ARROW_ASSIGN_OR_RAISE(auto file,
                          ParquetFile::Open(std::make_shared<MemoryInput>(bytes), pool));
    const int64_t num_rows = file->footer().num_rows();
    const RowBitmap dropped = DroppedRows(num_rows, is_dropped);
    MemoryOutput output;
    ARROW_ASSIGN_OR_RAISE(
        rows_written_,
        RewriteAsTables(*file, {}, {&dropped, 0, num_rows}, options, &output, pool));
    return output.bytes();
  }

  TempDir directory_;
  int64_t rows_written_ = -1;
};

std::shared_ptr<arrow::Table> Table(const std::shared_ptr<arrow::Schema>& schema,
                                    const std::string& json) {
  auto table = TableFromJson(schema, json);
  EXPECT_OK(table.status());
  return *table;
}

std::shared_ptr<arrow::Table> Numbers() {
  return Table(
      arrow::schema(
          {arrow::field("a", arrow::int64()), arrow::field("b", arrow::utf8())}),
      R"([[1, "x"], [2, null], [3, "y"], [4, "z"], [5, ""], [6, "w"], [7, "v"]])");
}

TEST_F(TableRewriterTest, LeavesOutTheDroppedRowsOfEveryType) {
  RandomSource random(4);
  for (int round = 0; round < 40; ++round) {
    const auto type = RandomType(&random);
    SCOPED_TRACE(type->ToString());
    std::vector<int> indexes;
    for (int i = 0; i < 50; ++i) indexes.push_back(random.Below(12));
    ASSERT_OK_AND_ASSIGN(const auto column, ColumnOfValues(type, indexes));
    WriteSpec spec;
    spec.row_group_rows = 20;
    const std::string bytes = Write(
        arrow::Table::Make(arrow::schema({arrow::field("c", type)}), {column}), spec);
    ASSERT_OK_AND_ASSIGN(const std::string rewritten, Rewrite(bytes, EveryThird));
    ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(bytes));
    ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, EveryThird));
    ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(rewritten));
    EXPECT_TRUE(TablesEqual(*expected, *actual));
    EXPECT_EQ(rows_written_, expected->num_rows());
  }
}

TEST_F(TableRewriterTest, MakesARowGroupOfEachThatKeepsRows) {
  WriteSpec spec;
  spec.row_group_rows = 2;
  ASSERT_OK_AND_ASSIGN(
      const std::string rewritten,
      Rewrite(Write(Numbers(), spec), [](int64_t row) { return row == 2 || row == 3; }));
  const auto metadata = ReadMetadata(rewritten);
  ASSERT_EQ(metadata->num_row_groups(), 3);
  EXPECT_EQ(metadata->RowGroup(0)->num_rows(), 2);
  EXPECT_EQ(metadata->RowGroup(1)->num_rows(), 2);
  EXPECT_EQ(metadata->RowGroup(2)->num_rows(), 1);
}

TEST_F(TableRewriterTest, KeepsTheSchemaWhenNoRowIsLeft) {
  ASSERT_OK_AND_ASSIGN(const std::string rewritten,
                       Rewrite(Write(Numbers()), [](int64_t) { return true; }));
  EXPECT_EQ(rows_written_, 0);
  ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(rewritten));
  EXPECT_TRUE(table->schema()->Equals(*Numbers()->schema(), /*check_metadata=*/false));
  EXPECT_EQ(table->num_rows(), 0);
}

TEST_F(TableRewriterTest, KeepsTheCodecOfEachColumnUnlessTold) {
  WriteSpec spec;
  spec.codec = arrow::Compression::ZSTD;
  spec.column_codecs["b"] = arrow::Compression::GZIP;
  const std::string bytes = Write(Numbers(), spec);
  ASSERT_OK_AND_ASSIGN(const std::string kept, Rewrite(bytes, EveryThird));
  EXPECT_EQ(ReadMetadata(kept)->RowGroup(0)->ColumnChunk(0)->compression(),
            arrow::Compression::ZSTD);
  EXPECT_EQ(ReadMetadata(kept)->RowGroup(0)->ColumnChunk(1)->compression(),
            arrow::Compression::GZIP);
  WriterOptions options;
  options.compression = "lz4";
  ASSERT_OK_AND_ASSIGN(const std::string told, Rewrite(bytes, EveryThird, options));
  for (int leaf = 0; leaf < 2; ++leaf) {
    EXPECT_EQ(ReadMetadata(told)->RowGroup(0)->ColumnChunk(leaf)->compression(),
              arrow::Compression::LZ4);
  }
}

TEST_F(TableRewriterTest,
       KeepsKeyValueMetadataAndWritesAnArrowSchemaOnlyWhereThereWasOne) {
  for (const bool store_schema : {true, false}) {
    WriteSpec spec;
    spec.store_schema = store_schema;
    spec.key_value_metadata = {{"origin", "sensor 7"}};
    ASSERT_OK_AND_ASSIGN(const std::string rewritten,
                         Rewrite(Write(Numbers(), spec), EveryThird));
    const auto entries = ReadMetadata(rewritten)->key_value_metadata();
    ASSERT_NE(entries, nullptr);
    EXPECT_EQ(entries->Get("origin").ValueOr(""), "sensor 7");
    EXPECT_EQ(entries->Contains("ARROW:schema"), store_schema);
  }
}

TEST_F(TableRewriterTest, KeepsDictionaryTypes) {
  const auto schema = arrow::schema(
      {arrow::field("a", arrow::dictionary(arrow::int32(), arrow::utf8()))});
  const std::string bytes = Write(Table(schema, R"([["x"], ["y"], [null], ["x"]])"));
  ASSERT_OK_AND_ASSIGN(const std::string rewritten, Rewrite(bytes, EveryThird));
  ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(rewritten));
  EXPECT_TRUE(table->schema()->Equals(*schema, /*check_metadata=*/false));
  EXPECT_EQ(table->num_rows(), 2);
}

TEST_F(TableRewriterTest, WritesTimestampsAsInt96WhereTheyWere) {
  WriteSpec spec;
  spec.int96 = true;
  const auto schema =
      arrow::schema({arrow::field("a", arrow::timestamp(arrow::TimeUnit::NANO))});
  const std::string bytes = Write(Table(schema, "[[1], [2], [3]]"), spec);
  ASSERT_OK_AND_ASSIGN(const std::string rewritten, Rewrite(bytes, EveryThird));
  EXPECT_EQ(ReadMetadata(rewritten)->schema()->Column(0)->physical_type(),
            parquet::Type::INT96);
}

TEST_F(TableRewriterTest, SaysWhereReadingFailed) {
  WriteSpec spec;
  spec.row_group_rows = 4;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  std::string bytes = Write(Numbers(), spec);
  MemoryInput input(bytes);
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
  ASSERT_OK_AND_ASSIGN(const auto chunks, footer.ColumnChunks(1));
  for (int64_t i = 0; i < chunks[0].data_length; ++i) {
    bytes[static_cast<size_t>(chunks[0].data_offset + i)] = '\0';
  }
  const auto result = Rewrite(bytes, EveryThird);
  ASSERT_ERROR_KIND(result.status(), ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(result.status())->row_group, 1);
  EXPECT_EQ(GetErrorDetail(result.status())->file, "memory.parquet");
}

TEST_F(TableRewriterTest, MemoryRefusedAnywhereIsAnErrorAndNothingWorse) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  for (int64_t i = 0; i < 20'000; ++i) {
    ASSERT_OK(ids.Append(i * 7919));
    ASSERT_OK(names.Append("name " + std::to_string(i)));
  }
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())});
  const std::string bytes =
      Write(arrow::Table::Make(schema, {*ids.Finish(), *names.Finish()}));
  int refused = 0;
  for (int64_t most = 10'000; most < 10'000'000; most += most / 6) {
    StingyPool pool;
    pool.SetMostInAll(most);
    const auto rewritten = Rewrite(bytes, EveryThird, {}, &pool);
    EXPECT_EQ(rewritten.ok(), pool.num_refusals() == 0) << most;
    if (rewritten.ok()) continue;
    ASSERT_ERROR_KIND(rewritten.status(), ErrorKind::kMemoryLimit);
    ++refused;
  }
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace planish
