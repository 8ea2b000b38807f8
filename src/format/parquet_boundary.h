// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "arrow/status.h"
#include "format/footer.h"
#include "parquet/exception.h"
#include "planish/error.h"

namespace planish {

/// Runs `body`, which returns a Status, and turns whatever Parquet throws into one.
/// Statuses that Arrow wrapped into exceptions (refused memory, failed reads) come out as
/// they went in.
template <typename Body>
arrow::Status CatchParquet(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const parquet::ParquetStatusException& e) {
    return e.status();
  } catch (const parquet::ParquetException& e) {
    const std::string_view text = e.what();
    if (text.starts_with("Not yet implemented"))
      return arrow::Status::NotImplemented(text);
    return arrow::Status::Invalid(text);
  } catch (const std::bad_alloc&) {
    return arrow::Status::OutOfMemory("allocation failed");
  } catch (const std::exception& e) {
    return arrow::Status::Invalid(e.what());
  }
}

/// The kind of an error that reading Parquet gave, where it does not say itself.
inline ErrorKind KindOfReadError(const arrow::Status& status) {
  if (status.IsOutOfMemory()) return ErrorKind::kMemoryLimit;
  if (status.IsNotImplemented()) return ErrorKind::kUnsupported;
  return ErrorKind::kCorrupt;
}

}  // namespace planish
