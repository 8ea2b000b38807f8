// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/io/interfaces.h"
#include "arrow/memory_pool.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "io/file_system.h"

/// \file
/// Arrow IPC from the outside: nothing about its bytes is taken for granted.

namespace planish {

/// Whether the file begins as Arrow IPC does, as stream or as file. A file too short to
/// tell does not.
arrow::Result<bool> IsIpc(InputFile& file);

/// Batches of an IPC stream that is read front to back, once. The file format is
/// understood too: it is a stream between two marks.
///
/// Every batch is validated in full. Buffers come from `pool`, which must outlive them.
/// `name` stands for the source in errors, which are kCorrupt, kUnsupported, kMemoryLimit
/// or what `source` fails with, and name the batch, counted from 0. A source that ends in
/// the middle of a message, a file whose closing mark is missing and bytes behind the end
/// are kCorrupt: rows may be missing.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpcStream(
    std::shared_ptr<arrow::io::InputStream> source, const std::string& name,
    arrow::MemoryPool* pool);

/// The same for a file, of either format; one in the file format is read by its footer.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadIpcFile(
    std::shared_ptr<InputFile> file, arrow::MemoryPool* pool);

}  // namespace planish
