// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "arrow/result.h"
#include "format/footer.h"
#include "format/parquet_file.h"
#include "io/file_system.h"
#include "parquet/schema.h"

namespace planish {

/// Reads the page index of a column chunk: what it says of each of the chunk's pages.
/// `type` is what the leaf column's values are read as. Nothing if there is none, or none
/// that can be relied upon: both of its parts must be there and agree with each other and
/// with the chunk. Throws what Parquet throws.
arrow::Result<std::vector<PageStatistics>> ReadPageStatistics(
    InputFile& input, const ColumnChunkLayout& layout,
    const parquet::ColumnDescriptor& column, const std::shared_ptr<arrow::DataType>& type,
    arrow::MemoryPool* pool);

}  // namespace planish
