// SPDX-License-Identifier: Apache-2.0
#pragma once

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

// Where Arrow's own writer stops writing bounds of long strings.
inline constexpr uint32_t kMaxBoundBytes = 4096;

/// The least and the greatest of some values in the order of their bytes. They are
/// compared and kept without what is behind the first byte too many for a bound: longer
/// ones are left out anyway, and values may be of any size.
struct ByteOrderBounds {
  parquet::ByteArray lowest, highest;

  /// `count` is at least 1.
  static ByteOrderBounds Of(const parquet::ByteArray* values, int64_t count);
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
    parquet::TypedStatistics<DType>* const bounds =
        page_ != nullptr ? page_.get() : chunk_.get();
    if constexpr (std::is_same_v<DType, parquet::ByteArrayType>) {
      if (bytewise_ && count > 0) {
        const auto [lowest, highest] = ByteOrderBounds::Of(values, count);
        const T both[] = {lowest, highest};
        return bounds->Update(both, 2, /*null_count=*/0);
      }
    }
    bounds->Update(values, count, /*null_count=*/0);
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
