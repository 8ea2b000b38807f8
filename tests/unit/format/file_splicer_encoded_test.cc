// SPDX-License-Identifier: Apache-2.0
// Row groups put together from newly encoded chunks and copied ones.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/buffer.h"
#include "format/file_splicer.h"
#include "format/parquet_fields.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"

namespace planish {
namespace {

constexpr int32_t kUnknown = FieldKey(900, ThriftType::kBinary);

// An encoded chunk of 50 bytes, a dictionary in the first 20 of them.
EncodedChunk Encoded(ChunkSample chunk = {}) {
  chunk.compressed_size = 50;
  chunk.uncompressed_size = 70;
  chunk.num_values = 2;
  chunk.data_page = 20;
  chunk.dictionary_page = 0;
  EncodedChunk encoded;
  encoded.data = EncodedBytes(arrow::Buffer::FromString(std::string(50, 'e')));
  encoded.column_chunk = chunk.Serialize();
  return encoded;
}

// OffsetIndex of pages of 10 bytes.
std::string OffsetIndex(const std::vector<int64_t>& offsets) {
  std::string bytes;
  ThriftStructWriter writer(&bytes);
  writer.Header(1, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kStruct, static_cast<int32_t>(offsets.size()),
                         &bytes);
  for (const int64_t offset : offsets) {
    ThriftStructWriter location(&bytes);
    location.I64(1, offset);
    location.I32(2, 10);
    location.I64(3, 0);
    location.Stop();
  }
  writer.Stop();
  return bytes;
}

// A row group of three rows whose chunks, of 40 bytes, are at 100 and 200.
FooterSample TwoColumns() {
  FooterSample sample;
  sample.leaf_columns = 2;
  sample.unknown_fields = true;
  sample.row_groups[0] = {
      .chunks = {ChunkSample{.file_offset = 100,
                             .compressed_size = 40,
                             .key_value = "mine",
                             .data_page = 100,
                             .statistics_max = "old"},
                 ChunkSample{
                     .uncompressed_size = 45, .compressed_size = 40, .data_page = 200}},
      .total_byte_size = 999,
      .total_compressed_size = 888};
  return sample;
}

struct Spliced {
  MemoryOutput output;
  std::string row_group, chunk, meta_data;  // of the first row group and column
  int64_t data_offset = 0;
};

// One row group of `encoded` and a copied chunk.
void Splice(const FooterSample& sample, const EncodedChunk& encoded, Spliced* spliced) {
  MemoryInput source(FileWith(std::string(1000, 's'), sample.Serialize()));
  ASSERT_OK_AND_ASSIGN(const Footer base, Footer::Read(source));
  ASSERT_OK_AND_ASSIGN(FileSplicer splicer,
                       FileSplicer::Make(&spliced->output, &source, &base));
  ASSERT_OK(splicer.BeginRowGroup(0, 2));
  ASSERT_OK(splicer.AppendChunk(encoded));
  ASSERT_OK(splicer.CopyChunk());
  ASSERT_OK(splicer.EndRowGroup());
  EXPECT_EQ(splicer.bytes_copied(), 40);
  ASSERT_OK_AND_ASSIGN(const int64_t num_rows, splicer.Finish());
  EXPECT_EQ(num_rows, 2);
  MemoryInput file(spliced->output.bytes());
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(file));
  spliced->row_group = footer.row_group_bytes(0);
  spliced->chunk = ElementBytes(spliced->row_group, row_group_field::kColumns, 0);
  spliced->meta_data = *FieldBytes(spliced->chunk, chunk_field::kMetaData);
  ASSERT_OK_AND_ASSIGN(const auto layouts, footer.ColumnChunks(0));
  spliced->data_offset = layouts[0].data_offset;
  EXPECT_EQ(file.Range(4, 90), std::string(50, 'e') + std::string(40, 's'));
}

TEST(FileSplicerEncodedTest, PlacesTheNewPagesAndCountsTheirSizes) {
  Spliced spliced;
  Splice(TwoColumns(), Encoded(), &spliced);
  EXPECT_EQ(spliced.data_offset, 4);
  EXPECT_EQ(FieldI64(spliced.meta_data, column_field::kDictionaryPageOffset), 4);
  EXPECT_EQ(FieldI64(spliced.meta_data, column_field::kDataPageOffset), 24);
  EXPECT_EQ(FieldI64(spliced.meta_data, column_field::kNumValues), 2);
  EXPECT_EQ(FieldI64(spliced.row_group, row_group_field::kNumRows), 2);
  EXPECT_EQ(FieldI64(spliced.row_group, row_group_field::kTotalByteSize), 70 + 45);
  EXPECT_EQ(FieldI64(spliced.row_group, row_group_field::kTotalCompressedSize), 50 + 40);
}

TEST(FileSplicerEncodedTest, KeepsOfTheOldMetadataOnlyWhatIsStillTrue) {
  Spliced spliced;
  Splice(TwoColumns(), Encoded({.statistics_max = "new"}), &spliced);
  const std::string key_value =
      FieldBytes(spliced.meta_data, column_field::kKeyValueMetadata).value_or("");
  EXPECT_NE(key_value.find("mine"), std::string::npos);
  const std::string statistics =
      FieldBytes(spliced.meta_data, column_field::kStatistics).value_or("");
  EXPECT_NE(statistics.find("new"), std::string::npos);
  EXPECT_FALSE(FieldBytes(spliced.meta_data, kUnknown));
  EXPECT_TRUE(FieldBytes(spliced.row_group, kUnknown));
  const std::string copied =
      ElementBytes(spliced.row_group, row_group_field::kColumns, 1);
  EXPECT_TRUE(FieldBytes(copied, kUnknown));
}

TEST(FileSplicerEncodedTest, DoesNotInventStatistics) {
  Spliced spliced;
  Splice(TwoColumns(), Encoded(), &spliced);
  EXPECT_FALSE(FieldBytes(spliced.meta_data, column_field::kStatistics));
}

TEST(FileSplicerEncodedTest, LeavesOutStatisticsWhereTheFileDeclaresAnotherOrder) {
  for (const int16_t order : {int16_t{1}, int16_t{2}}) {
    FooterSample sample = TwoColumns();
    sample.column_order = order;
    EncodedChunk encoded = Encoded({.statistics_max = "new"});
    encoded.column_index = std::string("\x19\x11\x01\0", 4);
    Spliced spliced;
    Splice(sample, encoded, &spliced);
    EXPECT_EQ(FieldBytes(spliced.meta_data, column_field::kStatistics).has_value(),
              order == 1);
    EXPECT_EQ(FieldI64(spliced.chunk, chunk_field::kColumnIndexOffset).has_value(),
              order == 1);
  }
}

TEST(FileSplicerEncodedTest, WritesItsPageIndexBehindTheData) {
  EncodedChunk encoded = Encoded();
  encoded.offset_index = OffsetIndex({20, 30});
  encoded.column_index = std::string("\x19\x21\x01\x01\0", 5);
  Spliced spliced;
  Splice(TwoColumns(), encoded, &spliced);
  const std::string& file = spliced.output.bytes();
  const auto column_index = FieldI64(spliced.chunk, chunk_field::kColumnIndexOffset);
  const auto offset_index = FieldI64(spliced.chunk, chunk_field::kOffsetIndexOffset);
  EXPECT_EQ(column_index, 4 + 90);
  EXPECT_EQ(offset_index, 4 + 90 + 5);
  EXPECT_EQ(file.substr(94, 5), encoded.column_index);
  EXPECT_EQ(file.substr(99, encoded.offset_index.size()), OffsetIndex({24, 34}));
}

TEST(FileSplicerEncodedTest, TakesOverTheBloomFilterOfTheSourceChunk) {
  FooterSample sample = TwoColumns();
  sample.row_groups[0].chunks[0].bloom_filter = 300;
  std::string data(1000, 's');
  const std::string filter = std::string("\x15\x40\0", 3) + std::string(33, 'b');
  sample.row_groups[0].chunks[0].bloom_filter_length = 3 + 32;
  data.replace(300 - 4, filter.size(), filter);
  MemoryInput source(FileWith(data, sample.Serialize()));
  ASSERT_OK_AND_ASSIGN(const Footer base, Footer::Read(source));
  MemoryOutput output;
  ASSERT_OK_AND_ASSIGN(FileSplicer splicer, FileSplicer::Make(&output, &source, &base));
  ASSERT_OK(splicer.BeginRowGroup(0, 2));
  ASSERT_OK(splicer.AppendChunk(Encoded()));
  ASSERT_OK(splicer.AppendChunk(Encoded()));
  ASSERT_OK(splicer.EndRowGroup());
  ASSERT_OK(splicer.Finish());
  MemoryInput file(output.bytes());
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(file));
  ASSERT_OK_AND_ASSIGN(const auto layouts, footer.ColumnChunks(0));
  EXPECT_EQ(layouts[0].bloom_filter_offset, 4 + 100);
  EXPECT_EQ(layouts[0].bloom_filter_length, 35);
  EXPECT_EQ(file.Range(104, 35), filter.substr(0, 35));
  EXPECT_EQ(layouts[1].bloom_filter_offset, -1);
}

TEST(FileSplicerEncodedTest, RefusesChunksThatContradictTheirMetadata) {
  MemoryInput source(FileWith(std::string(1000, 's'), TwoColumns().Serialize()));
  ASSERT_OK_AND_ASSIGN(const Footer base, Footer::Read(source));
  MemoryOutput output;
  ASSERT_OK_AND_ASSIGN(FileSplicer splicer, FileSplicer::Make(&output, &source, &base));
  ASSERT_OK(splicer.BeginRowGroup(0, 2));
  EncodedChunk encoded = Encoded();
  encoded.data = EncodedBytes(arrow::Buffer::FromString(std::string(49, 'e')));
  EXPECT_FALSE(splicer.AppendChunk(encoded).ok());
  encoded = Encoded();
  encoded.offset_index = OffsetIndex({20, 45});
  EXPECT_FALSE(splicer.AppendChunk(encoded).ok());
}

}  // namespace
}  // namespace planish
