// SPDX-License-Identifier: Apache-2.0
// What a transcoded column chunk takes over from its source beside its values.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "arrow/table.h"
#include "arrow/util/compression.h"
#include "format/footer.h"
#include "unit/format/transcoded_pages.h"

namespace planish {
namespace {

class InheritanceTest : public TranscodedPagesTest {};

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
