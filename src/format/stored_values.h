// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "arrow/array.h"
#include "arrow/buffer.h"
#include "arrow/memory_pool.h"
#include "arrow/result.h"
#include "format/column_encoder.h"

namespace planish {

/// Values of a column that is neither nested nor repeated, as Parquet stores them: the
/// bytes of BytesOf.
class StoredValues {
 public:
  /// Converts `values`, of the type of `form`'s field, as Arrow's writer does; how `form`
  /// encodes does not matter. Errors: those of ColumnEncoder::Write. May throw what
  /// Parquet throws.
  static arrow::Result<StoredValues> Make(const ColumnForm& form,
                                          const std::shared_ptr<arrow::Array>& values,
                                          const std::string& path,
                                          arrow::MemoryPool* pool);

  size_t size() const { return values_.size(); }
  /// Nothing where there is a null.
  const std::optional<std::string_view>& operator[](size_t i) const { return values_[i]; }

 private:
  template <typename DType>
  arrow::Status Read(const std::shared_ptr<arrow::Buffer>& file, int64_t count,
                     arrow::MemoryPool* pool);

  std::vector<std::optional<std::string_view>> values_;
  std::vector<std::shared_ptr<arrow::Buffer>> bytes_;  ///< what `values_` points into
};

}  // namespace planish
