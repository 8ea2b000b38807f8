// SPDX-License-Identifier: Apache-2.0
#include "format/chunk_verification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/table.h"
#include "format/footer.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class ChunkVerification : public testing::Test {
 protected:
  std::string Write(const std::shared_ptr<arrow::DataType>& type, WriteSpec spec) {
    RandomSource random(5);
    std::vector<int> indexes;
    for (int i = 0; i < 700; ++i) {
      indexes.push_back(random.OneIn(8) ? kNullIndex : random.Below(60));
    }
    auto column = ColumnOfValues(type, indexes);
    EXPECT_OK(column.status());
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("c", type)}), {*column});
    spec.data_page_bytes = 300;
    spec.write_batch_rows = 40;
    spec.row_group_rows = 400;
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  static arrow::Status Verify(const std::string& bytes) {
    auto input = std::make_shared<MemoryInput>(bytes);
    ARROW_ASSIGN_OR_RAISE(const auto file,
                          ParquetFile::Open(input, arrow::default_memory_pool()));
    for (int group = 0; group < file->footer().num_row_groups(); ++group) {
      for (int leaf = 0; leaf < file->num_leaf_columns(); ++leaf) {
        ARROW_RETURN_NOT_OK(
            VerifyColumnChunk(*file, group, leaf, arrow::default_memory_pool()));
      }
    }
    return arrow::Status::OK();
  }

  TempDir directory_;
};

std::vector<std::shared_ptr<arrow::DataType>> Types() {
  return {arrow::boolean(),
          arrow::int32(),
          arrow::float64(),
          arrow::utf8(),
          arrow::fixed_size_binary(5),
          arrow::decimal128(20, 3),
          arrow::list(arrow::utf8()),
          arrow::struct_({arrow::field("a", arrow::int64()),
                          arrow::field("b", arrow::list(arrow::int32()))})};
}

TEST_F(ChunkVerification, AcceptsWhatArrowWrites) {
  for (const auto& type : Types()) {
    for (const bool dictionary : {false, true}) {
      for (const bool version_2 : {false, true}) {
        for (const auto codec : {arrow::Compression::UNCOMPRESSED,
                                 arrow::Compression::SNAPPY, arrow::Compression::ZSTD}) {
          SCOPED_TRACE(type->ToString() + (dictionary ? ", dictionary" : "") +
                       (version_2 ? ", version 2" : ""));
          WriteSpec spec;
          spec.dictionary = dictionary;
          spec.data_page_v2 = version_2;
          spec.codec = codec;
          spec.page_checksums = true;
          EXPECT_OK(Verify(Write(type, spec)));
        }
      }
    }
  }
}

TEST_F(ChunkVerification, AcceptsEncodingsOtherThanPlain) {
  const std::vector<std::pair<std::shared_ptr<arrow::DataType>, parquet::Encoding::type>>
      cases = {{arrow::int64(), parquet::Encoding::DELTA_BINARY_PACKED},
               {arrow::utf8(), parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY},
               {arrow::utf8(), parquet::Encoding::DELTA_BYTE_ARRAY},
               {arrow::float32(), parquet::Encoding::BYTE_STREAM_SPLIT},
               {arrow::boolean(), parquet::Encoding::RLE}};
  for (const auto& [type, encoding] : cases) {
    SCOPED_TRACE(type->ToString());
    WriteSpec spec;
    spec.dictionary = false;
    spec.encodings = {{"c", encoding}};
    EXPECT_OK(Verify(Write(type, spec)));
  }
}

TEST_F(ChunkVerification, EveryChangedByteOfPagesWithChecksumsIsFound) {
  WriteSpec spec;
  spec.page_checksums = true;
  const std::string sound = Write(arrow::utf8(), spec);
  MemoryInput input(sound);
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
  ASSERT_OK_AND_ASSIGN(const auto layouts, footer.ColumnChunks(1));
  const ColumnChunkLayout& chunk = layouts[0];
  int64_t missed = 0;
  for (int64_t at = 0; at < chunk.data_length; ++at) {
    std::string damaged = sound;
    damaged[static_cast<size_t>(chunk.data_offset + at)] ^= 0x10;
    const arrow::Status status = Verify(damaged);
    if (status.ok()) {
      ++missed;
      continue;
    }
    const ErrorDetail* detail = GetErrorDetail(status);
    ASSERT_NE(detail, nullptr);
    EXPECT_EQ(detail->row_group, 1);
    EXPECT_EQ(detail->column, "c");
  }
  // Headers have no checksum: of theirs, statistics and the like can change unseen.
  EXPECT_LT(missed, chunk.data_length / 4);
}

TEST_F(ChunkVerification, IndicesBeyondTheDictionaryAreFound) {
  WriteSpec spec;
  spec.codec = arrow::Compression::UNCOMPRESSED;
  const std::string sound = Write(arrow::int64(), spec);
  MemoryInput input(sound);
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(input));
  ASSERT_OK_AND_ASSIGN(const auto layouts, footer.ColumnChunks(1));
  // The last bytes of the last page are packed indices of 6 bits, of 60 entries.
  std::string damaged = sound;
  const int64_t end = layouts[0].data_offset + layouts[0].data_length;
  for (int64_t at = end - 6; at < end; ++at) damaged[static_cast<size_t>(at)] = '\xFF';
  EXPECT_ERROR_KIND(Verify(damaged), ErrorKind::kCorrupt);
}

TEST_F(ChunkVerification, TellsChunksWithTheSamePagesFromOthers) {
  const std::string bytes = Write(arrow::utf8(), {});
  auto input = std::make_shared<MemoryInput>(bytes);
  arrow::MemoryPool* const pool = arrow::default_memory_pool();
  ASSERT_OK_AND_ASSIGN(const auto file, ParquetFile::Open(input, pool));
  ASSERT_OK_AND_ASSIGN(const bool itself,
                       HaveSamePages({file.get(), 1, 0}, {file.get(), 1, 0}, pool));
  EXPECT_TRUE(itself);
  ASSERT_OK_AND_ASSIGN(const bool other,
                       HaveSamePages({file.get(), 0, 0}, {file.get(), 1, 0}, pool));
  EXPECT_FALSE(other);
}

}  // namespace
}  // namespace planish
