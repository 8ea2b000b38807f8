// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "arrow/status.h"

/// \file
/// Ways to spoil Parquet files.

namespace planish {

/// Changes the last byte of a column chunk, which is in the last page's data: a checksum,
/// if it has one, is wrong from then on. The same again undoes it.
arrow::Status DamageColumnChunk(const std::string& path, int row_group, int leaf);

arrow::Status WriteFileBytes(const std::string& path, const std::string& bytes);

}  // namespace planish
