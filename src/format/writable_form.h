// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "arrow/array.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "format/arrow_parquet_file.h"
#include "parquet/properties.h"
#include "parquet/schema.h"
#include "planish/writer_options.h"

/// \file
/// What it takes for Arrow to write values the way an existing file has them: by the
/// file's own Parquet schema, not by the one that Arrow would make for their types. All
/// of these may throw what Parquet throws.

namespace planish {

/// A copy of a node; nodes know their parents, so they cannot be shared. Field ids
/// become `field_id`, unless that is absent.
parquet::schema::NodePtr CopyNode(const parquet::schema::Node& node,
                                  std::optional<int> field_id = std::nullopt);

/// A copy of the top-level columns `columns` of a file's schema, and `added` behind them.
std::shared_ptr<parquet::schema::GroupNode> CopySchema(
    const parquet::SchemaDescriptor& schema, const std::vector<int>& columns,
    const parquet::schema::NodeVector& added = {});

/// NotImplemented if Arrow cannot write the type that it reads top-level column `column`
/// of `file` as in that column's own layout: lists of two levels, decimals as byte
/// arrays or wider than they need be.
arrow::Status CheckWritable(const ArrowParquetFile& file, int column);

/// A field of ParquetFile::schema as Arrow's writer takes it: INT96 is a timestamp in
/// nanoseconds.
std::shared_ptr<arrow::Field> WritableField(const std::shared_ptr<arrow::Field>& field);

/// Encodings, codecs, page version and indexes as the column chunks of `row_group` have
/// them, for the leaves of `columns`; the defaults if that is negative. Columns that the
/// file does not have take after its first. Row groups have at most `row_group_rows`
/// rows. Columns whose chunks have bloom filters get them, as far as this Arrow writes
/// any. `retyped`: the columns get another type, for which an encoding need not do.
arrow::Result<std::shared_ptr<parquet::WriterProperties>> PropertiesLike(
    const ArrowParquetFile& file, int row_group, const std::vector<int>& columns,
    const WriterOptions& options, int64_t row_group_rows, arrow::MemoryPool* pool,
    bool retyped = false);

/// Properties that make Arrow write what WritableField says, INT96 if one of the columns
/// is that, or if `int96`.
std::shared_ptr<parquet::ArrowWriterProperties> ArrowPropertiesLike(
    const ArrowParquetFile& file, const std::vector<int>& columns, bool int96 = false);

}  // namespace planish
