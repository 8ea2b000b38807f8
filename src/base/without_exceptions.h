// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>

#include "arrow/status.h"

namespace planish {

/// What `call` returns, an arrow::Status or an arrow::Result; what it throws becomes a
/// Status. Containers throw when memory ends or a size is absurd, and neither a thread
/// nor a function of the public API may let that out: the one ends the process, the other
/// crosses into code that was promised none.
template <typename Call>
auto WithoutExceptions(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return arrow::Status::OutOfMemory("the system refused memory");
  } catch (const std::exception& e) {
    return arrow::Status::UnknownError(e.what());
  }
}

}  // namespace planish
