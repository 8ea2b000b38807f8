// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "format/parquet_file.h"
#include "planish/writer_options.h"

namespace planish {

/// A column chunk encoded in memory, ready for a FileSplicer.
struct EncodedChunk {
  std::shared_ptr<arrow::Buffer>
      data;  ///< pages with their headers, dictionary page first
  /// Serialized ColumnChunk structure; its offsets count from the first byte of `data`.
  std::string column_chunk;
  /// Serialized indexes, empty if the source chunk had none. Offsets as in
  /// `column_chunk`.
  std::string offset_index, column_index;
  int64_t decoded_bytes = 0;  ///< compressed size of the source chunk
};

/// Leaves the rows in `dropped` out of a column chunk. Pages are taken apart one by one,
/// and what is left goes into new pages as the source encodes it: values and levels pass
/// through unchanged, nested or not.
///
/// As in the source: encoding of each page, with dictionary, without, or falling back;
/// codec (unless `options` name one), LZ4 in Hadoop's frames included; version of data
/// pages; checksums; which statistics chunk and pages have; page indexes; size
/// statistics. Statistics are exact for the rows that are left. Pages that lost more than
/// half of their rows are joined. A dictionary is taken over with entries that no row
/// uses any more, until they are too many.
///
/// Not as in the source: levels are never bit-packed in the deprecated way; compression
/// has the codec's default level, as files do not say which they have; bounds of more
/// than 4 KiB and distinct counts are left out.
///
/// Errors carry file, row group and column: kCorrupt (a wrong checksum too), kUnsupported
/// (a codec or encoding that Arrow lacks), kMemoryLimit. `file` must come from
/// ParquetFile::Open. Memory: a page a few times over and the encoded chunk, from `pool`.
/// The result depends on nothing but the arguments. Thread-safe.
arrow::Result<EncodedChunk> TranscodeColumnChunk(const ParquetFile& file, int row_group,
                                                 int leaf, const RowBitmapSlice& dropped,
                                                 const WriterOptions& options,
                                                 arrow::MemoryPool* pool);

}  // namespace planish
