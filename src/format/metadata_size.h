// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "arrow/memory_pool.h"
#include "arrow/result.h"

namespace planish {

/// What the objects take, about and rather more than less, that are made of a serialized
/// FileMetaData. Few bytes can become many: an empty string in a list is one byte in the
/// file and 32 in memory.
struct MetadataSize {
  int64_t file = 0;               ///< the bytes, the schema, what is said of the file
  int64_t row_groups = 0;         ///< all of them
  int64_t largest_row_group = 0;  ///< the one that takes most
};

/// Walks the bytes once and makes nothing of them. Errors: what is no Thrift structure.
arrow::Result<MetadataSize> MeasureMetadata(std::string_view file_metadata);

/// The share of its memory limit that a run lends to what one file says of itself; where
/// there is no limit, 1 GB.
int64_t MostMetadataBytes(const arrow::MemoryPool* pool);

/// An error (kUnsupported, as of a file that cannot be read) if `bytes` are more than
/// that. `what` begins the message: "footer".
arrow::Status CheckMetadataFits(int64_t bytes, const char* what,
                                const arrow::MemoryPool* pool);

/// What Arrow makes of a schema in an IPC message, given the message's flatbuffer:
/// fields may be shared in the bytes, and are not in memory. Counting stops soon after
/// `most`. 0 where the bytes are no such message; Arrow says what is wrong with them.
int64_t MeasureIpcSchema(std::string_view message, int64_t most);

}  // namespace planish
