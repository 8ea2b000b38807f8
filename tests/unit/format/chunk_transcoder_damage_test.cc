// SPDX-License-Identifier: Apache-2.0
// Files that are damaged, lie, or need more memory than there is.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/buffer_builder.h"
#include "arrow/io/memory.h"
#include "arrow/table.h"
#include "base/memory_budget.h"
#include "format/chunk_transcoder.h"
#include "format/rle_hybrid.h"
#include "parquet/column_page.h"
#include "parquet/column_reader.h"
#include "parquet/column_writer.h"
#include "parquet/file_writer.h"
#include "parquet/metadata.h"
#include "parquet/properties.h"
#include "parquet/schema.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "support/temp_dir.h"
#include "unit/format/transcoding.h"

namespace planish {
namespace {

bool EveryThird(int64_t row) {
  return row % 3 == 0;
}

class DamageTest : public testing::Test {
 protected:
  std::string WriteRandom(const std::shared_ptr<arrow::DataType>& type, WriteSpec spec) {
    RandomSource random(11);
    std::vector<int> indexes;
    for (int i = 0; i < 400; ++i) {
      indexes.push_back(random.OneIn(8) ? kNullIndex : random.Below(60));
    }
    auto column = ColumnOfValues(type, indexes);
    EXPECT_OK(column.status());
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("c", type)}), {*column});
    spec.data_page_bytes = 500;
    spec.write_batch_rows = 40;
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  TempDir directory_;
};

void AppendLevels(const std::vector<int16_t>& levels, size_t begin, size_t end,
                  arrow::BufferBuilder* out) {
  arrow::BufferBuilder encoded;
  ASSERT_OK(AppendRleHybrid(levels.data() + begin, static_cast<int64_t>(end - begin), 1,
                            &encoded));
  const auto size = static_cast<uint32_t>(encoded.length());
  ASSERT_OK(out->Append(&size, sizeof(size)));
  ASSERT_OK(out->Append(encoded.data(), encoded.length()));
}

/// Levels and values of a required list<int64>.
struct Lists {
  explicit Lists(const std::vector<int>& lengths) {
    for (const int length : lengths) {
      for (int i = 0; i < std::max(length, 1); ++i) {
        repetition.push_back(i > 0);
        definition.push_back(length > 0);
      }
    }
  }
  std::vector<int16_t> definition, repetition;
};

/// Pages of version 1 and 37 levels each, wherever rows begin, as Arrow no longer writes
/// them.
void WritePages(const Lists& lists, parquet::PageWriter* writer) {
  int64_t value = 0;
  for (size_t begin = 0; begin < lists.definition.size(); begin += 37) {
    const size_t end = std::min(begin + 37, lists.definition.size());
    arrow::BufferBuilder body;
    AppendLevels(lists.repetition, begin, end, &body);
    AppendLevels(lists.definition, begin, end, &body);
    for (size_t i = begin; i < end; ++i) {
      if (lists.definition[i] == 0) continue;
      ASSERT_OK(body.Append(&value, sizeof(value)));
      ++value;
    }
    const int64_t size = body.length();
    writer->WriteDataPage(parquet::DataPageV1(
        body.Finish().ValueOrDie(), static_cast<int32_t>(end - begin),
        parquet::Encoding::PLAIN, parquet::Encoding::RLE, parquet::Encoding::RLE, size));
  }
}

std::string WriteLists(const std::vector<int>& lengths) {
  using parquet::schema::GroupNode;
  const auto element = parquet::schema::PrimitiveNode::Make(
      "element", parquet::Repetition::REQUIRED, parquet::Type::INT64);
  const auto repeated = GroupNode::Make("list", parquet::Repetition::REPEATED, {element});
  const auto list = GroupNode::Make("c", parquet::Repetition::REQUIRED, {repeated},
                                    parquet::LogicalType::List());
  parquet::SchemaDescriptor schema;
  schema.Init(GroupNode::Make("schema", parquet::Repetition::REQUIRED, {list}));

  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_OK(sink->Write("PAR1"));
  const auto metadata =
      parquet::FileMetaDataBuilder::Make(&schema, parquet::default_writer_properties());
  auto* row_group = metadata->AppendRowGroup();
  const auto writer = parquet::PageWriter::Open(sink, arrow::Compression::UNCOMPRESSED,
                                                row_group->NextColumnChunk());
  WritePages(Lists(lengths), writer.get());
  writer->Close(/*has_dictionary=*/false, /*fallback=*/false);
  row_group->set_num_rows(static_cast<int64_t>(lengths.size()));
  row_group->Finish(sink->Tell().ValueOrDie());
  parquet::WriteFileMetaData(*metadata->Finish(), sink.get());
  return sink->Finish().ValueOrDie()->ToString();
}

TEST_F(DamageTest, RowsMayReachOverAnyNumberOfPages) {
  const std::vector<int> lengths = {1, 5000, 0, 3, 2000, 17, 900, 0, 1, 640, 2, 300};
  const std::string bytes = WriteLists(lengths);
  ASSERT_OK_AND_ASSIGN(const auto table, ReadTable(bytes));
  ASSERT_EQ(table->num_rows(), static_cast<int64_t>(lengths.size()));
  const auto pages = parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
  int num_pages = 0;
  const auto page_reader = pages->RowGroup(0)->GetColumnPageReader(0);
  while (page_reader->NextPage() != nullptr) ++num_pages;
  ASSERT_GT(num_pages, 100) << "rows do not reach over pages";
  for (int only = 0; only < static_cast<int>(lengths.size()); ++only) {
    for (const bool keep : {true, false}) {
      const IsDropped is_dropped = [&](int64_t row) { return (row == only) != keep; };
      ASSERT_OK_AND_ASSIGN(const std::string transcoded,
                           TranscodeFile(bytes, is_dropped));
      ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(table, is_dropped));
      ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(transcoded));
      ASSERT_TRUE(TablesEqual(*expected, *actual)) << only << " " << keep;
    }
  }
}

/// Where the column chunk's bytes lie.
std::pair<size_t, size_t> ChunkRange(const std::string& bytes) {
  MemoryInput input(bytes);
  const Footer footer = Footer::Read(input).ValueOrDie();
  const ColumnChunkLayout chunk = footer.ColumnChunks(0).ValueOrDie()[0];
  return {static_cast<size_t>(chunk.data_offset), static_cast<size_t>(chunk.data_length)};
}

/// Every outcome is fine but a crash and an error without a place.
void ExpectResultOrError(const std::string& bytes) {
  const auto result = TranscodeFile(bytes, EveryThird);
  if (result.ok()) return;
  const ErrorDetail* detail = GetErrorDetail(result.status());
  ASSERT_NE(detail, nullptr) << result.status();
  EXPECT_EQ(detail->file, "memory.parquet");
  EXPECT_EQ(detail->row_group, 0);
  EXPECT_FALSE(detail->column.empty()) << result.status();
}

TEST_F(DamageTest, DamagedBytesGiveAResultOrAnErrorThatSaysWhere) {
  using parquet::Encoding;
  struct Source {
    std::shared_ptr<arrow::DataType> type;
    const char* path;
    std::optional<Encoding::type> encoding;  ///< none: dictionary
  };
  const std::vector<Source> sources = {
      {arrow::int64(), "c", {}},
      {arrow::utf8(), "c", {}},
      {arrow::utf8(), "c", Encoding::PLAIN},
      {arrow::boolean(), "c", Encoding::RLE},
      {arrow::int32(), "c", Encoding::DELTA_BINARY_PACKED},
      {arrow::utf8(), "c", Encoding::DELTA_BYTE_ARRAY},
      {arrow::float64(), "c", Encoding::BYTE_STREAM_SPLIT},
      {arrow::list(arrow::utf8()), "c.list.element", {}},
      {arrow::list(arrow::fixed_size_binary(3)), "c.list.element", Encoding::PLAIN},
  };
  RandomSource random(99);
  for (const Source& source : sources) {
    for (const bool v2 : {false, true}) {
      WriteSpec spec;
      spec.data_page_v2 = v2;
      spec.page_index = v2;
      spec.codec =
          random.OneIn(2) ? arrow::Compression::UNCOMPRESSED : arrow::Compression::SNAPPY;
      if (source.encoding) spec.encodings[source.path] = *source.encoding;
      const std::string bytes = WriteRandom(source.type, spec);
      const auto [begin, length] = ChunkRange(bytes);
      for (int round = 0; round < 150; ++round) {
        SCOPED_TRACE(round);
        std::string damaged = bytes;
        for (int i = random.Between(1, 4); i > 0; --i) {
          damaged[begin + static_cast<size_t>(random.Below(static_cast<int>(length)))] =
              static_cast<char>(random.Below(256));
        }
        ExpectResultOrError(damaged);
      }
    }
  }
}

TEST_F(DamageTest, OverwrittenPagesAreAnError) {
  std::string bytes = WriteRandom(arrow::int64(), {});
  const auto [begin, length] = ChunkRange(bytes);
  std::fill_n(bytes.begin() + static_cast<int64_t>(begin), length, '\0');
  const auto result = TranscodeFile(bytes, EveryThird);
  ASSERT_ERROR_KIND(result.status(), ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(result.status())->column, "c");
}

TEST_F(DamageTest, ARefusalOfMemoryComesOutAsOne) {
  WriteSpec spec;
  spec.codec = arrow::Compression::GZIP;
  const std::string bytes = WriteRandom(arrow::utf8(), spec);
  bool refused = false, succeeded = false;
  for (int64_t limit = MemoryBudget::kMinimumLimit; limit < 8 << 20; limit += 100'000) {
    ASSERT_OK_AND_ASSIGN(auto budget, MemoryBudget::Make(limit));
    // All but a little is taken already.
    const int64_t taken = limit - (limit - MemoryBudget::kMinimumLimit) / 10;
    ASSERT_TRUE(budget->TryReserve(taken));
    {
      BudgetedPool pool(budget.get(), arrow::default_memory_pool());
      const auto result = TranscodeFile(bytes, EveryThird, {}, &pool);
      succeeded |= result.ok();
      if (!result.ok()) {
        refused = true;
        EXPECT_TRUE(result.status().IsOutOfMemory()) << result.status();
        EXPECT_ERROR_KIND(result.status(), ErrorKind::kMemoryLimit);
      }
    }
    EXPECT_EQ(budget->used(), taken);
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(succeeded);
}

}  // namespace
}  // namespace planish
