// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "arrow/io/interfaces.h"
#include "arrow/memory_pool.h"
#include "io/file_system.h"

namespace planish {

/// Shows an InputFile to Arrow. Buffers come from `pool`, which must outlive them. What
/// Arrow asks for asynchronously is read at once, on the thread that asks: no other
/// thread ever holds the file or a buffer from it.
std::shared_ptr<arrow::io::RandomAccessFile> MakeArrowFile(
    std::shared_ptr<InputFile> file, arrow::MemoryPool* pool);

/// Shows an OutputFile, which must outlive it, to Arrow. Closing it leaves `file` open.
std::shared_ptr<arrow::io::OutputStream> MakeArrowOutput(OutputFile* file);

}  // namespace planish
