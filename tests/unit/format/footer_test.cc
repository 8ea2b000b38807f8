// SPDX-License-Identifier: Apache-2.0
#include "format/footer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "format/thrift_compact.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"

namespace planish {
namespace {

constexpr int64_t kFileSize = 1000;

arrow::Result<Footer> Parse(const FooterSample& sample, int64_t file_size = kFileSize) {
  return Footer::Parse(sample.Serialize(), file_size);
}

arrow::Result<Footer> Parse(const ChunkSample& chunk, int64_t file_size = kFileSize) {
  FooterSample sample;
  sample.row_groups[0].chunks = {chunk};
  return Parse(sample, file_size);
}

ColumnChunkLayout LayoutOf(const ChunkSample& chunk) {
  const arrow::Result<Footer> footer = Parse(chunk);
  EXPECT_OK(footer);
  return footer.ok() ? footer->ColumnChunks(0).ValueOrDie()[0] : ColumnChunkLayout{};
}

arrow::Status ReadBytes(std::string bytes) {
  MemoryInput input(std::move(bytes));
  return Footer::Read(input).status();
}

TEST(FooterTest, TellsRowsRowGroupsAndWriter) {
  FooterSample sample;
  sample.leaf_columns = 2;
  RowGroupSample first{.chunks = {ChunkSample{.compressed_size = 10},
                                  ChunkSample{.compressed_size = 30, .data_page = 14}},
                       .num_rows = 5};
  RowGroupSample second = first;
  second.num_rows = 7;
  sample.row_groups = {first, second};
  sample.created_by = "some writer version 1.0";
  ASSERT_OK_AND_ASSIGN(const Footer footer, Parse(sample));
  EXPECT_EQ(footer.num_rows(), 12);
  EXPECT_EQ(footer.num_row_groups(), 2);
  EXPECT_EQ(footer.num_leaf_columns(), 2);
  EXPECT_EQ(footer.row_group_num_rows(1), 7);
  EXPECT_EQ(footer.row_group_compressed_size(0), 40);
  EXPECT_EQ(footer.created_by(), "some writer version 1.0");
  EXPECT_EQ(footer.bytes(), sample.Serialize());
  EXPECT_EQ(footer.row_group_bytes(1),
            ElementBytes(footer.bytes(), FieldKey(4, ThriftType::kList), 1));
}

TEST(FooterTest, CountsRowsByRowGroupsWhereTheFileSaysOtherwise) {
  FooterSample sample;
  sample.num_rows = 0;
  sample.row_groups[0].num_rows = 6;
  ASSERT_OK_AND_ASSIGN(const Footer footer, Parse(sample));
  EXPECT_EQ(footer.num_rows(), 6);
}

TEST(FooterTest, HasAFingerprintThatChangesWithTheFooter) {
  FooterSample sample;
  ASSERT_OK_AND_ASSIGN(const Footer footer, Parse(sample));
  ASSERT_OK_AND_ASSIGN(const Footer same, Parse(sample));
  EXPECT_EQ(footer.fingerprint(), same.fingerprint());
  sample.row_groups[0].chunks[0].data_page = 5;
  ASSERT_OK_AND_ASSIGN(const Footer other, Parse(sample));
  EXPECT_NE(footer.fingerprint(), other.fingerprint());
}

TEST(FooterTest, StartsAChunkAtItsDictionaryIfThatComesFirst) {
  EXPECT_EQ(LayoutOf({.data_page = 40}).data_offset, 40);
  EXPECT_EQ(LayoutOf({.compressed_size = 60, .data_page = 40, .dictionary_page = 20})
                .data_offset,
            20);
  EXPECT_EQ(LayoutOf({.data_page = 40, .dictionary_page = 0}).data_offset, 40);
  EXPECT_EQ(LayoutOf({.data_page = 40, .dictionary_page = -1}).data_offset, 40);
  EXPECT_EQ(LayoutOf({.data_page = 40, .dictionary_page = 90}).data_offset, 40);
  EXPECT_EQ(LayoutOf({.num_values = 0, .data_page = 0, .dictionary_page = 4}).data_offset,
            4);
}

TEST(FooterTest, TellsTheLocationsOfIndexes) {
  const ColumnChunkLayout layout = LayoutOf({.bloom_filter = 100,
                                             .bloom_filter_length = 50,
                                             .offset_index = 200,
                                             .column_index = 300,
                                             .offset_index_length = 20,
                                             .column_index_length = 30});
  EXPECT_EQ(layout.bloom_filter_offset, 100);
  EXPECT_EQ(layout.bloom_filter_length, 50);
  EXPECT_EQ(layout.offset_index_offset, 200);
  EXPECT_EQ(layout.offset_index_length, 20);
  EXPECT_EQ(layout.column_index_offset, 300);
  EXPECT_EQ(layout.column_index_length, 30);
}

TEST(FooterTest, TakesIndexesOutsideTheFileAsNotThere) {
  ColumnChunkLayout layout = LayoutOf({.bloom_filter = kFileSize,
                                       .offset_index = kFileSize - 10,
                                       .column_index = -5,
                                       .offset_index_length = 20,
                                       .column_index_length = 30});
  EXPECT_EQ(layout.bloom_filter_offset, -1);
  EXPECT_EQ(layout.offset_index_offset, -1);
  EXPECT_EQ(layout.offset_index_length, -1);
  EXPECT_EQ(layout.column_index_offset, -1);
  layout = LayoutOf({.bloom_filter = std::numeric_limits<int64_t>::max(),
                     .bloom_filter_length = 9,
                     .offset_index = 100,
                     .offset_index_length = 0});
  EXPECT_EQ(layout.bloom_filter_offset, -1);
  EXPECT_EQ(layout.offset_index_offset, -1);
}

TEST(FooterTest, AllowsABloomFilterWithoutItsLength) {
  const ColumnChunkLayout layout = LayoutOf({.bloom_filter = 100});
  EXPECT_EQ(layout.bloom_filter_offset, 100);
  EXPECT_EQ(layout.bloom_filter_length, -1);
}

TEST(FooterTest, TakesMoreBytesOfOldParquetMrThanItSaysThereAre) {
  FooterSample sample;
  const auto extra_bytes = [&](const std::string& created_by, int64_t bytes_to_footer) {
    sample.created_by = created_by;
    const auto footer_size = static_cast<int64_t>(sample.Serialize().size());
    const arrow::Result<Footer> footer =
        Parse(sample, 14 + bytes_to_footer + footer_size + 8);
    const ColumnChunkLayout layout = footer.ValueOrDie().ColumnChunks(0).ValueOrDie()[0];
    EXPECT_EQ(layout.total_compressed_size, 10);
    return layout.data_length - layout.total_compressed_size;
  };
  EXPECT_EQ(extra_bytes("parquet-mr version 1.2.8 (build x)", 500), 100);
  EXPECT_EQ(extra_bytes("parquet-mr version 1.2.8", 30), 30);
  EXPECT_EQ(extra_bytes("parquet-mr version 1.2.8", 0), 0);
  EXPECT_EQ(extra_bytes("parquet-mr version 0.9", 500), 100);
  EXPECT_EQ(extra_bytes("parquet-mr", 500), 100);
  EXPECT_EQ(extra_bytes("parquet-mr version 1.2.9", 500), 0);
  EXPECT_EQ(extra_bytes("parquet-mr version 1.10.0 (build x)", 500), 0);
  EXPECT_EQ(extra_bytes("parquet-mr version 2", 500), 0);
  EXPECT_EQ(extra_bytes("parquet-cpp version 1.0.0", 500), 0);
  EXPECT_EQ(extra_bytes("", 500), 0);
}

TEST(FooterTest, RefusesChunksOutsideTheFile) {
  EXPECT_ERROR_KIND(Parse(ChunkSample{.compressed_size = kFileSize}),
                    ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.data_page = kFileSize - 5}), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.data_page = std::numeric_limits<int64_t>::max()}),
                    ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(
      Parse(ChunkSample{.compressed_size = std::numeric_limits<int64_t>::max()}),
      ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.data_page = 500, .dictionary_page = 4}),
                    ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.data_page = 0}), ErrorKind::kCorrupt);
}

TEST(FooterTest, RefusesNegativeNumbers) {
  EXPECT_ERROR_KIND(Parse(ChunkSample{.num_values = -1}), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.uncompressed_size = -1}), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.compressed_size = -1}), ErrorKind::kCorrupt);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.data_page = -4}), ErrorKind::kCorrupt);
  FooterSample sample;
  sample.row_groups[0].num_rows = -1;
  EXPECT_ERROR_KIND(Parse(sample), ErrorKind::kCorrupt);
}

TEST(FooterTest, RefusesMoreRowsThanCanBeCounted) {
  FooterSample sample;
  sample.row_groups[0].num_rows = std::numeric_limits<int64_t>::max();
  sample.row_groups.push_back(RowGroupSample{});
  EXPECT_ERROR_KIND(Parse(sample), ErrorKind::kCorrupt);
}

TEST(FooterTest, RefusesRowGroupsThatDoNotFitTheSchema) {
  FooterSample sample;
  sample.leaf_columns = 2;
  const arrow::Status status = Parse(sample).status();
  ASSERT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(status)->row_group, 0);
}

TEST(FooterTest, NamesRowGroupAndColumnThatAreDamaged) {
  FooterSample sample;
  sample.row_groups.push_back(RowGroupSample{.chunks = {ChunkSample{.num_values = -1}}});
  const arrow::Status status = Parse(sample).status();
  ASSERT_ERROR_KIND(status, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(status)->row_group, 1);
  EXPECT_EQ(GetErrorDetail(status)->column, "a");
}

TEST(FooterTest, RefusesColumnChunksInOtherFiles) {
  const arrow::Status status = Parse(ChunkSample{.file_path = "part-7.parquet"}).status();
  ASSERT_ERROR_KIND(status, ErrorKind::kUnsupported);
  EXPECT_NE(FormatError(status).find("part-7.parquet"), std::string::npos);
  EXPECT_OK(Parse(ChunkSample{.file_path = ""}));
}

TEST(FooterTest, RefusesEncryptionWhereverItIsDeclared) {
  FooterSample sample;
  sample.encrypted = true;
  EXPECT_ERROR_KIND(Parse(sample), ErrorKind::kEncrypted);
  EXPECT_ERROR_KIND(Parse(ChunkSample{.encrypted = true}), ErrorKind::kEncrypted);
  std::string file = FileWith(std::string(20, 'x'), FooterSample().Serialize());
  file.replace(file.size() - 4, 4, "PARE");
  const arrow::Status status = ReadBytes(file);
  ASSERT_ERROR_KIND(status, ErrorKind::kEncrypted);
  EXPECT_FALSE(GetErrorDetail(status)->hint.empty());
}

TEST(FooterTest, ReadsTheEndOfAFile) {
  for (const size_t size : {size_t{20}, size_t{200'000}}) {
    MemoryInput input(FileWith(std::string(size, 'x'), FooterSample().Serialize()));
    ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
    EXPECT_EQ(footer.bytes(), FooterSample().Serialize());
    EXPECT_LE(input.bytes_read(), 64 * 1024);
  }
}

TEST(FooterTest, ReadsAFooterLargerThanItsFirstRead) {
  FooterSample sample;
  sample.created_by = std::string(300'000, 'w');
  MemoryInput input(FileWith(std::string(20, 'x'), sample.Serialize()));
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
  EXPECT_EQ(footer.created_by(), sample.created_by);
}

TEST(FooterTest, TellsOtherFilesFromTruncatedOnes) {
  EXPECT_ERROR_KIND(ReadBytes(""), ErrorKind::kNotParquet);
  EXPECT_ERROR_KIND(ReadBytes("id,name\n1,a\n2,b\n"), ErrorKind::kNotParquet);
  EXPECT_ERROR_KIND(ReadBytes("PK\3\4"), ErrorKind::kNotParquet);
  EXPECT_ERROR_KIND(ReadBytes("PAR1"), ErrorKind::kCorrupt);
  const std::string file = FileWith(std::string(20, 'x'), FooterSample().Serialize());
  for (size_t length = 4; length < file.size(); ++length) {
    EXPECT_ERROR_KIND(ReadBytes(file.substr(0, length)), ErrorKind::kCorrupt);
  }
  const arrow::Status status = ReadBytes("id,name\n1,a\n2,b\n");
  EXPECT_EQ(GetErrorDetail(status)->file, "memory.parquet");
  EXPECT_NE(FormatError(status).find("16 bytes"), std::string::npos)
      << FormatError(status);
  EXPECT_NE(FormatError(status).find("id,n"), std::string::npos) << FormatError(status);
}

TEST(FooterTest, RefusesAFooterLengthThatDoesNotFit) {
  std::string file = FileWith(std::string(20, 'x'), FooterSample().Serialize());
  for (const char byte : {'\0', '\x7F', '\xFF'}) {
    file.replace(file.size() - 8, 4, std::string(4, byte));
    EXPECT_ERROR_KIND(ReadBytes(file), ErrorKind::kCorrupt);
  }
}

TEST(FooterTest, SkipsAKnownFieldNumberOfAnotherType) {
  // A list of one empty structure under the number of bloom_filter_length.
  FooterSample sample;
  sample.row_groups[0].chunks = {
      ChunkSample{.bloom_filter = 100, .bloom_filter_length = 7}};
  std::string bytes = sample.Serialize();
  const std::string length_field = "\x15\x0E";  // i32, 7
  const size_t position = bytes.find(length_field, bytes.find("\x56\xC8\x01"));
  ASSERT_NE(position, std::string::npos);
  bytes.replace(position, 2, std::string("\x19\x1C\0", 3));
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Parse(bytes, kFileSize));
  ASSERT_OK_AND_ASSIGN(const auto layouts, footer.ColumnChunks(0));
  EXPECT_EQ(layouts[0].bloom_filter_offset, 100);
  EXPECT_EQ(layouts[0].bloom_filter_length, -1);
}

}  // namespace
}  // namespace planish
