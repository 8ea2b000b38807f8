// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/record_batch.h"
#include "arrow/result.h"

/// \file
/// The rows that benchmarks and the demo are run on. Everything follows from the shape,
/// the seed and a row's number, so any part can be made on its own and twice the same.

namespace planish::bench {

struct Shape {
  enum class Key {
    kRandom,  ///< int64, uniformly random
    kSorted,  ///< int64, ascending; duplicates are neighbours
    kHash,    ///< string of 32 hexadecimal digits
  };
  Key key = Key::kRandom;
  /// Share of rows that repeat the key (not the payload) of an earlier row.
  double duplicates = 0.1;
  /// False: the key and two more columns only.
  bool wide = true;
  uint64_t seed = 42;
};

/// Nine or two payload columns behind the key `id`: see data_shapes.cc.
std::shared_ptr<arrow::Schema> SchemaOf(const Shape& shape);

/// Rows [first, first + count).
arrow::Result<std::shared_ptr<arrow::RecordBatch>> MakeRows(const Shape& shape,
                                                            int64_t first, int64_t count);

}  // namespace planish::bench
