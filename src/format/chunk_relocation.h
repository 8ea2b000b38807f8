// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/result.h"
#include "arrow/status.h"
#include "format/footer.h"

/// \file
/// Metadata of column chunks and row groups that have moved: bytes in, bytes out. Fields
/// that planish does not know stay, in the places and order they had.

namespace planish {

struct FileRange {
  int64_t offset = -1;  ///< -1: there is none
  int64_t length = 0;
};

/// Where the pieces of a column chunk are now.
struct ChunkPlacement {
  int64_t data_shift = 0;  ///< new offset of every page minus its old one
  FileRange bloom_filter, column_index, offset_index;
};

/// Appends `column_chunk`, a serialized ColumnChunk laid out as `layout` says, with the
/// offsets of its new place. What has no place any more is left out.
arrow::Status RelocateChunk(std::string_view column_chunk,
                            const ColumnChunkLayout& layout,
                            const ChunkPlacement& placement, std::string* out);

/// Appends the ColumnChunk of a chunk that was encoded anew from `source`. What describes
/// the data comes from `encoded`, whose offsets count from its first byte; key-value
/// metadata and geospatial bounds come from `source` if `encoded` has none: bounds of
/// more values are bounds. Other fields of `source` are not taken over, known or not:
/// they describe values that are gone. `keep_order_statistics` false leaves out
/// statistics. An empty `source` has nothing to give.
arrow::Status WriteEncodedChunk(std::string_view encoded, std::string_view source,
                                const ChunkPlacement& placement,
                                bool keep_order_statistics, std::string* out);

/// Sizes in the metadata of an encoded chunk.
struct EncodedSizes {
  int64_t compressed = 0, uncompressed = 0;
};
arrow::Result<EncodedSizes> ReadEncodedSizes(std::string_view encoded_column_chunk);

/// What changes in a RowGroup. Sizes below 0 stay as they are.
struct RowGroupPlacement {
  int64_t num_rows = 0;
  int64_t total_byte_size = -1, total_compressed_size = -1;
  int64_t file_offset = 0;
  int ordinal = 0;
  bool keep_sorting = true;  ///< sorting columns, which say that rows are in their order
};

/// Appends `row_group`, a serialized RowGroup, with a column chunk for each of
/// `source_chunks`, which says what chunk of the row group it comes from, or -1.
/// `write_chunk(i, column_chunk)` appends the i-th one to `out`; `column_chunk` is empty
/// for one without a source.
arrow::Status RelocateRowGroup(
    std::string_view row_group, const RowGroupPlacement& placement,
    const std::vector<int>& source_chunks,
    const std::function<arrow::Status(int, std::string_view)>& write_chunk,
    std::string* out);

struct RelocatedOffsetIndex {
  std::string bytes;
  int64_t num_pages = 0;
};
/// Adds `shift` to the pages of a serialized OffsetIndex. An error unless every page lies
/// within the old range of the chunk, `length` bytes from `begin`.
arrow::Result<RelocatedOffsetIndex> RelocateOffsetIndex(std::string_view index,
                                                        int64_t begin, int64_t length,
                                                        int64_t shift);

/// Pages of a serialized ColumnIndex; an error if it is damaged.
arrow::Result<int64_t> CountColumnIndexPages(std::string_view index);

/// Size of a bloom filter with its header, of which `bytes` holds the beginning.
arrow::Result<int64_t> ReadBloomFilterLength(std::string_view bytes);

}  // namespace planish
