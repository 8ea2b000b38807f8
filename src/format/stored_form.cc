// SPDX-License-Identifier: Apache-2.0
#include "format/stored_form.h"

#include <cmath>
#include <type_traits>

#include "arrow/type_traits.h"
#include "parquet/schema.h"
#include "parquet/types.h"
#include "parquet/xxhasher.h"

namespace planish {
namespace {

constexpr int64_t kMillisOfDay = int64_t{24} * 60 * 60 * 1000;

uint64_t HashOf(const void* data, size_t size) {
  return FilterHashOf({static_cast<const char*>(data), size});
}

template <typename T>
uint64_t HashOf(T value) {
  return HashOf(&value, sizeof(value));
}

bool IsWholeNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id());
}

bool IsFloatOrDouble(const arrow::DataType& type) {
  return type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE;
}

bool IsBytes(const arrow::DataType& type) {
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()) ||
         type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

int64_t PerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    default:
      return 1'000'000'000;
  }
}

/// 0 for types that do not count one.
int64_t UnitsPerSecond(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::TIMESTAMP:
      return PerSecond(static_cast<const arrow::TimestampType&>(type).unit());
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return PerSecond(static_cast<const arrow::TimeType&>(type).unit());
    case arrow::Type::DURATION:
      return PerSecond(static_cast<const arrow::DurationType&>(type).unit());
    default:
      return 0;
  }
}

/// What the file itself says of the unit; 0 if nothing.
int64_t StoredUnitsPerSecond(const parquet::LogicalType& logical) {
  auto unit = parquet::LogicalType::TimeUnit::UNKNOWN;
  if (logical.is_timestamp()) {
    unit = static_cast<const parquet::TimestampLogicalType&>(logical).time_unit();
  } else if (logical.is_time()) {
    unit = static_cast<const parquet::TimeLogicalType&>(logical).time_unit();
  }
  switch (unit) {
    case parquet::LogicalType::TimeUnit::MILLIS:
      return 1'000;
    case parquet::LogicalType::TimeUnit::MICROS:
      return 1'000'000;
    case parquet::LogicalType::TimeUnit::NANOS:
      return 1'000'000'000;
    default:
      return 0;
  }
}

bool IsSameKindOfTime(const arrow::DataType& a, const arrow::DataType& b) {
  return a.id() == b.id() || (arrow::is_time(a.id()) && arrow::is_time(b.id()));
}

}  // namespace

std::optional<StoredForm> StoredForm::Make(const parquet::ColumnDescriptor& column,
                                           const arrow::DataType& stored,
                                           const arrow::DataType& asked) {
  StoredForm form;
  const bool known = form.SetNumbers(column, stored, asked) ||
                     form.SetTimes(column, stored, asked) ||
                     form.SetBytes(column, stored, asked);
  return known ? std::optional(form) : std::nullopt;
}

bool StoredForm::SetNumbers(const parquet::ColumnDescriptor& column,
                            const arrow::DataType& stored, const arrow::DataType& asked) {
  const parquet::Type::type physical = column.physical_type();
  if (IsFloatOrDouble(stored) && IsFloatOrDouble(asked)) {
    form_ = stored.id() == arrow::Type::FLOAT ? Form::kFloat : Form::kDouble;
    return physical ==
           (form_ == Form::kFloat ? parquet::Type::FLOAT : parquet::Type::DOUBLE);
  }
  if (!IsWholeNumber(stored) || !(IsWholeNumber(asked) || IsFloatOrDouble(asked))) {
    return false;
  }
  const int bits = static_cast<const arrow::FixedWidthType&>(stored).bit_width();
  if (bits == 64 && !IsWholeNumber(asked)) return false;
  const bool has_sign = arrow::is_signed_integer(stored.id());
  holds_all_unsigned_ = bits == 64 && !has_sign;
  if (bits < 64) {
    max_ = (int64_t{1} << (has_sign ? bits - 1 : bits)) - 1;
    min_ = has_sign ? -max_ - 1 : 0;
  }
  form_ = bits < 64 ? Form::kInt32 : Form::kInt64;
  // Old files have unsigned 32-bit numbers in 64 bits.
  return physical == (bits < 64 ? parquet::Type::INT32 : parquet::Type::INT64);
}

bool StoredForm::SetTimes(const parquet::ColumnDescriptor& column,
                          const arrow::DataType& stored, const arrow::DataType& asked) {
  const parquet::LogicalType& logical = *column.logical_type();
  if (stored.id() == arrow::Type::DATE32 && arrow::is_date(asked.id())) {
    form_ = Form::kInt32;
    min_ = std::numeric_limits<int32_t>::min();
    max_ = std::numeric_limits<int32_t>::max();
    if (asked.id() == arrow::Type::DATE64) divisor_ = kMillisOfDay;
    return logical.is_date() && column.physical_type() == parquet::Type::INT32;
  }
  const int64_t unit = UnitsPerSecond(stored), asked_unit = UnitsPerSecond(asked);
  if (unit == 0 || asked_unit % unit != 0 || !IsSameKindOfTime(stored, asked)) {
    return false;
  }
  divisor_ = asked_unit / unit;
  if (divisor_ == 0) return false;
  const bool narrow = stored.id() == arrow::Type::TIME32;
  form_ = narrow ? Form::kInt32 : Form::kInt64;
  if (narrow) {
    min_ = std::numeric_limits<int32_t>::min();
    max_ = std::numeric_limits<int32_t>::max();
  }
  const bool says_unit = stored.id() == arrow::Type::DURATION
                             ? logical.is_none()
                             : StoredUnitsPerSecond(logical) == unit;
  return says_unit &&
         column.physical_type() == (narrow ? parquet::Type::INT32 : parquet::Type::INT64);
}

bool StoredForm::SetBytes(const parquet::ColumnDescriptor& column,
                          const arrow::DataType& stored, const arrow::DataType& asked) {
  if (!IsBytes(stored) || !IsBytes(asked)) return false;
  form_ = Form::kBytes;
  if (column.physical_type() == parquet::Type::BYTE_ARRAY) return true;
  length_ = column.type_length();
  return column.physical_type() == parquet::Type::FIXED_LEN_BYTE_ARRAY;
}

uint64_t FilterHashOf(std::string_view stored) {
  const parquet::ByteArray bytes(stored);
  return parquet::XxHasher().Hash(&bytes);
}

void StoredForm::Hash(const FilterValue& value, std::vector<uint64_t>* hashes) const {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    HashWhole(*number, hashes);
  } else if (const auto* positive = std::get_if<uint64_t>(&value)) {
    if (*positive <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      HashWhole(static_cast<int64_t>(*positive), hashes);
    } else if (holds_all_unsigned_) {
      hashes->push_back(HashOf(*positive));
    }
  } else if (const auto* floating = std::get_if<double>(&value)) {
    HashFloating(*floating, hashes);
  } else {
    const std::string_view bytes = std::get<std::string_view>(value);
    if (length_ >= 0 && static_cast<int64_t>(bytes.size()) != length_) return;
    hashes->push_back(HashOf(bytes.data(), bytes.size()));
  }
}

void StoredForm::HashWhole(int64_t value, std::vector<uint64_t>* hashes) const {
  if (value % divisor_ != 0) return;
  const int64_t stored = value / divisor_;
  if (holds_all_unsigned_ ? stored < 0 : (stored < min_ || stored > max_)) return;
  hashes->push_back(form_ == Form::kInt32
                        ? HashOf(static_cast<uint32_t>(static_cast<uint64_t>(stored)))
                        : HashOf(stored));
}

void StoredForm::HashFloating(double value, std::vector<uint64_t>* hashes) const {
  if (form_ == Form::kInt32) {
    const bool fits = std::trunc(value) == value && value >= static_cast<double>(min_) &&
                      value <= static_cast<double>(max_);
    if (fits) HashWhole(static_cast<int64_t>(value), hashes);
    return;
  }
  const auto hash = [&](double exact) {
    hashes->push_back(form_ == Form::kFloat ? HashOf(static_cast<float>(exact))
                                            : HashOf(exact));
  };
  if (form_ == Form::kFloat && static_cast<double>(static_cast<float>(value)) != value) {
    return;
  }
  hash(value);
  if (value == 0) hash(-value);
}

}  // namespace planish
