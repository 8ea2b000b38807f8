// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/record_batch.h"
#include "arrow/result.h"

namespace planish {

enum class IpcFormat { kStream, kFile };

/// Batches of one schema as Arrow itself writes them.
arrow::Result<std::string> IpcBytes(const arrow::RecordBatchVector& batches,
                                    IpcFormat format = IpcFormat::kStream);

/// Writes them to a file, making the directories above it.
arrow::Status WriteIpc(const arrow::RecordBatchVector& batches, const std::string& path,
                       IpcFormat format = IpcFormat::kStream);

/// The batches of a stream; an error if it does not end as one.
arrow::Result<arrow::RecordBatchVector> ReadIpcBytes(const std::string& bytes);

}  // namespace planish
