// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/memory_pool.h"
#include "arrow/status.h"
#include "format/footer.h"
#include "io/file_system.h"

namespace planish {

/// True if so few bytes hold so many rows that the row count is to be checked before
/// memory is reserved by it. Columns of one repeated value do get there; the number that
/// a stranger wrote into a footer does, too.
bool IsImplausible(int64_t num_rows, int64_t compressed_bytes);

/// Reads all page headers of a column chunk and holds them against what the footer says
/// of it: pages lie within the chunk, none claims to be larger than all of them, together
/// they have as many values. Errors, as of a damaged chunk: what is not so, and pages
/// that do not match their checksums. Costs a read of the chunk, no decompression.
arrow::Status CheckPageClaims(InputFile* file, const ColumnChunkLayout& layout,
                              arrow::MemoryPool* pool);

}  // namespace planish
