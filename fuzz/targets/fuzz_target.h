// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// \file
/// What all fuzz targets share. A target takes any bytes; it must return, and what it
/// calls must not leave the given bytes nor take memory without bound. A broken promise
/// that no sanitizer sees is reported by Require.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace planish::fuzz {

inline std::string_view Bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process as a sanitizer does, unless the promise holds.
inline void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace planish::fuzz
