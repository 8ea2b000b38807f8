// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>
#include <utility>

#include "arrow/result.h"
#include "arrow/status.h"

/// \file
/// Statuses as Python exceptions. All of it needs the GIL.

namespace planish::python {

/// Throws the exception that `status`, which is not OK, stands for.
[[noreturn]] void Throw(const arrow::Status& status);

inline void ThrowIfNotOk(const arrow::Status& status) {
  if (!status.ok()) Throw(status);
}

template <typename T>
T ValueOrThrow(arrow::Result<T> result) {
  if (!result.ok()) Throw(result.status());
  return *std::move(result);
}

/// Text that may not be UTF-8 as a Python string.
nanobind::object ReadableText(std::string_view text);

}  // namespace planish::python
