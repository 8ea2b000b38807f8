// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "arrow/ipc/message.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

// Schemas of Arrow IPC are measured before Arrow makes objects of them: see
// MeasureIpcSchema. Errors are those of CheckMetadataFits.

/// What MeasureIpcSchema says, of the footer of a file in the file format.
int64_t MeasureIpcFooter(std::string_view footer, int64_t most);

/// Of a schema as it stands in a Parquet file, decoded: a message with its length.
arrow::Status CheckEmbeddedSchemaFits(std::string_view message,
                                      const arrow::MemoryPool* pool);

/// Of a file in the file format, from its footer. A footer that cannot be found is left
/// to Arrow.
arrow::Status CheckFileSchemaFits(InputFile& file, const arrow::MemoryPool* pool);

/// `messages`, each schema among them measured first.
std::unique_ptr<arrow::ipc::MessageReader> WithSchemasMeasured(
    std::unique_ptr<arrow::ipc::MessageReader> messages, const arrow::MemoryPool* pool);

}  // namespace planish
