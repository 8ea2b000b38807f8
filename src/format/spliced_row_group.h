// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "format/chunk_relocation.h"

namespace planish {

/// Metadata of a chunk that was encoded anew. The offset index is at its final place
/// already.
struct EncodedMetadata {
  std::string column_chunk, column_index, offset_index;
  bool has_new_values = false;  ///< as EncodedChunk has it
};

/// A column chunk in the file being spliced.
struct SplicedChunk {
  ChunkPlacement placement;
  std::unique_ptr<EncodedMetadata> encoded;  ///< null for a copied chunk
};

/// A row group in the file being spliced.
struct SplicedRowGroup {
  int source_row_group = 0;
  RowGroupPlacement placement;
  /// Whether any chunk of the source row group has a bloom filter, or any chunk here a
  /// page index.
  bool has_bloom_filter = false, has_page_index = false;
  std::vector<SplicedChunk> chunks;
};

}  // namespace planish
