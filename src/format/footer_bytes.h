// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// What follows the footer: its length in 4 bytes, and the magic bytes.
inline constexpr int64_t kFooterTailSize = 8;

/// The serialized FileMetaData of a file. Errors as those of Footer::Read, without the
/// path.
arrow::Result<std::string> ReadFooterBytes(InputFile& file);

arrow::Status EncryptedParquetError();

}  // namespace planish
