// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "arrow/record_batch.h"

namespace planish {

/// Bytes that a row of `batch` takes on average, at least 1. Dictionaries of its columns,
/// which rows share, and what lies outside a slice do not count.
int64_t BytesPerRow(const arrow::RecordBatch& batch);

/// A batch in pieces, front to back: slices of about `most_bytes` and at most
/// `most_rows`, of one row at least.
class BatchPieces {
 public:
  BatchPieces() = default;
  BatchPieces(std::shared_ptr<arrow::RecordBatch> batch, int64_t most_bytes,
              int64_t most_rows);

  /// The next piece, and in `begin` its first row; null behind the last. The batch
  /// itself, if that is small enough. Lets go of the batch with its last piece.
  std::shared_ptr<arrow::RecordBatch> Next(int64_t* begin);

 private:
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t rows_ = 1;
  int64_t next_ = 0;
};

}  // namespace planish
