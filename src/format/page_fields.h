// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "format/parquet_fields.h"

/// \file
/// Field numbers of parquet.thrift that encoding pages anew needs, as parquet_fields.h
/// has those that copying needs.

namespace planish {

namespace meta_data_field {  // ColumnMetaData
inline constexpr int16_t kType = 1, kEncodings = 2, kPathInSchema = 3, kCodec = 4,
                         kNumValues = 5, kTotalUncompressedSize = 6,
                         kTotalCompressedSize = 7, kDataPageOffset = 9,
                         kDictionaryPageOffset = 11, kStatistics = 12,
                         kEncodingStats = 13, kSizeStatistics = 16;
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
