// SPDX-License-Identifier: Apache-2.0
#include "format/column_patcher.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/array/util.h"
#include "base/arrow_casts.h"
#include "format/file_splicer.h"
#include "io/file_system.h"
#include "parquet/bloom_filter.h"
#include "parquet/bloom_filter_reader.h"
#include "parquet/file_reader.h"
#include "parquet/statistics.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using arrow::field;

/// A file of one row group, of which one column is patched and the others are copied.
class ColumnPatcherTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_OK(RegisterCasts()); }

  void Patch(const std::shared_ptr<arrow::Schema>& schema, const std::string& rows,
             const WriteSpec& spec, int column, const std::vector<int64_t>& patched,
             const std::string& values, const std::vector<int64_t>& dropped_rows,
             const std::string& expected) {
    ASSERT_OK_AND_ASSIGN(const auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(table, directory_ / "in.parquet", spec));
    ASSERT_OK_AND_ASSIGN(auto input,
                         LocalFileSystem()->OpenInput(directory_ / "in.parquet"));
    ASSERT_OK_AND_ASSIGN(const auto file,
                         ParquetFile::Open(input, arrow::default_memory_pool()));
    ASSERT_OK_AND_ASSIGN(const auto news,
                         TableFromJson(arrow::schema({schema->field(column)}), values));
    RowBitmap dropped(table->num_rows());
    for (const int64_t row : dropped_rows) dropped.Add(row);
    const RowBitmapSlice slice{&dropped, 0, table->num_rows()};
    ColumnPatch patch;
    patch.rows = patched;
    ASSERT_OK_AND_ASSIGN(const auto batch, news->CombineChunksToBatch());
    patch.values = batch->column(0);
    ASSERT_OK_AND_ASSIGN(auto chunks, PatchColumn(*file, 0, column, patch, slice, {},
                                                  arrow::default_memory_pool()));
    ASSERT_OK_AND_ASSIGN(auto output,
                         LocalFileSystem()->CreateOutput(directory_ / "out.parquet"));
    ASSERT_OK_AND_ASSIGN(FileSplicer splicer,
                         FileSplicer::Make(output.get(), input.get(), &file->footer()));
    ASSERT_OK(splicer.BeginRowGroup(0, table->num_rows() - dropped.Count()));
    const std::vector<int> leaves = file->LeavesOf(column);
    for (int leaf = 0; leaf < file->num_leaf_columns(); ++leaf) {
      const bool is_patched = leaf >= leaves.front() && leaf <= leaves.back();
      if (is_patched) {
        ASSERT_OK(
            splicer.AppendChunk(chunks[static_cast<size_t>(leaf - leaves.front())]));
      } else if (dropped_rows.empty()) {
        ASSERT_OK(splicer.CopyChunk());
      } else {
        ASSERT_OK_AND_ASSIGN(const EncodedChunk chunk,
                             TranscodeColumnChunk(*file, 0, leaf, slice, {},
                                                  arrow::default_memory_pool()));
        ASSERT_OK(splicer.AppendChunk(chunk));
      }
    }
    ASSERT_OK(splicer.EndRowGroup());
    ASSERT_OK(splicer.Finish());
    ASSERT_OK(output->Close());
    ASSERT_OK_AND_ASSIGN(const auto result, ReadParquet(directory_ / "out.parquet"));
    ASSERT_OK_AND_ASSIGN(const auto wanted, TableFromJson(schema, expected));
    EXPECT_TRUE(TablesEqual(*wanted, *result));
  }

  std::unique_ptr<parquet::ParquetFileReader> Result() {
    return parquet::ParquetFileReader::OpenFile(directory_ / "out.parquet");
  }

  TempDir directory_;
};

TEST_F(ColumnPatcherTest, ReplacesValuesAndLeavesOutRows) {
  const auto schema =
      arrow::schema({field("id", arrow::int64()), field("name", arrow::utf8())});
  Patch(schema, R"([[1, "a"], [2, null], [3, "c"], [4, "d"]])", {}, 1, {1, 3},
        R"([["B"], [null]])", {2}, R"([[1, "a"], [2, "B"], [4, null]])");
}

TEST_F(ColumnPatcherTest, NestedValues) {
  const auto nested =
      arrow::struct_({field("xs", arrow::list(arrow::struct_({field(
                                      "y", arrow::map(arrow::utf8(), arrow::int32()))}))),
                      field("s", arrow::utf8())});
  const auto schema = arrow::schema({field("p", nested), field("id", arrow::int64())});
  Patch(schema,
        R"([[[[[[["k", 1]]]], "a"], 1], [null, 2], [[[], null], 3], [[null, "d"], 4]])",
        {}, 0, {0, 2}, R"([[null], [[[[[["m", 2], ["n", null]]], null], "c"]]])", {},
        R"([[null, 1], [null, 2], [[[[[["m", 2], ["n", null]]], null], "c"], 3],
            [[null, "d"], 4]])");
}

TEST_F(ColumnPatcherTest, KeepsTheFormOfTheChunk) {
  WriteSpec spec;
  spec.codec = arrow::Compression::ZSTD;
  spec.page_index = true;
  spec.data_page_v2 = true;
  spec.column_dictionary["a"] = false;
  spec.encodings["a"] = parquet::Encoding::DELTA_BINARY_PACKED;
  const auto schema =
      arrow::schema({field("a", arrow::int64()), field("b", arrow::utf8())});
  Patch(schema, R"([[1, "x"], [2, "y"], [3, "x"]])", spec, 0, {1}, "[[-7]]", {},
        R"([[1, "x"], [-7, "y"], [3, "x"]])");
  const auto reader = Result();
  const auto chunk = reader->metadata()->RowGroup(0)->ColumnChunk(0);
  EXPECT_EQ(chunk->compression(), arrow::Compression::ZSTD);
  EXPECT_TRUE(chunk->GetOffsetIndexLocation().has_value());
  EXPECT_FALSE(chunk->has_dictionary_page());
  ASSERT_NE(chunk->statistics(), nullptr);
  EXPECT_EQ(static_cast<const parquet::Int64Statistics&>(*chunk->statistics()).min(), -7);
}

TEST_F(ColumnPatcherTest, WhatTheOldChunkSaysOfItsValuesGoesAndItsFilterIsMadeAnew) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "needs a newer Arrow";
  WriteSpec spec;
  spec.bloom_filter_columns = {"a", "b"};
  spec.sorting_columns = {{0, false}};
  const auto schema =
      arrow::schema({field("a", arrow::int64()), field("b", arrow::utf8())});
  const std::string rows = R"([[1, "x"], [2, "y"], [3, "x"]])";
  Patch(schema, rows, spec, 0, {1}, "[[9]]", {}, R"([[1, "x"], [9, "y"], [3, "x"]])");
  {
    const auto reader = Result();
    const auto group = reader->metadata()->RowGroup(0);
    EXPECT_TRUE(group->ColumnChunk(1)->bloom_filter_offset().has_value());
    const auto filter =
        reader->GetBloomFilterReader().RowGroup(0)->GetColumnBloomFilter(0);
    ASSERT_NE(filter, nullptr);
    for (const int64_t value : {1, 9, 3}) {
      EXPECT_TRUE(filter->FindHash(filter->Hash(value)));
    }
    EXPECT_TRUE(group->sorting_columns().empty());
  }
  // Another column may change without the rows getting out of order.
  std::filesystem::remove(directory_ / "out.parquet");
  Patch(schema, rows, spec, 1, {1}, R"([["z"]])", {},
        R"([[1, "x"], [2, "z"], [3, "x"]])");
  EXPECT_EQ(Result()->metadata()->RowGroup(0)->sorting_columns().size(), 1U);
}

TEST_F(ColumnPatcherTest, Int96StaysInt96) {
  WriteSpec spec;
  spec.int96 = true;
  const auto schema = arrow::schema(
      {field("t", arrow::timestamp(arrow::TimeUnit::NANO)), field("id", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(const auto table, TableFromJson(schema, "[[1, 1], [2, 2]]"));
  ASSERT_OK(WriteParquet(table, directory_ / "in.parquet", spec));
  ASSERT_OK_AND_ASSIGN(auto input,
                       LocalFileSystem()->OpenInput(directory_ / "in.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto file,
                       ParquetFile::Open(input, arrow::default_memory_pool()));
  RowBitmap dropped(2);
  ASSERT_OK_AND_ASSIGN(auto reader, file->ReadRowGroup(0, {0}, 10));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  // The second row takes the value of the first.
  ASSERT_OK_AND_ASSIGN(const auto chunks,
                       PatchColumn(*file, 0, 0, {{1}, batch->column(0)->Slice(0, 1)},
                                   {&dropped, 0, 2}, {}, arrow::default_memory_pool()));
  ASSERT_EQ(chunks.size(), 1U);
  ASSERT_OK_AND_ASSIGN(auto output,
                       LocalFileSystem()->CreateOutput(directory_ / "out.parquet"));
  ASSERT_OK_AND_ASSIGN(FileSplicer splicer,
                       FileSplicer::Make(output.get(), input.get(), &file->footer()));
  ASSERT_OK(splicer.BeginRowGroup(0, 2));
  ASSERT_OK(splicer.AppendChunk(chunks[0]));
  ASSERT_OK(splicer.CopyChunk());
  ASSERT_OK(splicer.EndRowGroup());
  ASSERT_OK(splicer.Finish());
  ASSERT_OK(output->Close());
  ASSERT_OK_AND_ASSIGN(const auto result, ReadParquet(directory_ / "out.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, "[[1, 1], [1, 2]]"));
  EXPECT_TRUE(TablesEqual(*expected, *result));
  EXPECT_EQ(Result()->metadata()->schema()->Column(0)->physical_type(),
            parquet::Type::INT96);
}

TEST_F(ColumnPatcherTest, NullForARequiredColumnIsRefused) {
  const auto required = arrow::schema({field("a", arrow::int64(), false)});
  ASSERT_OK_AND_ASSIGN(const auto table, TableFromJson(required, "[[1]]"));
  ASSERT_OK(WriteParquet(table, directory_ / "in.parquet"));
  ASSERT_OK_AND_ASSIGN(auto input,
                       LocalFileSystem()->OpenInput(directory_ / "in.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto file,
                       ParquetFile::Open(input, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(const auto null, arrow::MakeArrayOfNull(arrow::int64(), 1));
  const RowBitmap dropped(1);
  const auto chunks = PatchColumn(*file, 0, 0, {{0}, null}, {&dropped, 0, 1}, {},
                                  arrow::default_memory_pool());
  ASSERT_ERROR_KIND(chunks, ErrorKind::kSchemaMismatch);
  EXPECT_EQ(GetErrorDetail(chunks.status())->column, "a");
}

}  // namespace
}  // namespace planish
