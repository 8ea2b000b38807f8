// SPDX-License-Identifier: Apache-2.0
// Every type in every shape, encoding, page version and codec, without some of its rows.
#include "format/chunk_transcoder.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "arrow/table.h"
#include "arrow/util/compression.h"
#include "parquet/metadata.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/temp_dir.h"
#include "unit/format/leaf_types.h"
#include "unit/format/transcoding.h"

namespace planish {
namespace {

using parquet::Encoding;

constexpr int kRows = 700;

struct Shape {
  const char* name;
  std::shared_ptr<arrow::DataType> (*wrap)(const std::shared_ptr<arrow::DataType>&);
  const char* path;
  bool nullable = true;
};

std::vector<Shape> Shapes() {
  return {
      {"required", [](const auto& leaf) { return leaf; }, "c", false},
      {"optional", [](const auto& leaf) { return leaf; }, "c"},
      {"list", [](const auto& leaf) { return arrow::list(leaf); }, "c.list.element"},
      {"list_of_struct",
       [](const auto& leaf) {
         return arrow::list(arrow::struct_({arrow::field("s", leaf)}));
       },
       "c.list.element.s"},
      {"map", [](const auto& leaf) { return arrow::map(arrow::int32(), leaf); },
       "c.key_value.value"},
  };
}

/// Rows that every test drops in turn.
std::vector<std::pair<const char*, IsDropped>> Patterns() {
  return {
      {"none", [](int64_t) { return false; }},
      {"every_other", [](int64_t row) { return row % 2 == 0; }},
      {"all_but_one", [](int64_t row) { return row != 613; }},
      {"stretches", [](int64_t row) { return row / 97 % 2 == 1; }},
      {"one_in_ten", [](int64_t row) { return row * 7919 % 10 == 0; }},
      {"all", [](int64_t) { return true; }},
  };
}

/// A column of random values, some of them often.
std::shared_ptr<arrow::Table> RandomTable(const std::shared_ptr<arrow::DataType>& type,
                                          bool nullable) {
  RandomSource random(20240307);
  std::vector<int> indexes;
  for (int row = 0; row < kRows; ++row) {
    indexes.push_back(nullable && random.OneIn(5)
                          ? kNullIndex
                          : random.Below(random.OneIn(3) ? 200 : 9));
  }
  auto column = ColumnOfValues(type, indexes);
  EXPECT_TRUE(column.ok()) << column.status();
  return arrow::Table::Make(arrow::schema({arrow::field("c", type, nullable)}),
                            {*column});
}

struct Case {
  LeafType leaf;
  Shape shape;
  bool data_page_v2;
};

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.leaf.name << " " << tested.shape.name;
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const LeafType& leaf : LeafTypes()) {
    for (const Shape& shape : Shapes()) {
      for (const bool v2 : {false, true}) cases.push_back({leaf, shape, v2});
    }
  }
  return cases;
}

class ChunkTranscoderTest : public testing::TestWithParam<Case> {
 protected:
  std::string Write(const WriteSpec& spec) {
    const auto table = RandomTable(GetParam().shape.wrap(GetParam().leaf.type),
                                   GetParam().shape.nullable);
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  /// Small pages in two row groups.
  WriteSpec SmallPages() const {
    WriteSpec spec;
    spec.row_group_rows = 500;
    spec.data_page_bytes = 300;
    spec.write_batch_rows = 16;
    spec.data_page_v2 = GetParam().data_page_v2;
    spec.int96 = GetParam().leaf.int96;
    return spec;
  }

  std::vector<WriteSpec> Encodings() const {
    std::vector<WriteSpec> specs = {SmallPages()};
    for (const Encoding::type encoding : GetParam().leaf.encodings) {
      specs.push_back(SmallPages());
      specs.back().dictionary = false;
      specs.back().encodings[GetParam().shape.path] = encoding;
    }
    return specs;
  }

  TempDir directory_;
};

// Arrow's writer lists data pages of version 2 as if they were of version 1.
bool IsDictionary(const parquet::PageEncodingStats& pages) {
  return pages.page_type == parquet::PageType::DICTIONARY_PAGE;
}

/// Encodings of data pages and of the dictionary page, and the codec, are the source's.
void ExpectSameForm(const std::string& source_bytes, const std::string& bytes) {
  const auto source = ReadMetadata(source_bytes), result = ReadMetadata(bytes);
  for (int i = 0; i < result->num_row_groups(); ++i) {
    const auto source_group = source->RowGroup(0), group = result->RowGroup(i);
    for (int leaf = 0; leaf < group->num_columns(); ++leaf) {
      const auto expected = source_group->ColumnChunk(leaf),
                 chunk = group->ColumnChunk(leaf);
      EXPECT_EQ(chunk->compression(), expected->compression());
      EXPECT_EQ(chunk->has_dictionary_page(), expected->has_dictionary_page());
      EXPECT_EQ(chunk->encoding_stats().empty(), expected->encoding_stats().empty());
      for (const auto& page : chunk->encoding_stats()) {
        bool known = false;
        for (const auto& other : expected->encoding_stats()) {
          known |= page.encoding == other.encoding &&
                   IsDictionary(page) == IsDictionary(other);
        }
        EXPECT_TRUE(known) << parquet::EncodingToString(page.encoding);
      }
    }
  }
}

void ExpectOnlyDroppedRowsGone(const std::string& bytes) {
  ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(bytes));
  for (const auto& [name, is_dropped] : Patterns()) {
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(const std::string transcoded, TranscodeFile(bytes, is_dropped));
    ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, is_dropped));
    ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(transcoded));
    ASSERT_TRUE(TablesEqual(*expected, *actual));
    ExpectSameForm(bytes, transcoded);
  }
}

TEST_P(ChunkTranscoderTest, LosesJustTheDroppedRowsInEveryEncoding) {
  for (const WriteSpec& spec : Encodings()) {
    SCOPED_TRACE(spec.dictionary
                     ? "DICTIONARY"
                     : parquet::EncodingToString(spec.encodings.begin()->second));
    ExpectOnlyDroppedRowsGone(Write(spec));
  }
}

TEST_P(ChunkTranscoderTest, LosesJustTheDroppedRowsInEveryCodec) {
  for (const auto codec :
       {arrow::Compression::UNCOMPRESSED, arrow::Compression::GZIP,
        arrow::Compression::ZSTD, arrow::Compression::BROTLI, arrow::Compression::LZ4}) {
    if (!arrow::util::Codec::IsAvailable(codec)) continue;
    SCOPED_TRACE(arrow::util::Codec::GetCodecAsString(codec));
    WriteSpec spec = SmallPages();
    spec.codec = codec;
    ExpectOnlyDroppedRowsGone(Write(spec));
  }
}

TEST_P(ChunkTranscoderTest, LosesJustTheDroppedRowsWithoutAnyExtras) {
  WriteSpec spec = SmallPages();
  spec.statistics = false;
  ExpectOnlyDroppedRowsGone(Write(spec));
}

TEST_P(ChunkTranscoderTest, LosesJustTheDroppedRowsWithEveryExtra) {
  WriteSpec spec = SmallPages();
  spec.page_index = true;
  spec.page_checksums = true;
  ExpectOnlyDroppedRowsGone(Write(spec));
}

INSTANTIATE_TEST_SUITE_P(All, ChunkTranscoderTest, testing::ValuesIn(Cases()),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return std::string(tested.param.leaf.name) + "_" +
                                  tested.param.shape.name +
                                  (tested.param.data_page_v2 ? "_v2" : "_v1");
                         });

}  // namespace
}  // namespace planish
