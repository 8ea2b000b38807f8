// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "arrow/result.h"
#include "io/file_system.h"

/// \file
/// What a file's name and its first bytes say about whether it is data.

namespace planish {

/// Whether the name ends in .parquet, .parq or .pq, in any case.
bool HasParquetName(std::string_view name);

/// The extension of an Arrow IPC file that the name ends in (.arrow, .arrows, .feather or
/// .ipc, in any case), else nothing.
std::string_view IpcExtension(std::string_view name);

/// Whether there is a dot in the name.
bool HasExtension(std::string_view name);

enum class FirstBytes {
  kParquet,  ///< PAR1, or PARE where the footer is encrypted
  kIpc,
  kOther,
};

/// How a file begins. Errors are those of reading it.
arrow::Result<FirstBytes> LookAtFirstBytes(FileSystem* fs, const std::string& path);

}  // namespace planish
