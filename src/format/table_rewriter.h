// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "base/row_bitmap.h"
#include "format/parquet_file.h"
#include "io/file_system.h"
#include "planish/writer_options.h"

namespace planish {

/// The naive rewrite, for the reference engine: every row group is read as an Arrow
/// table, filtered, and written by Arrow's own Parquet writer, a row group for a row
/// group (empty ones left out). Row groups in `skipped` are not looked at. Codec per
/// column as in the source's first row group unless `options` say otherwise. Returns the
/// number of rows written.
arrow::Result<int64_t> RewriteAsTables(const ParquetFile& file,
                                       const std::set<int>& skipped,
                                       const RowBitmapSlice& dropped,
                                       const WriterOptions& options, OutputFile* out,
                                       arrow::MemoryPool* pool);

}  // namespace planish
