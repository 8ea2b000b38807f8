// SPDX-License-Identifier: Apache-2.0
#include "format/decoded_size.h"

#include <algorithm>

#include "parquet/size_statistics.h"
#include "parquet/types.h"

namespace planish {
namespace {

/// Offset and validity of a value.
constexpr double kBytesBesidesValue = 5;

double BytesPerValue(const parquet::ColumnDescriptor& column,
                     const parquet::ColumnChunkMetaData& chunk) {
  switch (column.physical_type()) {
    case parquet::Type::BOOLEAN:
      return 1;
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return 4;
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE:
      return 8;
    case parquet::Type::INT96:
      return 16;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return column.type_length();
    default:
      break;
  }
  auto bytes = static_cast<double>(chunk.total_uncompressed_size());
  const auto sizes = chunk.size_statistics();
  if (sizes != nullptr && sizes->unencoded_byte_array_data_bytes.has_value()) {
    bytes = static_cast<double>(*sizes->unencoded_byte_array_data_bytes);
  }
  return std::max(0.0, bytes) / static_cast<double>(chunk.num_values());
}

}  // namespace

double DecodedBytesPerRow(const parquet::FileMetaData& metadata, int row_group,
                          const std::vector<int>& leaves) {
  const auto group = metadata.RowGroup(row_group);
  if (group->num_rows() <= 0) return 0;
  double bytes = 0;
  for (const int leaf : leaves) {
    const auto chunk = group->ColumnChunk(leaf);
    if (chunk->num_values() <= 0) continue;
    const double per_value =
        BytesPerValue(*metadata.schema()->Column(leaf), *chunk) + kBytesBesidesValue;
    bytes += per_value * static_cast<double>(chunk->num_values());
  }
  return bytes / static_cast<double>(group->num_rows());
}

}  // namespace planish
