// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "arrow/record_batch.h"
#include "python/stream_callbacks.h"

namespace planish::python {

/// The batches of `source`: a stream capsule, or a tuple of a schema capsule and an
/// iterator whose items have __arrow_c_array__. What the iterator raises is kept by
/// `callbacks`. With the GIL; the reader is read without.
std::shared_ptr<arrow::RecordBatchReader> OpenSource(
    nanobind::handle source, std::shared_ptr<StreamCallbacks> callbacks);

}  // namespace planish::python
