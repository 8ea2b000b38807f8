// SPDX-License-Identifier: Apache-2.0
// Page indexes and bloom filters must still find values after they have moved.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/api.h"
#include "arrow/buffer.h"
#include "arrow/io/memory.h"
#include "format/file_splicer.h"
#include "parquet/bloom_filter.h"
#include "parquet/bloom_filter_reader.h"
#include "parquet/column_reader.h"
#include "parquet/file_reader.h"
#include "parquet/page_index.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr char kCorpus[] = "/usr/share/apache/parquet-testing/data/";

// A file in memory with Arrow's reader on it.
struct Opened {
  explicit Opened(std::string bytes)
      : input(std::move(bytes)),
        reader(parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(
            arrow::Buffer::FromString(input.bytes())))) {}

  std::shared_ptr<parquet::OffsetIndex> OffsetIndex(int row_group, int leaf) {
    return reader->GetPageIndexReader()->RowGroup(row_group)->GetOffsetIndex(leaf);
  }
  std::shared_ptr<parquet::ColumnIndex> ColumnIndex(int row_group, int leaf) {
    return reader->GetPageIndexReader()->RowGroup(row_group)->GetColumnIndex(leaf);
  }
  std::unique_ptr<parquet::BloomFilter> BloomFilter(int row_group, int leaf) {
    auto row_group_reader = reader->GetBloomFilterReader().RowGroup(row_group);
    return row_group_reader ? row_group_reader->GetColumnBloomFilter(leaf) : nullptr;
  }

  MemoryInput input;
  std::unique_ptr<parquet::ParquetFileReader> reader;
};

// Copies the row groups given; `left_out` is the number of indexes that must be.
std::string Splice(const std::string& bytes, const std::vector<int>& row_groups,
                   int64_t left_out = 0) {
  MemoryInput source(bytes);
  const Footer base = Footer::Read(source).ValueOrDie();
  MemoryOutput output;
  FileSplicer splicer = FileSplicer::Make(&output, &source, &base).ValueOrDie();
  for (const int row_group : row_groups) EXPECT_OK(splicer.CopyRowGroup(row_group));
  EXPECT_OK(splicer.Finish());
  EXPECT_EQ(splicer.indexes_left_out(), left_out);
  return output.bytes();
}

// Row groups of 1000 rows: int64 ids that ascend, and names of them. Small pages.
std::string IndexedFile(int64_t num_rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  for (int64_t i = 0; i < num_rows; ++i) {
    EXPECT_OK(ids.Append(3 * i));
    EXPECT_OK(names.Append("name " + std::to_string(i)));
  }
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64()),
                                        arrow::field("name", arrow::utf8())}),
                         {ids.Finish().ValueOrDie(), names.Finish().ValueOrDie()});
  WriteSpec spec;
  spec.row_group_rows = 1000;
  spec.data_page_bytes = 256;
  spec.write_batch_rows = 16;
  spec.page_index = true;
  spec.dictionary = false;
  spec.column_dictionary["name"] = true;
  if (BloomFiltersWritable()) spec.bloom_filter_columns = {"id", "name"};
  const TempDir directory;
  EXPECT_OK(WriteParquet(table, directory / "indexed.parquet", spec));
  return ReadFileBytes(directory / "indexed.parquet").ValueOrDie();
}

// Every page that the new index names holds what the same page of the old one held.
void ExpectSamePages(Opened& source, int source_row_group, Opened& spliced,
                     int row_group) {
  for (int leaf = 0; leaf < source.reader->metadata()->num_columns(); ++leaf) {
    const auto expected = source.OffsetIndex(source_row_group, leaf);
    const auto actual = spliced.OffsetIndex(row_group, leaf);
    ASSERT_EQ(expected == nullptr, actual == nullptr);
    if (!expected) continue;
    const auto& old_pages = expected->page_locations();
    const auto& new_pages = actual->page_locations();
    ASSERT_EQ(old_pages.size(), new_pages.size());
    for (size_t i = 0; i < old_pages.size(); ++i) {
      EXPECT_EQ(old_pages[i].first_row_index, new_pages[i].first_row_index);
      ASSERT_EQ(old_pages[i].compressed_page_size, new_pages[i].compressed_page_size);
      EXPECT_EQ(
          source.input.Range(old_pages[i].offset, old_pages[i].compressed_page_size),
          spliced.input.Range(new_pages[i].offset, new_pages[i].compressed_page_size));
    }
    const auto old_index = source.ColumnIndex(source_row_group, leaf);
    const auto new_index = spliced.ColumnIndex(row_group, leaf);
    ASSERT_EQ(old_index == nullptr, new_index == nullptr);
    if (!old_index) continue;
    EXPECT_EQ(old_index->null_pages(), new_index->null_pages());
    EXPECT_EQ(old_index->encoded_min_values(), new_index->encoded_min_values());
    EXPECT_EQ(old_index->encoded_max_values(), new_index->encoded_max_values());
  }
}

TEST(FileSplicerIndexTest, LeadsToTheSamePages) {
  Opened source(IndexedFile(5000));
  Opened spliced(Splice(source.input.bytes(), {1, 3, 4}));
  ExpectSamePages(source, 1, spliced, 0);
  ExpectSamePages(source, 3, spliced, 1);
  ExpectSamePages(source, 4, spliced, 2);
}

TEST(FileSplicerIndexTest, LeadsToTheSamePagesInFilesOfOtherWriters) {
  for (const char* name :
       {"alltypes_tiny_pages.parquet", "binary_truncated_min_max.parquet",
        "int32_with_null_pages.parquet", "map_no_value.parquet",
        "data_index_bloom_encoding_with_length.parquet"}) {
    const std::string file = std::string(kCorpus) + name;
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(file));
    Opened source(bytes);
    // Twice, so that the second copy has moved by a row group's size.
    Opened spliced(Splice(bytes, {0, 0}));
    ExpectSamePages(source, 0, spliced, 0);
    ExpectSamePages(source, 0, spliced, 1);
  }
}

TEST(FileSplicerIndexTest, FindsTheRowOfAValue) {
  Opened spliced(Splice(IndexedFile(5000), {1, 3}));
  const int64_t value = 3 * 3456;  // in source row group 3
  const auto index =
      std::static_pointer_cast<parquet::Int64ColumnIndex>(spliced.ColumnIndex(1, 0));
  ASSERT_NE(index, nullptr);
  const auto& max_values = index->max_values();
  ASSERT_GT(max_values.size(), 10u);
  const auto page =
      std::lower_bound(max_values.begin(), max_values.end(), value) - max_values.begin();
  ASSERT_LE(index->min_values()[page], value);
  const parquet::PageLocation location =
      spliced.OffsetIndex(1, 0)->page_locations()[page];
  const auto column = std::static_pointer_cast<parquet::Int64Reader>(
      spliced.reader->RowGroup(1)->Column(0));
  std::vector<int64_t> values(1000);
  std::vector<int16_t> levels(1000);
  int64_t num_values = 0;
  int64_t total = 0;
  while (total < 1000 && column->HasNext()) {
    column->ReadBatch(1000 - total, levels.data(), nullptr, values.data() + total,
                      &num_values);
    total += num_values;
  }
  EXPECT_EQ(total, 1000);
  EXPECT_EQ(values[location.first_row_index], index->min_values()[page]);
  EXPECT_EQ(values[456], value);
}

TEST(FileSplicerIndexTest, KeepsBloomFiltersThatFindTheirValues) {
  if (!BloomFiltersWritable()) GTEST_SKIP() << "this Arrow does not write bloom filters";
  Opened spliced(Splice(IndexedFile(5000), {1, 3}));
  for (const int row_group : {0, 1}) {
    const auto filter = spliced.BloomFilter(row_group, 0);
    ASSERT_NE(filter, nullptr);
    const int64_t first = row_group == 0 ? 1000 : 3000;
    int found_elsewhere = 0;
    for (int64_t i = 0; i < 1000; ++i) {
      EXPECT_TRUE(filter->FindHash(filter->Hash(3 * (first + i))));
      found_elsewhere += filter->FindHash(filter->Hash(3 * (first + i) + 1));
    }
    EXPECT_LT(found_elsewhere, 200);
  }
}

TEST(FileSplicerIndexTest, KeepsBloomFiltersOfOtherWritersWithAndWithoutTheirLength) {
  for (const char* name : {"data_index_bloom_encoding_stats.parquet",
                           "data_index_bloom_encoding_with_length.parquet"}) {
    const std::string file = std::string(kCorpus) + name;
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(file));
    Opened spliced(Splice(bytes, {0, 0}));
    for (const int row_group : {0, 1}) {
      const auto filter = spliced.BloomFilter(row_group, 0);
      ASSERT_NE(filter, nullptr);
      const parquet::ByteArray there("Hello"), not_there("Hello, nobody");
      EXPECT_TRUE(filter->FindHash(filter->Hash(&there)));
      EXPECT_FALSE(filter->FindHash(filter->Hash(&not_there)));
    }
  }
}

// A file of one chunk of 100 bytes, pages of 50 bytes, and indexes that a test may
// damage.
struct IndexedSample {
  std::string offset_index = std::string(
      "\x19\x2C\x16\xC8\x01\x15\x64\x16\x00\x00"
      "\x16\xAC\x02\x15\x64\x16\x02\x00\x00",
      19);
  std::string column_index = std::string("\x19\x21\x01\x02\x00", 5);
  std::string bloom_filter = std::string("\x15\x40\x00", 3) + std::string(32, 'b');
  int32_t bloom_filter_length = 35;

  std::string File() const {
    std::string data(1000, 'x');
    data.replace(296, offset_index.size(), offset_index);
    data.replace(396, column_index.size(), column_index);
    data.replace(496, bloom_filter.size(), bloom_filter);
    FooterSample sample;
    sample.row_groups[0].chunks[0] = {
        .compressed_size = 100,
        .data_page = 100,
        .bloom_filter = 500,
        .bloom_filter_length = bloom_filter_length,
        .offset_index = 300,
        .column_index = 400,
        .offset_index_length = static_cast<int32_t>(offset_index.size()),
        .column_index_length = static_cast<int32_t>(column_index.size())};
    return FileWith(data, sample.Serialize());
  }
};

ColumnChunkLayout LayoutAfterSplicing(const IndexedSample& sample, int64_t left_out) {
  MemoryInput spliced(Splice(sample.File(), {0}, left_out));
  return Footer::Read(spliced).ValueOrDie().ColumnChunks(0).ValueOrDie()[0];
}

TEST(FileSplicerIndexTest, StandsInTheOrderBloomFiltersColumnIndexesOffsetIndexes) {
  const ColumnChunkLayout layout = LayoutAfterSplicing({}, 0);
  EXPECT_EQ(layout.bloom_filter_offset, 104);
  EXPECT_EQ(layout.bloom_filter_length, 35);
  EXPECT_EQ(layout.column_index_offset, 139);
  EXPECT_EQ(layout.column_index_length, 5);
  EXPECT_EQ(layout.offset_index_offset, 144);
  EXPECT_EQ(layout.offset_index_length, 17);  // smaller offsets take fewer bytes
}

TEST(FileSplicerIndexTest, LeavesOutAPageIndexThatDoesNotFitItsChunk) {
  IndexedSample elsewhere;  // its first page begins before the chunk
  elsewhere.offset_index[3] = '\x46';
  IndexedSample too_long;  // its second page ends behind the chunk
  too_long.offset_index[14] = '\x66';
  IndexedSample damaged;
  damaged.offset_index[0] = '\x1E';
  IndexedSample other_pages;  // three pages where the offset index has two
  other_pages.column_index = std::string("\x19\x31\x01\x02\x02\x00", 6);
  for (const IndexedSample& sample : {elsewhere, too_long, damaged, other_pages}) {
    const ColumnChunkLayout layout = LayoutAfterSplicing(sample, 2);
    EXPECT_EQ(layout.offset_index_offset, -1);
    EXPECT_EQ(layout.column_index_offset, -1);
    EXPECT_EQ(layout.bloom_filter_length, 35);
  }
}

TEST(FileSplicerIndexTest, LeavesOutABloomFilterThatContradictsItself) {
  IndexedSample other_length;
  other_length.bloom_filter_length = 34;
  IndexedSample damaged;
  damaged.bloom_filter[0] = '\x1E';
  for (const IndexedSample& sample : {other_length, damaged}) {
    const ColumnChunkLayout layout = LayoutAfterSplicing(sample, 1);
    EXPECT_EQ(layout.bloom_filter_offset, -1);
    EXPECT_GT(layout.offset_index_offset, 0);
  }
}

}  // namespace
}  // namespace planish
