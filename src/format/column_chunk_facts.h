// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/type.h"
#include "format/parquet_file.h"
#include "parquet/metadata.h"
#include "parquet/statistics.h"

namespace planish {

/// What a column chunk's metadata say of it, as far as it can be relied upon. All of
/// these throw what Parquet throws.

/// `type` is what the leaf column's values are read as.
ColumnChunkStatistics StatisticsOf(const parquet::ColumnChunkMetaData& chunk,
                                   const parquet::ColumnDescriptor& column,
                                   const std::shared_ptr<arrow::DataType>& type);

/// Sets `result`'s bounds to those of `statistics`, unless they leave out values that a
/// key may have or cannot be had in `type`.
void SetBounds(const parquet::Statistics& statistics,
               const parquet::ColumnDescriptor& column,
               const std::shared_ptr<arrow::DataType>& type,
               ColumnChunkStatistics* result);

/// Fills all of `summary` but the path.
void Summarize(const parquet::ColumnChunkMetaData& chunk, ColumnChunkSummary* summary);

/// Parquet decodes by the schema's type and never looks at the chunk's.
arrow::Status CheckPhysicalType(const parquet::FileMetaData& metadata, int row_group,
                                int leaf);

}  // namespace planish
