// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// \file
/// Field numbers of parquet.thrift that planish reads or edits, one namespace a
/// structure.

namespace planish {

/// In any structure: a private extension, whose content planish cannot know. It may
/// repeat the offsets around it (a whole second footer, pages kept elsewhere), so it is
/// not carried into structures whose offsets change.
inline constexpr int16_t kExtensionField = 32767;

namespace file_field {  // FileMetaData
inline constexpr int16_t kSchema = 2, kNumRows = 3, kRowGroups = 4, kCreatedBy = 6,
                         kColumnOrders = 7, kEncryptionAlgorithm = 8;
}
namespace schema_field {  // SchemaElement
inline constexpr int16_t kType = 1, kNumChildren = 5;
}
namespace row_group_field {  // RowGroup
inline constexpr int16_t kColumns = 1, kTotalByteSize = 2, kNumRows = 3, kFileOffset = 5,
                         kTotalCompressedSize = 6, kOrdinal = 7;
}
namespace chunk_field {  // ColumnChunk
inline constexpr int16_t kFilePath = 1, kFileOffset = 2, kMetaData = 3,
                         kOffsetIndexOffset = 4, kOffsetIndexLength = 5,
                         kColumnIndexOffset = 6, kColumnIndexLength = 7,
                         kCryptoMetadata = 8, kEncryptedMetadata = 9;
}
namespace column_field {  // ColumnMetaData
inline constexpr int16_t kType = 1, kEncodings = 2, kPathInSchema = 3, kCodec = 4,
                         kNumValues = 5, kTotalUncompressedSize = 6,
                         kTotalCompressedSize = 7, kKeyValueMetadata = 8,
                         kDataPageOffset = 9, kIndexPageOffset = 10,
                         kDictionaryPageOffset = 11, kStatistics = 12,
                         kEncodingStats = 13, kBloomFilterOffset = 14,
                         kBloomFilterLength = 15, kSizeStatistics = 16,
                         kGeospatialStatistics = 17;
}
namespace offset_index_field {  // OffsetIndex
inline constexpr int16_t kPageLocations = 1;
}
namespace page_location_field {  // PageLocation
inline constexpr int16_t kOffset = 1, kCompressedPageSize = 2;
}
namespace column_index_field {  // ColumnIndex
inline constexpr int16_t kNullPages = 1;
}
namespace bloom_filter_field {  // BloomFilterHeader
inline constexpr int16_t kNumBytes = 1;
}
namespace column_order_field {  // ColumnOrder
inline constexpr int16_t kTypeDefined = 1;
}

namespace encoding_stats_field {  // PageEncodingStats
inline constexpr int16_t kPageType = 1, kEncoding = 2, kCount = 3;
}
namespace size_statistics_field {  // SizeStatistics
inline constexpr int16_t kUnencodedBytes = 1, kRepetitionHistogram = 2,
                         kDefinitionHistogram = 3;
}
namespace statistics_field {  // Statistics
inline constexpr int16_t kDeprecatedMax = 1, kDeprecatedMin = 2, kNullCount = 3,
                         kMaxValue = 5, kMinValue = 6, kIsMaxValueExact = 7,
                         kIsMinValueExact = 8;
}
namespace page_field {  // PageHeader
inline constexpr int16_t kType = 1, kUncompressedSize = 2, kCompressedSize = 3,
                         kChecksum = 4, kDataPage = 5, kDictionaryPage = 7,
                         kDataPageV2 = 8;
}
namespace data_page_field {  // DataPageHeader
inline constexpr int16_t kNumValues = 1, kEncoding = 2, kDefinitionLevelEncoding = 3,
                         kRepetitionLevelEncoding = 4, kStatistics = 5;
}
namespace data_page_v2_field {  // DataPageHeaderV2
inline constexpr int16_t kNumValues = 1, kNumNulls = 2, kNumRows = 3, kEncoding = 4,
                         kDefinitionLevelsByteLength = 5, kRepetitionLevelsByteLength = 6,
                         kIsCompressed = 7, kStatistics = 8;
}
namespace dictionary_page_field {  // DictionaryPageHeader
inline constexpr int16_t kNumValues = 1, kEncoding = 2;
}

}  // namespace planish
