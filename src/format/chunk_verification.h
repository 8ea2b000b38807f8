// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/status.h"
#include "format/parquet_file.h"

namespace planish {

/// Proves that a column chunk can be read: every page matches its checksum, if it has
/// one, and decompresses to the size that it states; levels decode, and make as many rows
/// as the row group has; dictionary indices decode, and each has its entry; values of
/// other encodings are there. What the values are is not looked at, so a value that was
/// changed in a page without a checksum is not found.
///
/// Errors carry file, row group and column: kCorrupt, kUnsupported (a codec or an
/// encoding that Arrow lacks), kMemoryLimit. `file` must come from ParquetFile::Open.
/// Memory, from `pool`: two pages and the dictionary. Thread-safe.
arrow::Status VerifyColumnChunk(const ParquetFile& file, int row_group, int leaf,
                                arrow::MemoryPool* pool);

/// A column chunk by its place.
struct ColumnChunkPlace {
  const ParquetFile* file = nullptr;
  int row_group = 0;
  int leaf = 0;
};

/// Whether the pages of both are the same, byte for byte.
arrow::Result<bool> HaveSamePages(const ColumnChunkPlace& left,
                                  const ColumnChunkPlace& right, arrow::MemoryPool* pool);

}  // namespace planish
