// SPDX-License-Identifier: Apache-2.0
#include "format/page_statistics.h"

#include <string>
#include <utility>

#include "format/chunk_relocation.h"
#include "format/column_chunk_facts.h"
#include "format/metadata_size.h"
#include "parquet/page_index.h"
#include "parquet/properties.h"
#include "parquet/statistics.h"

namespace planish {
namespace {

/// Some hundred thousand pages. More would cost more than reading the keys.
constexpr int64_t kMaxIndexBytes = int64_t{16} << 20;

/// What becomes of one page: two strings, two scalars. An empty string is one byte in the
/// file.
constexpr int64_t kParsedPageBytes = 512;
constexpr int64_t kParsedBytesPerByte = 33;

arrow::Result<std::string> ReadRange(InputFile& input, int64_t offset, int64_t length) {
  std::string bytes(static_cast<size_t>(length), '\0');
  ARROW_RETURN_NOT_OK(input.ReadAt(offset, length, bytes.data()));
  return bytes;
}

bool IsUsable(const ColumnChunkLayout& layout, const parquet::ColumnDescriptor& column) {
  const bool there = layout.column_index_offset >= 0 && layout.column_index_length > 0 &&
                     layout.column_index_length <= kMaxIndexBytes &&
                     layout.offset_index_offset >= 0 && layout.offset_index_length > 0 &&
                     layout.offset_index_length <= kMaxIndexBytes;
  // Bounds mean something only in an order that the file says they are in.
  return there && column.sort_order() != parquet::SortOrder::UNKNOWN &&
         column.column_order().get_order() == parquet::ColumnOrder::TYPE_DEFINED_ORDER;
}

/// Arrow takes the length of such values for granted, but bounds may be cut short.
bool HasWholeBounds(const parquet::ColumnDescriptor& column, const std::string& min,
                    const std::string& max) {
  if (column.physical_type() != parquet::Type::FIXED_LEN_BYTE_ARRAY) return true;
  const auto length = static_cast<size_t>(column.type_length());
  return min.size() == length && max.size() == length;
}

}  // namespace

arrow::Result<std::vector<PageStatistics>> ReadPageStatistics(
    InputFile& input, const ColumnChunkLayout& layout,
    const parquet::ColumnDescriptor& column, const std::shared_ptr<arrow::DataType>& type,
    arrow::MemoryPool* pool) {
  std::vector<PageStatistics> pages;
  if (!IsUsable(layout, column)) return pages;
  ARROW_ASSIGN_OR_RAISE(
      const std::string offsets,
      ReadRange(input, layout.offset_index_offset, layout.offset_index_length));
  ARROW_ASSIGN_OR_RAISE(
      const RelocatedOffsetIndex places,
      RelocateOffsetIndex(offsets, layout.data_offset, layout.data_length, 0));
  ARROW_RETURN_NOT_OK(
      CheckMetadataFits(places.num_pages * kParsedPageBytes +
                            layout.column_index_length * kParsedBytesPerByte,
                        "page index", pool));
  ARROW_ASSIGN_OR_RAISE(
      const std::string bytes,
      ReadRange(input, layout.column_index_offset, layout.column_index_length));
  const auto index = parquet::ColumnIndex::Make(column, bytes.data(),
                                                static_cast<uint32_t>(bytes.size()),
                                                parquet::default_reader_properties());
  const size_t count = index->null_pages().size();
  if (places.num_pages != static_cast<int64_t>(count) ||
      index->encoded_min_values().size() != count ||
      index->encoded_max_values().size() != count ||
      (index->has_null_counts() && index->null_counts().size() != count)) {
    return arrow::Status::Invalid("the parts of a page index do not agree");
  }
  for (size_t i = 0; i < count; ++i) {
    PageStatistics& page = pages.emplace_back();
    page.all_null = index->null_pages()[i];
    const int64_t nulls = index->has_null_counts() ? index->null_counts()[i] : 0;
    if (index->has_null_counts()) page.statistics.null_count = nulls;
    const std::string& min = index->encoded_min_values()[i];
    const std::string& max = index->encoded_max_values()[i];
    if (page.all_null || !HasWholeBounds(column, min, max)) continue;
    const auto statistics = parquet::Statistics::Make(&column, min, max, 1, nulls, 0,
                                                      true, true, false, pool);
    SetBounds(*statistics, column, type, &page.statistics);
  }
  return pages;
}

}  // namespace planish
