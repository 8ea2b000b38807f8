// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/type.h"
#include "format/schema_change.h"
#include "parquet/metadata.h"
#include "parquet/schema.h"

namespace planish {

/// `type` with dictionary types replaced by their value types and extension types by
/// their storage, at any depth.
std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type);

/// The text of an Arrow schema by which Arrow reads plain types: if the one that a writer
/// left in `metadata` has dictionary or extension types, that without them; else nothing.
/// The writer's schema is measured before it is decoded: see CheckMetadataFits.
arrow::Result<std::optional<std::string>> PlainArrowSchema(
    const parquet::FileMetaData& metadata, const arrow::MemoryPool* pool);

/// The key-value entry that Arrow's writers leave their schema in.
inline constexpr const char* kArrowSchemaKey = "ARROW:schema";
/// Its text, and the text of one with the columns that `change` has in place of others,
/// which keep the metadata of those but for extension types, and with those it adds.
arrow::Result<std::string> EncodeArrowSchema(const arrow::Schema& schema);
arrow::Result<std::string> WithChange(const std::string& text,
                                      const SchemaChange& change);

/// The type that shows INT96 without loss: nanoseconds since the Unix epoch.
const std::shared_ptr<arrow::DataType>& Int96ValueType();

/// Whether the top-level column that `leaf` belongs to is an INT96 and nothing around it.
bool IsFlatInt96(const parquet::SchemaDescriptor& schema, int leaf);
/// Whether a field of ParquetFile::schema comes from one.
bool IsInt96Field(const arrow::Field& field);

}  // namespace planish
