// SPDX-License-Identifier: Apache-2.0
// What a transcoded column chunk says of its values.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/table.h"
#include "parquet/page_index.h"
#include "parquet/size_statistics.h"
#include "parquet/statistics.h"
#include "support/random_column.h"
#include "support/random_source.h"
#include "unit/format/transcoded_pages.h"

namespace planish {
namespace {

class TranscodedStatisticsTest : public TranscodedPagesTest {};

TEST_F(TranscodedStatisticsTest, StatisticsAreThoseThatArrowWritesForTheRowsLeft) {
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

TEST_F(TranscodedStatisticsTest, SizesAreThoseThatArrowWritesForTheRowsLeft) {
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

TEST_F(TranscodedStatisticsTest, WithoutStatisticsInTheSourceThereAreNone) {
  WriteSpec spec = SmallPages();
  spec.statistics = false;
  const auto metadata = ReadMetadata(Transcode(Write(Numbers(500), spec), EveryOther));
  EXPECT_FALSE(metadata->RowGroup(0)->ColumnChunk(0)->is_stats_set());
}

TEST_F(TranscodedStatisticsTest, PageIndexesDescribeTheNewPages) {
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

TEST_F(TranscodedStatisticsTest, PageIndexesLeadToThePagesBehindANewDictionary) {
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

TEST_F(TranscodedStatisticsTest, WithoutPageIndexInTheSourceThereIsNone) {
  const auto metadata = ReadMetadata(Transcode(Write(Numbers(500)), EveryOther));
  EXPECT_FALSE(
      metadata->RowGroup(0)->ColumnChunk(0)->GetOffsetIndexLocation().has_value());
  EXPECT_FALSE(
      metadata->RowGroup(0)->ColumnChunk(0)->GetColumnIndexLocation().has_value());
}

}  // namespace
}  // namespace planish
