// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// What follows the footer: its length in 4 bytes, and the magic bytes.
inline constexpr int64_t kFooterTailSize = 8;

/// The serialized FileMetaData of a file. Errors as those of Footer::Read, without the
/// path. Of one that takes more of the memory of `pool` than a file's may, nothing is
/// read but its length.
arrow::Result<std::string> ReadFooterBytes(InputFile& file,
                                           const arrow::MemoryPool* pool = nullptr);

arrow::Status EncryptedParquetError();

}  // namespace planish
