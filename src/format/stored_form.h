// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "arrow/type.h"

namespace parquet {
class ColumnDescriptor;
}

namespace planish {

/// What a bloom filter holds of a value, whose bytes are those of BytesOf.
uint64_t FilterHashOf(std::string_view stored);

/// A value that is not null: whole numbers, and what counts days or units of time, as
/// such; floating-point numbers, none of them NaN; text and binary.
using FilterValue = std::variant<int64_t, uint64_t, double, std::string_view>;

/// How values of one type are stored in a column of another, narrower one: what a bloom
/// filter of that column has hashed, to the bit.
class StoredForm {
 public:
  /// `stored` is the Arrow type of the leaf column's values, `asked` the one that values
  /// come in. Nothing where equal values may be stored in ways that are not known.
  static std::optional<StoredForm> Make(const parquet::ColumnDescriptor& column,
                                        const arrow::DataType& stored,
                                        const arrow::DataType& asked);

  /// Appends the hash of every way in which the column may hold a value equal to `value`,
  /// of the type asked: none if it cannot hold any, two for zero, which has a sign.
  void Hash(const FilterValue& value, std::vector<uint64_t>* hashes) const;

 private:
  enum class Form { kInt32, kInt64, kFloat, kDouble, kBytes };

  bool SetNumbers(const parquet::ColumnDescriptor& column, const arrow::DataType& stored,
                  const arrow::DataType& asked);
  bool SetTimes(const parquet::ColumnDescriptor& column, const arrow::DataType& stored,
                const arrow::DataType& asked);
  bool SetBytes(const parquet::ColumnDescriptor& column, const arrow::DataType& stored,
                const arrow::DataType& asked);
  void HashWhole(int64_t value, std::vector<uint64_t>* hashes) const;
  void HashFloating(double value, std::vector<uint64_t>* hashes) const;

  Form form_ = Form::kBytes;
  /// Of what was asked, in one unit of what is stored.
  int64_t divisor_ = 1;
  int64_t min_ = std::numeric_limits<int64_t>::min();
  int64_t max_ = std::numeric_limits<int64_t>::max();
  bool holds_all_unsigned_ = false;
  int64_t length_ = -1;  ///< of every value, if all have the same
};

}  // namespace planish
