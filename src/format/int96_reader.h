// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "arrow/array.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "arrow/util/decimal.h"
#include "parquet/file_reader.h"
#include "parquet/types.h"

namespace planish {

/// Nanoseconds since the Unix epoch, exact for every bit pattern. Patterns that mean the
/// same instant (nanoseconds beyond a day) give the same number.
arrow::Decimal128 NanosecondsOfInt96(const parquet::Int96& value);

/// The days and nanoseconds of a day that are `nanoseconds` since the Unix epoch, or an
/// error without detail for a day that 32 bits do not hold.
arrow::Result<parquet::Int96> Int96Of(const arrow::Decimal128& nanoseconds);

/// Reads up to `num_rows` values of a flat INT96 column as Int96ValueType(). Throws what
/// Parquet throws.
class Int96Reader {
 public:
  Int96Reader(std::shared_ptr<parquet::ColumnReader> column, arrow::MemoryPool* pool)
      : column_(std::move(column)), pool_(pool) {}

  /// As many rows as are left if there are fewer; an array without rows at the end.
  arrow::Result<std::shared_ptr<arrow::Array>> Next(int64_t num_rows);

 private:
  std::shared_ptr<parquet::ColumnReader> column_;
  arrow::MemoryPool* pool_;
};

/// Fails with kUnsupported if a value of the INT96 column chunk is not a 64-bit count of
/// nanoseconds, into which Arrow would fold it without a word. Throws what Parquet
/// throws.
arrow::Status CheckInt96FitsNanoseconds(parquet::RowGroupReader& row_group, int leaf);

}  // namespace planish
