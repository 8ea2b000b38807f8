// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "format/thrift_compact.h"

/// \file
/// Fields of parquet.thrift that planish reads or edits, one namespace a structure. They
/// are keys, number and type: a field with a known number and another type is somebody's
/// own (Dremio has one). Every Thrift reader skips it, and here it counts as unknown too.

namespace planish {

/// In any structure: a private extension, whose content planish cannot know. It may
/// repeat the offsets around it (a whole second footer, pages kept elsewhere), so it is
/// not carried into structures whose offsets change.
inline constexpr int32_t kExtensionField = FieldKey(32767, ThriftType::kBinary);
/// The same field by the bytes that the specification prints for it (08 FF FF 01), which
/// lack Thrift's zigzag.
inline constexpr int32_t kPrintedExtensionField = FieldKey(-16384, ThriftType::kBinary);

namespace file_field {  // FileMetaData
inline constexpr int32_t kSchema = FieldKey(2, ThriftType::kList);
inline constexpr int32_t kNumRows = FieldKey(3, ThriftType::kI64);
inline constexpr int32_t kRowGroups = FieldKey(4, ThriftType::kList);
inline constexpr int32_t kKeyValueMetadata = FieldKey(5, ThriftType::kList);
inline constexpr int32_t kCreatedBy = FieldKey(6, ThriftType::kBinary);
inline constexpr int32_t kColumnOrders = FieldKey(7, ThriftType::kList);
inline constexpr int32_t kEncryptionAlgorithm = FieldKey(8, ThriftType::kStruct);
}  // namespace file_field
namespace schema_field {  // SchemaElement
inline constexpr int32_t kType = FieldKey(1, ThriftType::kI32);
inline constexpr int32_t kTypeLength = FieldKey(2, ThriftType::kI32);
inline constexpr int32_t kRepetition = FieldKey(3, ThriftType::kI32);
inline constexpr int32_t kName = FieldKey(4, ThriftType::kBinary);
inline constexpr int32_t kNumChildren = FieldKey(5, ThriftType::kI32);
inline constexpr int32_t kConvertedType = FieldKey(6, ThriftType::kI32);
inline constexpr int32_t kScale = FieldKey(7, ThriftType::kI32);
inline constexpr int32_t kPrecision = FieldKey(8, ThriftType::kI32);
inline constexpr int32_t kLogicalType = FieldKey(10, ThriftType::kStruct);
}  // namespace schema_field
namespace key_value_field {  // KeyValue
inline constexpr int32_t kKey = FieldKey(1, ThriftType::kBinary);
inline constexpr int32_t kValue = FieldKey(2, ThriftType::kBinary);
}  // namespace key_value_field
namespace row_group_field {  // RowGroup
inline constexpr int32_t kColumns = FieldKey(1, ThriftType::kList);
inline constexpr int32_t kTotalByteSize = FieldKey(2, ThriftType::kI64);
inline constexpr int32_t kNumRows = FieldKey(3, ThriftType::kI64);
inline constexpr int32_t kSortingColumns = FieldKey(4, ThriftType::kList);
inline constexpr int32_t kFileOffset = FieldKey(5, ThriftType::kI64);
inline constexpr int32_t kTotalCompressedSize = FieldKey(6, ThriftType::kI64);
inline constexpr int32_t kOrdinal = FieldKey(7, ThriftType::kI16);
}  // namespace row_group_field
namespace sorting_field {  // SortingColumn
inline constexpr int32_t kColumnIndex = FieldKey(1, ThriftType::kI32);
}
namespace chunk_field {  // ColumnChunk
inline constexpr int32_t kFilePath = FieldKey(1, ThriftType::kBinary);
inline constexpr int32_t kFileOffset = FieldKey(2, ThriftType::kI64);
inline constexpr int32_t kMetaData = FieldKey(3, ThriftType::kStruct);
inline constexpr int32_t kOffsetIndexOffset = FieldKey(4, ThriftType::kI64);
inline constexpr int32_t kOffsetIndexLength = FieldKey(5, ThriftType::kI32);
inline constexpr int32_t kColumnIndexOffset = FieldKey(6, ThriftType::kI64);
inline constexpr int32_t kColumnIndexLength = FieldKey(7, ThriftType::kI32);
inline constexpr int32_t kCryptoMetadata = FieldKey(8, ThriftType::kStruct);
inline constexpr int32_t kEncryptedMetadata = FieldKey(9, ThriftType::kBinary);
}  // namespace chunk_field
namespace column_field {  // ColumnMetaData
inline constexpr int32_t kType = FieldKey(1, ThriftType::kI32);
inline constexpr int32_t kPathInSchema = FieldKey(3, ThriftType::kList);
inline constexpr int32_t kCodec = FieldKey(4, ThriftType::kI32);
inline constexpr int32_t kNumValues = FieldKey(5, ThriftType::kI64);
inline constexpr int32_t kTotalUncompressedSize = FieldKey(6, ThriftType::kI64);
inline constexpr int32_t kTotalCompressedSize = FieldKey(7, ThriftType::kI64);
inline constexpr int32_t kKeyValueMetadata = FieldKey(8, ThriftType::kList);
inline constexpr int32_t kDataPageOffset = FieldKey(9, ThriftType::kI64);
inline constexpr int32_t kIndexPageOffset = FieldKey(10, ThriftType::kI64);
inline constexpr int32_t kDictionaryPageOffset = FieldKey(11, ThriftType::kI64);
inline constexpr int32_t kStatistics = FieldKey(12, ThriftType::kStruct);
inline constexpr int32_t kBloomFilterOffset = FieldKey(14, ThriftType::kI64);
inline constexpr int32_t kBloomFilterLength = FieldKey(15, ThriftType::kI32);
inline constexpr int32_t kGeospatialStatistics = FieldKey(17, ThriftType::kStruct);
}  // namespace column_field
namespace offset_index_field {  // OffsetIndex
inline constexpr int32_t kPageLocations = FieldKey(1, ThriftType::kList);
}
namespace page_location_field {  // PageLocation
inline constexpr int32_t kOffset = FieldKey(1, ThriftType::kI64);
inline constexpr int32_t kCompressedPageSize = FieldKey(2, ThriftType::kI32);
}  // namespace page_location_field
namespace column_index_field {  // ColumnIndex
inline constexpr int32_t kNullPages = FieldKey(1, ThriftType::kList);
}
namespace bloom_filter_field {  // BloomFilterHeader
inline constexpr int32_t kNumBytes = FieldKey(1, ThriftType::kI32);
// Unions, whose first member is the only one that planish reads: blocks, XXH64, as it is.
inline constexpr int32_t kAlgorithm = FieldKey(2, ThriftType::kStruct);
inline constexpr int32_t kHash = FieldKey(3, ThriftType::kStruct);
inline constexpr int32_t kCompression = FieldKey(4, ThriftType::kStruct);
inline constexpr int32_t kFirstMember = FieldKey(1, ThriftType::kStruct);
}  // namespace bloom_filter_field
namespace column_order_field {  // ColumnOrder
inline constexpr int32_t kTypeDefined = FieldKey(1, ThriftType::kStruct);
}

}  // namespace planish
