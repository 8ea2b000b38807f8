// SPDX-License-Identifier: Apache-2.0
// What transcoding holds in memory, whatever pages the source's writer made.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "format/chunk_transcoder.h"
#include "support/arrow_assertions.h"
#include "support/stingy_pool.h"
#include "unit/format/transcoded_pages.h"

namespace planish {
namespace {

constexpr int kMiB = 1 << 20;

class TranscoderMemoryTest : public TranscodedPagesTest {
 protected:
  /// Transcodes with a pool and a room of its own, and compares with what Arrow filters.
  std::string TranscodeAndCompare(const std::shared_ptr<arrow::Table>& table,
                                  const std::string& source, const IsDropped& is_dropped,
                                  const WriterOptions& options = {}) {
    auto result = TranscodeFile(source, is_dropped, options, &pool_, &room_);
    EXPECT_OK(result.status());
    if (!result.ok()) return {};
    auto read = ReadTable(*result);
    EXPECT_OK(read.status());
    auto expected = FilterTable(table, is_dropped);
    EXPECT_OK(expected.status());
    EXPECT_TRUE(TablesEqual(**expected, **read));
    return *result;
  }

  StingyPool pool_;
  ScratchDirectory scratch_{LocalFileSystem(), directory_.path(), 0};
  WaitingRoom room_{0, &scratch_};
};

WriteSpec OnePage() {
  WriteSpec spec;
  spec.dictionary = false;
  spec.write_batch_rows = 1000;
  return spec;
}

WriteSpec OneDictionary() {
  WriteSpec spec = OnePage();
  spec.dictionary = true;
  return spec;
}

TEST_F(TranscoderMemoryTest, ScratchMakesNoDifferenceToTheResult) {
  const auto table = LongStrings(3000, 300);
  for (const bool dictionary : {false, true}) {
    WriteSpec spec;
    spec.dictionary = dictionary;
    spec.page_index = true;
    const std::string source = Write(table, spec);
    EXPECT_EQ(TranscodeAndCompare(table, source, EveryOther),
              Transcode(source, EveryOther));
  }
  EXPECT_GT(room_.spilled_bytes(), 0);
}

TEST_F(TranscoderMemoryTest, LargePagesAreTakenApartInPieces) {
  const auto table = LongStrings(40, kMiB);
  for (const bool v2 : {false, true}) {
    for (const auto codec :
         {arrow::Compression::UNCOMPRESSED, arrow::Compression::SNAPPY}) {
      WriteSpec spec = OnePage();
      spec.codec = codec;
      spec.data_page_v2 = v2;
      const std::string source = Write(table, spec);
      ASSERT_EQ(CountPages(source).data_v1 + CountPages(source).data_v2, 1);
      StingyPool pool;
      ASSERT_OK_AND_ASSIGN(const std::string result,
                           TranscodeFile(source, EveryOther, {}, &pool, &room_));
      ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, EveryOther));
      ASSERT_OK_AND_ASSIGN(const auto read, ReadTable(result));
      EXPECT_TRUE(TablesEqual(*expected, *read));
      EXPECT_GE(CountPages(result).data_v1 + CountPages(result).data_v2, 2);
      // The page, and three times a piece of it: taken out, put together, compressed.
      EXPECT_LT(pool.max_memory(), (40 + 3 * 16) * int64_t{kMiB});
    }
  }
}

TEST_F(TranscoderMemoryTest, HugeDictionariesAreNotHeld) {
  const auto table = LongStrings(40, kMiB);
  const std::string source = Write(table, OneDictionary());
  ASSERT_EQ(CountPages(source).dictionary_entries, 40);
  const std::string result = TranscodeAndCompare(table, source, EveryOther);
  EXPECT_EQ(CountPages(result).dictionary_entries, 40);
  EXPECT_LT(pool_.max_memory(), 8 * kMiB);
}

TEST_F(TranscoderMemoryTest, HugeDictionariesKeepTheirCodec) {
  const auto table = LongStrings(40, kMiB);
  const std::string source = Write(table, OneDictionary());
  WriterOptions options;
  options.compression = "zstd";
  const std::string result = TranscodeAndCompare(table, source, OneInTen, options);
  EXPECT_EQ(ReadMetadata(result)->RowGroup(0)->ColumnChunk(0)->compression(),
            arrow::Compression::SNAPPY);
}

TEST_F(TranscoderMemoryTest, DamageInAHugeDictionaryIsNoticed) {
  WriteSpec spec = OneDictionary();
  spec.page_checksums = true;
  std::string source = Write(LongStrings(40, kMiB), spec);
  EXPECT_OK(TranscodeFile(source, EveryOther, {}, &pool_, &room_));
  source[source.size() / 2] ^= 1;
  EXPECT_ERROR_KIND(TranscodeFile(source, EveryOther, {}, &pool_, &room_),
                    ErrorKind::kCorrupt);
}

TEST_F(TranscoderMemoryTest, BoundsOfLongValuesAreFoundWithoutKeepingThem) {
  arrow::StringBuilder builder;
  // Where both bounds are short, long values between them must not get in their way.
  const std::string longer(1 << 20, 'm');
  for (const std::string& text :
       {longer + "2", std::string("z"), longer, std::string("a"), longer + "1"}) {
    ASSERT_OK(builder.Append(text));
  }
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("c", arrow::utf8())}),
                                        {builder.Finish().ValueOrDie()});
  const std::string source = Write(table, OnePage());
  const auto bounds = [&](const IsDropped& is_dropped) {
    const std::string result = TranscodeAndCompare(table, source, is_dropped);
    return ReadMetadata(result)->RowGroup(0)->ColumnChunk(0)->statistics();
  };
  const auto short_ones = bounds([](int64_t row) { return row == 0; });
  ASSERT_TRUE(short_ones != nullptr && short_ones->HasMinMax());
  EXPECT_EQ(short_ones->EncodeMin(), "a");
  EXPECT_EQ(short_ones->EncodeMax(), "z");
  // A bound that is long is left out.
  const auto long_one = bounds([](int64_t row) { return row == 1; });
  EXPECT_TRUE(long_one == nullptr || !long_one->HasMinMax());
}

}  // namespace
}  // namespace planish
