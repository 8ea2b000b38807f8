// SPDX-License-Identifier: Apache-2.0
// What a transcoded column chunk takes over from its source beside its values.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/table.h"
#include "format/chunk_transcoder.h"
#include "parquet/column_page.h"
#include "parquet/column_reader.h"
#include "parquet/file_reader.h"
#include "parquet/page_index.h"
#include "parquet/properties.h"
#include "parquet/statistics.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/temp_dir.h"
#include "unit/format/transcoding.h"

namespace planish {
namespace {

bool EveryOther(int64_t row) {
  return row % 2 == 0;
}
bool OneInTen(int64_t row) {
  return row % 10 == 3;
}

std::unique_ptr<parquet::ParquetFileReader> OpenBytes(const std::string& bytes,
                                                      bool check_checksums = false) {
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(check_checksums);
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)),
      properties);
}

/// Data pages of a column chunk; the first of all counts if there is a dictionary.
struct PageCounts {
  int dictionary = 0, dictionary_entries = 0;
  int data_v1 = 0, data_v2 = 0;
  int64_t values = 0;
};

PageCounts CountPages(const std::string& bytes, int row_group = 0, int leaf = 0) {
  PageCounts counts;
  const auto file = OpenBytes(bytes);
  const auto pages = file->RowGroup(row_group)->GetColumnPageReader(leaf);
  while (const auto page = pages->NextPage()) {
    if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
      ++counts.dictionary;
      counts.dictionary_entries =
          static_cast<const parquet::DictionaryPage&>(*page).num_values();
      continue;
    }
    ++(page->type() == parquet::PageType::DATA_PAGE ? counts.data_v1 : counts.data_v2);
    counts.values += static_cast<const parquet::DataPage&>(*page).num_values();
  }
  return counts;
}

class InheritanceTest : public testing::Test {
 protected:
  std::string Write(const std::shared_ptr<arrow::Table>& table,
                    const WriteSpec& spec = {}) {
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  std::string Transcode(const std::string& bytes, const IsDropped& is_dropped,
                        const WriterOptions& options = {}) {
    auto result = TranscodeFile(bytes, is_dropped, options);
    EXPECT_OK(result.status());
    return result.ok() ? *result : std::string();
  }

  TempDir directory_;
};

/// Numbers 0, 1, 2, ...
std::shared_ptr<arrow::Table> Numbers(int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_OK(builder.Append(i));
  return arrow::Table::Make(
      arrow::schema({arrow::field("c", arrow::int64(), /*nullable=*/false)}),
      {builder.Finish().ValueOrDie()});
}

/// Different strings of `length` bytes.
std::shared_ptr<arrow::Table> LongStrings(int count, int length) {
  arrow::StringBuilder builder;
  for (int i = 0; i < count; ++i) {
    std::string text = std::to_string(i) + "-";
    text.resize(static_cast<size_t>(length), static_cast<char>('a' + i % 26));
    EXPECT_OK(builder.Append(text));
  }
  return arrow::Table::Make(arrow::schema({arrow::field("c", arrow::utf8())}),
                            {builder.Finish().ValueOrDie()});
}

WriteSpec SmallPages() {
  WriteSpec spec;
  spec.data_page_bytes = 400;
  spec.write_batch_rows = 50;
  return spec;
}

TEST_F(InheritanceTest, StatisticsAreThoseThatArrowWritesForTheRowsLeft) {
  for (const auto& type :
       {arrow::boolean(), arrow::int32(), arrow::uint32(), arrow::int64(),
        arrow::uint64(), arrow::float32(), arrow::float64(), arrow::utf8(),
        arrow::fixed_size_binary(4), arrow::decimal128(25, 2), arrow::date32(),
        arrow::list(arrow::float64())}) {
    SCOPED_TRACE(type->ToString());
    RandomSource random(5);
    std::vector<int> indexes;
    for (int i = 0; i < 300; ++i)
      indexes.push_back(random.OneIn(9) ? -1 : random.Below(90));
    ASSERT_OK_AND_ASSIGN(auto column, ColumnOfValues(type, indexes));
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("c", type)}), {std::move(column)});
    ASSERT_OK_AND_ASSIGN(const auto filtered, FilterTable(table, EveryOther));
    for (const bool dictionary : {true, false}) {
      WriteSpec spec = SmallPages();
      spec.dictionary = dictionary;
      const auto expected_file = ReadMetadata(Write(filtered, spec));
      const auto actual_file = ReadMetadata(Transcode(Write(table, spec), EveryOther));
      const auto expected = expected_file->RowGroup(0)->ColumnChunk(0)->statistics();
      const auto actual = actual_file->RowGroup(0)->ColumnChunk(0)->statistics();
      ASSERT_NE(actual, nullptr);
      EXPECT_EQ(actual->null_count(), expected->null_count());
      ASSERT_EQ(actual->HasMinMax(), expected->HasMinMax());
      EXPECT_EQ(actual->EncodeMin(), expected->EncodeMin());
      EXPECT_EQ(actual->EncodeMax(), expected->EncodeMax());
    }
  }
}

TEST_F(InheritanceTest, SizesAreThoseThatArrowWritesForTheRowsLeft) {
  const auto type = arrow::list(arrow::utf8());
  RandomSource random(6);
  std::vector<int> indexes;
  for (int i = 0; i < 300; ++i)
    indexes.push_back(random.OneIn(9) ? -1 : random.Below(90));
  ASSERT_OK_AND_ASSIGN(auto column, ColumnOfValues(type, indexes));
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("c", type)}), {std::move(column)});
  ASSERT_OK_AND_ASSIGN(const auto filtered, FilterTable(table, EveryOther));
  for (const bool dictionary : {true, false}) {
    WriteSpec spec;
    spec.dictionary = dictionary;
    const auto expected = ReadMetadata(Write(filtered, spec))
                              ->RowGroup(0)
                              ->ColumnChunk(0)
                              ->size_statistics();
    const auto actual = ReadMetadata(Transcode(Write(table, spec), EveryOther))
                            ->RowGroup(0)
                            ->ColumnChunk(0)
                            ->size_statistics();
    ASSERT_NE(actual, nullptr);
    EXPECT_EQ(actual->definition_level_histogram, expected->definition_level_histogram);
    EXPECT_EQ(actual->repetition_level_histogram, expected->repetition_level_histogram);
    EXPECT_EQ(actual->unencoded_byte_array_data_bytes,
              expected->unencoded_byte_array_data_bytes);
  }
}

TEST_F(InheritanceTest, WithoutStatisticsInTheSourceThereAreNone) {
  WriteSpec spec = SmallPages();
  spec.statistics = false;
  const auto metadata = ReadMetadata(Transcode(Write(Numbers(500), spec), EveryOther));
  EXPECT_FALSE(metadata->RowGroup(0)->ColumnChunk(0)->is_stats_set());
}

TEST_F(InheritanceTest, PageIndexesDescribeTheNewPages) {
  WriteSpec spec = SmallPages();
  spec.page_index = true;
  const std::string bytes = Transcode(Write(Numbers(500), spec), OneInTen);
  const auto file = OpenBytes(bytes);
  const auto indexes = file->GetPageIndexReader()->RowGroup(0);
  const auto offsets = indexes->GetOffsetIndex(0);
  const auto bounds = indexes->GetColumnIndex(0);
  ASSERT_NE(offsets, nullptr);
  ASSERT_NE(bounds, nullptr);
  ASSERT_EQ(static_cast<int>(offsets->page_locations().size()),
            CountPages(bytes).data_v1);
  ASSERT_GT(offsets->page_locations().size(), 3U);

  ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(bytes));
  const auto values = table->column(0);
  const auto& column_index = static_cast<const parquet::Int64ColumnIndex&>(*bounds);
  for (size_t page = 0; page < offsets->page_locations().size(); ++page) {
    const int64_t first = offsets->page_locations()[page].first_row_index;
    const int64_t end = page + 1 < offsets->page_locations().size()
                            ? offsets->page_locations()[page + 1].first_row_index
                            : table->num_rows();
    EXPECT_EQ(values->GetScalar(first).ValueOrDie()->ToString(),
              std::to_string(column_index.min_values()[page]));
    EXPECT_EQ(values->GetScalar(end - 1).ValueOrDie()->ToString(),
              std::to_string(column_index.max_values()[page]));
    EXPECT_EQ(column_index.null_counts()[page], 0);
  }
  EXPECT_EQ(column_index.boundary_order(), parquet::BoundaryOrder::Ascending);
}

TEST_F(InheritanceTest, PageIndexesLeadToThePagesBehindANewDictionary) {
  WriteSpec spec = SmallPages();
  spec.page_index = true;
  // So many entries go that the dictionary is built anew, when the pages are there
  // already.
  const std::string bytes =
      Transcode(Write(Numbers(2000), spec), [](int64_t row) { return row % 4 != 0; });
  EXPECT_EQ(CountPages(bytes).dictionary_entries, 500);
  const auto file = OpenBytes(bytes);
  const auto chunk = file->metadata()->RowGroup(0)->ColumnChunk(0);
  const auto offsets = file->GetPageIndexReader()->RowGroup(0)->GetOffsetIndex(0);
  EXPECT_EQ(offsets->page_locations()[0].offset, chunk->data_page_offset());
  EXPECT_GT(chunk->data_page_offset(), chunk->dictionary_page_offset());
}

TEST_F(InheritanceTest, WithoutPageIndexInTheSourceThereIsNone) {
  const auto metadata = ReadMetadata(Transcode(Write(Numbers(500)), EveryOther));
  EXPECT_FALSE(
      metadata->RowGroup(0)->ColumnChunk(0)->GetOffsetIndexLocation().has_value());
  EXPECT_FALSE(
      metadata->RowGroup(0)->ColumnChunk(0)->GetColumnIndexLocation().has_value());
}

TEST_F(InheritanceTest, PagesHaveChecksumsIfTheSourceHasThem) {
  for (const bool dictionary : {true, false}) {
    for (const bool v2 : {true, false}) {
      WriteSpec spec = SmallPages();
      spec.page_checksums = true;
      spec.codec = arrow::Compression::UNCOMPRESSED;
      spec.dictionary = dictionary;
      spec.data_page_v2 = v2;
      std::string bytes = Transcode(Write(Numbers(500), spec), EveryOther);
      const auto read_all = [&] {
        const auto file = OpenBytes(bytes, /*check_checksums=*/true);
        const auto pages = file->RowGroup(0)->GetColumnPageReader(0);
        while (pages->NextPage() != nullptr) continue;
      };
      EXPECT_NO_THROW(read_all());
      const auto chunk = ReadMetadata(bytes)->RowGroup(0)->ColumnChunk(0);
      // The last byte of the last page.
      const int64_t begin =
          dictionary ? chunk->dictionary_page_offset() : chunk->data_page_offset();
      bytes[static_cast<size_t>(begin + chunk->total_compressed_size() - 1)] ^= 1;
      EXPECT_THROW(read_all(), parquet::ParquetException);
    }
  }
}

TEST_F(InheritanceTest, DamagedPagesAreNotGivenANewChecksum) {
  WriteSpec spec = SmallPages();
  spec.page_checksums = true;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  spec.dictionary = false;
  std::string bytes = Write(Numbers(500), spec);
  const auto chunk = ReadMetadata(bytes)->RowGroup(0)->ColumnChunk(0);
  bytes[static_cast<size_t>(chunk->data_page_offset() + chunk->total_compressed_size() -
                            1)] ^= 1;
  const auto result = TranscodeFile(bytes, EveryOther);
  ASSERT_ERROR_KIND(result.status(), ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(result.status())->column, "c");
  EXPECT_EQ(GetErrorDetail(result.status())->row_group, 0);
}

TEST_F(InheritanceTest, DictionariesStayWhileRowsUseThem) {
  const std::string source = Write(Numbers(1000), SmallPages());
  EXPECT_EQ(CountPages(Transcode(source, OneInTen)).dictionary_entries, 1000);
}

TEST_F(InheritanceTest, DictionariesShrinkWhenMostRowsAreGone) {
  const std::string source = Write(Numbers(1000), SmallPages());
  const std::string bytes = Transcode(source, [](int64_t row) { return row % 20 != 7; });
  EXPECT_EQ(CountPages(bytes).dictionary_entries, 50);
}

TEST_F(InheritanceTest, PagesThatLostMostRowsAreJoined) {
  const std::string source = Write(Numbers(5000), SmallPages());
  const int before = CountPages(source).data_v1;
  ASSERT_GT(before, 50);
  const PageCounts half = CountPages(Transcode(source, EveryOther));
  EXPECT_EQ(half.data_v1, before);
  const PageCounts few =
      CountPages(Transcode(source, [](int64_t row) { return row % 100 != 0; }));
  EXPECT_LE(few.data_v1, 3);
  EXPECT_EQ(few.values, 50);
}

TEST_F(InheritanceTest, PagesThatFellBackFromTheDictionaryStayPlain) {
  // More than the megabyte at which Arrow gives a dictionary up.
  const auto table = LongStrings(800, 4000);
  WriteSpec spec;
  spec.write_batch_rows = 50;
  const std::string bytes = Transcode(Write(table, spec), OneInTen);
  const auto stats = ReadMetadata(bytes)->RowGroup(0)->ColumnChunk(0)->encoding_stats();
  bool dictionary = false, plain = false;
  for (const parquet::PageEncodingStats& pages : stats) {
    if (pages.page_type == parquet::PageType::DICTIONARY_PAGE) continue;
    dictionary |= pages.encoding == parquet::Encoding::RLE_DICTIONARY;
    plain |= pages.encoding == parquet::Encoding::PLAIN;
  }
  EXPECT_TRUE(dictionary);
  EXPECT_TRUE(plain);
  ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, OneInTen));
  ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(bytes));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
}

TEST_F(InheritanceTest, PageVersionIsTheSources) {
  WriteSpec spec = SmallPages();
  EXPECT_EQ(CountPages(Transcode(Write(Numbers(500), spec), EveryOther)).data_v2, 0);
  spec.data_page_v2 = true;
  EXPECT_EQ(CountPages(Transcode(Write(Numbers(500), spec), EveryOther)).data_v1, 0);
}

TEST_F(InheritanceTest, OptionsOverrideTheCodecOfDataAndDictionary) {
  const auto table = LongStrings(100, 50);
  const std::string source = Write(table);
  using arrow::Compression;
  for (const auto& [name, codec] :
       {std::pair("none", Compression::UNCOMPRESSED),
        std::pair("gzip", Compression::GZIP), std::pair("zstd", Compression::ZSTD),
        std::pair("brotli", Compression::BROTLI), std::pair("lz4", Compression::LZ4),
        std::pair("snappy", Compression::SNAPPY)}) {
    SCOPED_TRACE(name);
    const std::string bytes =
        Transcode(source, EveryOther, {.compression = name, .compression_level = {}});
    EXPECT_EQ(ReadMetadata(bytes)->RowGroup(0)->ColumnChunk(0)->compression(), codec);
    ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, EveryOther));
    ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(bytes));
    EXPECT_TRUE(TablesEqual(*expected, *actual));
  }
}

TEST_F(InheritanceTest, CompressionLevelsChangeTheSize) {
  const std::string source = Write(LongStrings(20'000, 20));
  const auto size_at = [&](int level) {
    return Transcode(source, EveryOther,
                     {.compression = "zstd", .compression_level = level})
        .size();
  };
  EXPECT_LT(size_at(15), size_at(1));
}

TEST_F(InheritanceTest, TheSameArgumentsGiveTheSameBytes) {
  const std::string source = Write(LongStrings(800, 4000), SmallPages());
  EXPECT_EQ(Transcode(source, OneInTen), Transcode(source, OneInTen));
}

}  // namespace
}  // namespace planish
