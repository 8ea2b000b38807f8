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
  std::shared_ptr<arrow::Buffer> data;  ///< pages with their headers, dictionary page first
  /// Serialized ColumnChunk structure; its offsets count from the first byte of `data`.
  std::string column_chunk;
  /// Serialized indexes, empty if the source chunk had none. Offsets as in `column_chunk`.
  std::string offset_index, column_index;
  int64_t decoded_bytes = 0;  ///< compressed size of the source chunk
};

/// Decodes one column chunk, leaves out the rows in `dropped`, and encodes the rest as the source
/// was encoded: physical type, dictionary or plain or delta encoding, codec, page version, page
/// index, statistics as far as the source had them. `options` override the codec. Values and levels
/// pass through unchanged, nested or not. The result does not depend on anything but the arguments.
arrow::Result<EncodedChunk> TranscodeColumnChunk(const ParquetFile& file, int row_group, int leaf,
                                                 const RowBitmapSlice& dropped,
                                                 const WriterOptions& options,
                                                 arrow::MemoryPool* pool);

}  // namespace planish
