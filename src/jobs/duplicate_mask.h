// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/array/array_primitive.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "jobs/run.h"
#include "planish/stream.h"

namespace planish {

/// FindDuplicates as part of a run that holds at most `most_seen_bytes` of keys.
arrow::Result<std::shared_ptr<arrow::BooleanArray>> FindDuplicates(
    Run* run, std::shared_ptr<arrow::RecordBatchReader> source,
    const StreamDedupOptions& options, int64_t most_seen_bytes);

}  // namespace planish
