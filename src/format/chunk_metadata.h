// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "format/chunk_form.h"
#include "parquet/size_statistics.h"
#include "parquet/statistics.h"
#include "parquet/types.h"

namespace planish {

struct PageKind {
  parquet::PageType::type type;
  parquet::Encoding::type encoding;
  auto operator<=>(const PageKind&) const = default;
};

/// What a new column chunk's metadata say.
struct ChunkMetadata {
  const ChunkForm* form = nullptr;
  int64_t num_values = 0;
  int64_t compressed_size = 0, uncompressed_size = 0;
  int64_t dictionary_size = 0;  ///< of the page at the chunk's begin; 0 for none
  std::map<PageKind, int32_t> page_counts;
  parquet::EncodedStatistics statistics;
  bool signed_order = false;  ///< of the bounds in `statistics`
  parquet::SizeStatistics sizes;
};

/// A ColumnChunk structure whose offsets count from the chunk's first byte.
std::string SerializeColumnChunk(const ChunkMetadata& metadata);

}  // namespace planish
