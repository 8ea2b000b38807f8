// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "arrow/memory_pool.h"
#include "parquet/schema.h"
#include "parquet/statistics.h"

namespace planish {

/// What of the values that are written is to be known.
struct StatisticsWanted {
  bool chunk_min_max = false;
  bool page_min_max = false;
  bool unencoded_bytes = false;  ///< of BYTE_ARRAY

  bool min_max() const { return chunk_min_max || page_min_max; }
};

/// Collects the bounds of the values of one column chunk, page by page.
class ValueStatistics {
 public:
  /// Throws what Parquet throws. Types without an order get no bounds, whatever is
  /// wanted.
  static std::unique_ptr<ValueStatistics> Make(const parquet::ColumnDescriptor* column,
                                               StatisticsWanted wanted,
                                               arrow::MemoryPool* pool);
  virtual ~ValueStatistics() = default;

  const StatisticsWanted& wanted() const { return wanted_; }
  void AddUnencodedBytes(int64_t bytes) { unencoded_bytes_ += bytes; }

  /// Bounds of the page that ends here. `num_nulls` become its null count.
  virtual parquet::EncodedStatistics FinishPage(int64_t num_values,
                                                int64_t num_nulls) = 0;
  /// Bounds and null count of the chunk, when its last page is finished.
  virtual parquet::EncodedStatistics FinishChunk() = 0;
  int64_t TakeUnencodedBytes() {
    const int64_t bytes = unencoded_bytes_;
    unencoded_bytes_ = 0;
    return bytes;
  }

 protected:
  explicit ValueStatistics(StatisticsWanted wanted) : wanted_(wanted) {}

 private:
  const StatisticsWanted wanted_;
  int64_t unencoded_bytes_ = 0;
};

template <typename DType>
class TypedValueStatistics : public ValueStatistics {
 public:
  using T = typename DType::c_type;

  TypedValueStatistics(const parquet::ColumnDescriptor* column, StatisticsWanted wanted,
                       arrow::MemoryPool* pool)
      : ValueStatistics(wanted),
        bytewise_(column->sort_order() == parquet::SortOrder::UNSIGNED),
        chunk_(wanted.min_max() ? parquet::MakeStatistics<DType>(column, pool) : nullptr),
        page_(wanted.page_min_max ? parquet::MakeStatistics<DType>(column, pool)
                                  : nullptr) {}

  /// Adds values to the page at work. Not to be called unless bounds are wanted.
  void Add(const T* values, int64_t count) {
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
      const auto is_long = [](const T& value) { return value.len > kMaxBoundBytes; };
      if (bytewise_ && std::any_of(values, values + count, is_long)) {
        return AddClipped(values, count);
      }
    }
    (page_ != nullptr ? page_ : chunk_)->Update(values, count, /*null_count=*/0);
  }

  parquet::EncodedStatistics FinishPage(int64_t num_values, int64_t num_nulls) override {
    num_values_ += num_values;
    num_nulls_ += num_nulls;
    parquet::EncodedStatistics result;
    if (page_ != nullptr) {
      chunk_->Merge(*page_);
      result = page_->Encode();
      page_->Reset();
    }
    return Limit(std::move(result), num_values, num_nulls);
  }

  parquet::EncodedStatistics FinishChunk() override {
    parquet::EncodedStatistics result;
    if (wanted().min_max()) result = chunk_->Encode();
    return Limit(std::move(result), num_values_, num_nulls_);
  }

 private:
  // Where Arrow's own writer stops writing bounds of long strings.
  static constexpr uint32_t kMaxBoundBytes = 4096;

  /// Bounds are compared and kept without what is behind the first byte too many: they
  /// would be left out anyway, and values may be of any size.
  void AddClipped(const T* values, int64_t count) {
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
      for (int64_t i = 0; i < count; ++i) {
        const T clipped(std::min(values[i].len, kMaxBoundBytes + 1), values[i].ptr);
        (page_ != nullptr ? page_ : chunk_)->Update(&clipped, 1, /*null_count=*/0);
      }
    }
  }

  static parquet::EncodedStatistics Limit(parquet::EncodedStatistics statistics,
                                          int64_t num_values, int64_t num_nulls) {
    statistics.ApplyStatSizeLimits(kMaxBoundBytes);
    if (!statistics.has_min || !statistics.has_max) statistics.ClearMinMax();
    statistics.set_null_count(num_nulls);
    statistics.all_null_value = num_values == 0;
    return statistics;
  }

  const bool bytewise_;
  std::shared_ptr<parquet::TypedStatistics<DType>> chunk_, page_;
  int64_t num_values_ = 0;
  int64_t num_nulls_ = 0;
};

}  // namespace planish
