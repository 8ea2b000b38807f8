// SPDX-License-Identifier: Apache-2.0
#include "format/value_statistics.h"

#include "format/physical_type.h"

namespace planish {

std::unique_ptr<ValueStatistics> ValueStatistics::Make(
    const parquet::ColumnDescriptor* column, StatisticsWanted wanted,
    arrow::MemoryPool* pool) {
  if (column->sort_order() == parquet::SortOrder::UNKNOWN) {
    wanted.chunk_min_max = wanted.page_min_max = false;
  }
  wanted.unencoded_bytes &= column->physical_type() == parquet::Type::BYTE_ARRAY;
  return VisitPhysicalType(
      column->physical_type(), [&](auto type) -> std::unique_ptr<ValueStatistics> {
        return std::make_unique<TypedValueStatistics<decltype(type)>>(column, wanted,
                                                                      pool);
      });
}

}  // namespace planish
