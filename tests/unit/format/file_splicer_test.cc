// SPDX-License-Identifier: Apache-2.0
// Splicing on footers made by hand: what happens to each field.
#include "format/file_splicer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/buffer.h"
#include "format/parquet_fields.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"

namespace planish {
namespace {

// Bytes that differ everywhere, so that a wrong range shows. Position 4 of a file holds
// byte 0.
std::string Data(size_t size) {
  std::string data(size, '\0');
  for (size_t i = 0; i < size; ++i) data[i] = static_cast<char>((i + i / 251) % 251);
  return data;
}

// A source file and what was spliced out of it.
struct Splicing {
  explicit Splicing(const FooterSample& sample, const std::string& data = Data(1000))
      : source(FileWith(data, sample.Serialize())),
        base(Footer::Read(source).ValueOrDie()),
        splicer(FileSplicer::Make(&output, &source, &base).ValueOrDie()) {}

  // The new footer.
  Footer Finish() {
    EXPECT_OK(splicer.Finish());
    MemoryInput spliced(output.bytes());
    return Footer::Read(spliced).ValueOrDie();
  }
  // Bytes of a chunk in the new file.
  std::string ChunkBytes(const Footer& footer, int row_group, int leaf) {
    const ColumnChunkLayout layout = footer.ColumnChunks(row_group).ValueOrDie()[leaf];
    return output.bytes().substr(layout.data_offset, layout.data_length);
  }

  MemoryInput source;
  MemoryOutput output;
  Footer base;
  FileSplicer splicer;
};

std::string RowGroup(const Footer& footer, int index) {
  return std::string(footer.row_group_bytes(index));
}
std::string Chunk(const Footer& footer, int row_group, int leaf) {
  return ElementBytes(footer.row_group_bytes(row_group), row_group_field::kColumns, leaf);
}
std::string MetaData(const Footer& footer, int row_group, int leaf) {
  return *FieldBytes(Chunk(footer, row_group, leaf), chunk_field::kMetaData);
}

// Row groups of two chunks of 60 bytes that follow each other, at 100, 300 and 500.
FooterSample ThreeRowGroups() {
  FooterSample sample;
  sample.leaf_columns = 2;
  sample.row_groups.clear();
  for (const int64_t begin : {100, 300, 500}) {
    const ChunkSample first{.file_offset = begin,
                            .compressed_size = 60,
                            .data_page = begin + 20,
                            .dictionary_page = begin};
    const ChunkSample second{.compressed_size = 60, .data_page = begin + 60};
    sample.row_groups.push_back({.chunks = {first, second},
                                 .num_rows = begin,
                                 .file_offset = begin,
                                 .total_compressed_size = 120,
                                 .ordinal = static_cast<int16_t>(begin / 200)});
  }
  return sample;
}

TEST(FileSplicerTest, KeepsFieldsItDoesNotKnow) {
  FooterSample sample = ThreeRowGroups();
  sample.unknown_fields = true;
  sample.column_order = int16_t{2};
  for (RowGroupSample& row_group : sample.row_groups)
    row_group.chunks[0].key_value = "mine";
  Splicing splicing(sample);
  for (int i = 0; i < 3; ++i) ASSERT_OK(splicing.splicer.CopyRowGroup(i));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(FooterDifference(splicing.base.bytes(), footer.bytes()), "");
  constexpr int32_t kUnknown = FieldKey(900, ThriftType::kBinary);
  EXPECT_TRUE(FieldBytes(footer.bytes(), kUnknown));
  EXPECT_TRUE(FieldBytes(RowGroup(footer, 2), kUnknown));
  EXPECT_TRUE(FieldBytes(Chunk(footer, 2, 1), kUnknown));
  EXPECT_TRUE(FieldBytes(MetaData(footer, 2, 1), kUnknown));
}

TEST(FileSplicerTest, ShiftsOffsetsCountsRowsAndNumbersRowGroups) {
  Splicing splicing(ThreeRowGroups());
  ASSERT_OK(splicing.splicer.CopyRowGroup(2));
  ASSERT_OK(splicing.splicer.CopyRowGroup(0));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(footer.num_rows(), 600);
  EXPECT_EQ(FieldI64(footer.bytes(), file_field::kNumRows), 600);
  EXPECT_EQ(splicing.splicer.bytes_copied(), 240);
  EXPECT_EQ(splicing.output.copies(), 2) << "row groups are copied in one go";
  for (const int index : {0, 1}) {
    const int64_t begin = 4 + 120 * index;
    EXPECT_EQ(FieldI64(RowGroup(footer, index), row_group_field::kFileOffset), begin);
    const std::string ordinal =
        *FieldBytes(RowGroup(footer, index), row_group_field::kOrdinal);
    EXPECT_EQ(ordinal, std::string(1, static_cast<char>(2 * index)));
    EXPECT_EQ(FieldI64(Chunk(footer, index, 0), chunk_field::kFileOffset), begin);
    EXPECT_EQ(FieldI64(Chunk(footer, index, 1), chunk_field::kFileOffset), 0);
    const std::string meta_data = MetaData(footer, index, 0);
    EXPECT_EQ(FieldI64(meta_data, column_field::kDictionaryPageOffset), begin);
    EXPECT_EQ(FieldI64(meta_data, column_field::kDataPageOffset), begin + 20);
    const int64_t source_begin = index == 0 ? 500 : 100;
    EXPECT_EQ(splicing.ChunkBytes(footer, index, 0),
              splicing.source.Range(source_begin, 60));
    EXPECT_EQ(splicing.ChunkBytes(footer, index, 1),
              splicing.source.Range(source_begin + 60, 60));
  }
}

TEST(FileSplicerTest, LeavesBehindWhatIsBetweenChunks) {
  FooterSample sample = ThreeRowGroups();
  // As old Arrow writes: a copy of the metadata behind the pages, and file_offset there.
  sample.row_groups[1].chunks[0].file_offset = 360;
  sample.row_groups[1].chunks[1].data_page = 400;
  Splicing splicing(sample);
  ASSERT_OK(splicing.splicer.CopyRowGroup(1));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(splicing.splicer.bytes_copied(), 120);
  EXPECT_EQ(FieldI64(Chunk(footer, 0, 0), chunk_field::kFileOffset), 0);
  EXPECT_EQ(FieldI64(MetaData(footer, 0, 1), column_field::kDataPageOffset), 64);
  EXPECT_EQ(splicing.ChunkBytes(footer, 0, 1), splicing.source.Range(400, 60));
}

TEST(FileSplicerTest, CopiesChunksInAnyPhysicalOrder) {
  FooterSample sample = ThreeRowGroups();
  std::swap(sample.row_groups[0].chunks[0], sample.row_groups[0].chunks[1]);
  Splicing splicing(sample);
  ASSERT_OK(splicing.splicer.CopyRowGroup(0));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(splicing.ChunkBytes(footer, 0, 0), splicing.source.Range(160, 60));
  EXPECT_EQ(splicing.ChunkBytes(footer, 0, 1), splicing.source.Range(100, 60));
}

TEST(FileSplicerTest, KeepsOffsetsOfZeroAndDropsThoseThatLeadAstray) {
  FooterSample sample = ThreeRowGroups();
  ChunkSample& chunk = sample.row_groups[0].chunks[0];
  chunk.dictionary_page = 0;
  chunk.index_page = 0;
  chunk.data_page = 100;
  sample.row_groups[0].chunks[1].index_page = 7;
  sample.row_groups[0].chunks[1].dictionary_page = 900;
  sample.row_groups[0].file_offset = 0;
  Splicing splicing(sample);
  ASSERT_OK(splicing.splicer.CopyRowGroup(0));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(FieldI64(RowGroup(footer, 0), row_group_field::kFileOffset), 0);
  EXPECT_EQ(FieldI64(MetaData(footer, 0, 0), column_field::kDictionaryPageOffset), 0);
  EXPECT_EQ(FieldI64(MetaData(footer, 0, 0), column_field::kIndexPageOffset), 0);
  EXPECT_FALSE(FieldI64(MetaData(footer, 0, 1), column_field::kDictionaryPageOffset));
  EXPECT_FALSE(FieldI64(MetaData(footer, 0, 1), column_field::kIndexPageOffset));
}

TEST(FileSplicerTest, CopiesWhatOldParquetMrForgotToCount) {
  FooterSample sample = ThreeRowGroups();
  sample.created_by = "parquet-mr version 1.2.5";
  Splicing splicing(sample);
  ASSERT_OK(splicing.splicer.CopyRowGroup(1));
  const Footer footer = splicing.Finish();
  EXPECT_EQ(splicing.splicer.bytes_copied(), 320);
  for (const int leaf : {0, 1}) {
    const std::string bytes = splicing.ChunkBytes(footer, 0, leaf);
    EXPECT_GE(bytes.size(), 60u);
    EXPECT_EQ(bytes.substr(0, 160),
              splicing.source.Range(300 + 60 * leaf, 160).substr(0, bytes.size()));
    EXPECT_EQ(FieldI64(MetaData(footer, 0, leaf), column_field::kTotalCompressedSize),
              60);
  }
}

TEST(FileSplicerTest, WritesAFileWithoutRows) {
  Splicing splicing(ThreeRowGroups());
  const Footer footer = splicing.Finish();
  EXPECT_EQ(footer.num_row_groups(), 0);
  EXPECT_EQ(footer.num_rows(), 0);
  EXPECT_EQ(footer.created_by(), "planish test");
}

TEST(FileSplicerTest, DropsPrivateExtensionsOfStructuresThatChange) {
  // The field's number as Thrift writes it, and as the specification prints it.
  for (const std::string number : {"\xFE\xFF\x03", "\xFF\xFF\x01"}) {
    std::string bytes = ThreeRowGroups().Serialize();
    bytes.pop_back();
    bytes += "\x08" + number + "\x09" + "extension" + std::string(1, '\0');
    MemoryInput source(FileWith(Data(1000), bytes));
    ASSERT_OK_AND_ASSIGN(const Footer base, Footer::Read(source));
    EXPECT_NE(base.bytes().find("extension"), std::string::npos);
    MemoryOutput output;
    ASSERT_OK_AND_ASSIGN(FileSplicer splicer, FileSplicer::Make(&output, &source, &base));
    ASSERT_OK(splicer.Finish());
    MemoryInput spliced(output.bytes());
    ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(spliced));
    EXPECT_EQ(footer.bytes().find("extension"), std::string::npos);
    EXPECT_TRUE(FieldBytes(footer.bytes(), file_field::kCreatedBy));
  }
}

TEST(FileSplicerTest, RefusesCallsOutOfOrder) {
  Splicing splicing(ThreeRowGroups());
  FileSplicer& splicer = splicing.splicer;
  EXPECT_FALSE(splicer.CopyRowGroup(3).ok());
  EXPECT_FALSE(splicer.CopyRowGroup(-1).ok());
  EXPECT_FALSE(splicer.CopyChunk().ok());
  EXPECT_FALSE(splicer.EndRowGroup().ok());
  ASSERT_OK(splicer.BeginRowGroup(0, 5));
  EXPECT_FALSE(splicer.CopyRowGroup(1).ok());
  EXPECT_FALSE(splicer.Finish().ok());
  ASSERT_OK(splicer.CopyChunk());
  EXPECT_FALSE(splicer.EndRowGroup().ok());
  ASSERT_OK(splicer.CopyChunk());
  EXPECT_FALSE(splicer.CopyChunk().ok());
  ASSERT_OK(splicer.EndRowGroup());
  ASSERT_OK_AND_ASSIGN(const int64_t num_rows, splicer.Finish());
  EXPECT_EQ(num_rows, 5);
  EXPECT_FALSE(splicer.Finish().ok());
  EXPECT_FALSE(
      FileSplicer::Make(&splicing.output, &splicing.source, &splicing.base).ok());
}

}  // namespace
}  // namespace planish
