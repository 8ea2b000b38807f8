// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "arrow/result.h"
#include "arrow/status.h"
#include "base/row_bitmap.h"

namespace planish {

/// Neighbours that are kept: positions [begin, begin + length) of a batch.
struct KeptRun {
  int32_t begin = 0;
  int32_t length = 0;
};

/// Walks the rows of a column chunk by its levels and says which positions belong to kept
/// rows.
class RowCursor {
 public:
  explicit RowCursor(const RowBitmapSlice& dropped) : dropped_(dropped) {}

  /// The next `count` positions are a row each. Replaces `runs`.
  arrow::Status TakeFlat(int32_t count, std::vector<KeptRun>* runs);
  /// The next `count` positions have these repetition levels; a row begins at each 0 and
  /// may have begun in an earlier batch. Replaces `runs`.
  arrow::Status TakeRepeated(const int16_t* repetition_levels, int32_t count,
                             std::vector<KeptRun>* runs);

  /// Rows, a position each, that would be dropped of the next `count`.
  arrow::Result<int64_t> CountDropped(int64_t count) const;

  /// Rows begun so far, and those of them that are kept.
  int64_t rows_seen() const { return rows_seen_; }
  int64_t rows_kept() const { return rows_kept_; }
  /// Fails unless every row has been seen.
  arrow::Status CheckComplete() const;

 private:
  const RowBitmapSlice dropped_;
  std::vector<uint64_t> words_;  ///< of the bitmap, while they are walked
  int64_t rows_seen_ = 0;
  int64_t rows_kept_ = 0;
  bool keeping_ = false;  ///< the row begun last
};

}  // namespace planish
