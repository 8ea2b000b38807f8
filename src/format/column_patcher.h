// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "format/chunk_transcoder.h"
#include "format/parquet_file.h"
#include "planish/writer_options.h"

namespace planish {

/// New values for some rows of one top-level column of a row group.
struct ColumnPatch {
  /// Rows of the row group, ascending, none of them dropped.
  std::vector<int64_t> rows;
  /// One for each, of the type that ParquetFile::schema has for the column.
  std::shared_ptr<arrow::Array> values;
};

/// The leaves of a column with `patch` applied and without the rows in `dropped`, encoded
/// by the column's own schema: encodings, codec, page version and page index as in the
/// source. Statistics are exact. Errors, with file, row group and column: those of
/// TranscodeColumnChunk, kUnsupported for a layout that Arrow reads but cannot write,
/// kSchemaMismatch for a null where the column is required. `file` must come from
/// ParquetFile::Open. Memory, from `pool`: a batch of rows twice, and the encoded chunks,
/// which go to `room` at the end. Thread-safe.
arrow::Result<std::vector<EncodedChunk>> PatchColumn(
    const ParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room = nullptr);

/// The same by patching the column's pages, which tells on the way what differs: see
/// PatchColumnChunk. Nothing if it takes PatchColumn: the column is nested or repeated,
/// has values that are the same with other bytes (INT96, half floats), or Arrow cannot
/// write it; or its dictionary would get too large.
arrow::Result<std::optional<PatchedChunk>> PatchFlatColumn(
    const ParquetFile& file, int row_group, int column, const ColumnPatch& patch,
    const RowBitmapSlice& dropped, const WriterOptions& options, arrow::MemoryPool* pool,
    WaitingRoom* room = nullptr);

/// `array` where `choice[i]` is below its length, else of `others` at what is beyond.
arrow::Result<std::shared_ptr<arrow::Array>> ChooseValues(
    const std::shared_ptr<arrow::Array>& array,
    const std::shared_ptr<arrow::Array>& others, const std::vector<int64_t>& choice,
    arrow::MemoryPool* pool);

}  // namespace planish
