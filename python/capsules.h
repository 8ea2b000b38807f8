// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "arrow/array/array_base.h"
#include "arrow/record_batch.h"
#include "arrow/type.h"

/// \file
/// The Arrow PyCapsule interface: data crosses as addresses, without copies, and without
/// anyone's Python library. All of it needs the GIL, and throws.

namespace planish::python {

nanobind::object ExportToCapsule(const arrow::Schema& schema);
nanobind::object ExportToCapsule(std::shared_ptr<arrow::RecordBatchReader> reader);
/// Two capsules, of schema and array.
nanobind::tuple ExportToCapsules(const arrow::RecordBatch& batch);
nanobind::tuple ExportToCapsules(const arrow::Array& array);

/// These take what is in the capsules, which are empty then.
std::shared_ptr<arrow::Schema> ImportSchema(nanobind::handle capsule);
std::shared_ptr<arrow::RecordBatchReader> ImportReader(nanobind::handle capsule);
std::shared_ptr<arrow::RecordBatch> ImportBatch(nanobind::handle schema,
                                                nanobind::handle array);

}  // namespace planish::python
