// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <memory>

#include "arrow/record_batch.h"

namespace planish::python {

/// The batches of `source`: a stream capsule, or a tuple of a schema capsule and an
/// iterator whose items have __arrow_c_array__ or __arrow_c_stream__; with None for the
/// capsule the schema is that of the first item. Batches have the schemas that they come
/// with. `keep_exception` is called, with the GIL, while what the iterator raises is
/// handled; the read fails with what it returns. With the GIL; the reader is read
/// without.
std::shared_ptr<arrow::RecordBatchReader> OpenSource(
    nanobind::handle source, std::function<arrow::Status()> keep_exception);

}  // namespace planish::python
