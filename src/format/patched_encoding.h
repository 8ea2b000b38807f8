// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/arrow_parquet_file.h"
#include "format/column_encoder.h"
#include "format/column_patcher.h"
#include "format/schema_change.h"

namespace planish {

/// What PatchColumn does, with the column in another form: `convert`, if set, gives the
/// values that the file has the type of the form's field, which those of `patch` have.
/// May throw what Parquet throws.
arrow::Result<std::vector<EncodedChunk>> EncodePatched(
    const ArrowParquetFile& file, int row_group, int column, ColumnForm form,
    const ConvertValues& convert, const ColumnPatch& patch, const RowBitmapSlice& dropped,
    arrow::MemoryPool* pool, WaitingRoom* room);

}  // namespace planish
