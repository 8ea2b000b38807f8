// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <compare>
#include <cstring>
#include <memory>
#include <string_view>

#include "arrow/array.h"
#include "arrow/compare.h"
#include "arrow/scalar.h"
#include "arrow/type_traits.h"
#include "arrow/util/decimal.h"
#include "arrow/util/float16.h"

/// \file
/// The rules of equality and order in the plainest words, one value at a time.

namespace planish {

using ScalarPtr = std::shared_ptr<arrow::Scalar>;

/// The value itself, without dictionary, run or extension around it.
inline ScalarPtr Unwrapped(ScalarPtr scalar) {
  for (;;) {
    if (!scalar->is_valid) return scalar;
    switch (scalar->type->id()) {
      case arrow::Type::DICTIONARY:
        scalar = static_cast<const arrow::DictionaryScalar&>(*scalar)
                     .GetEncodedValue()
                     .ValueOrDie();
        break;
      case arrow::Type::RUN_END_ENCODED:
        scalar = static_cast<const arrow::RunEndEncodedScalar&>(*scalar).value;
        break;
      case arrow::Type::EXTENSION:
        scalar = static_cast<const arrow::ExtensionScalar&>(*scalar).value;
        break;
      default:
        return scalar;
    }
  }
}

inline ScalarPtr ValueAt(const arrow::Array& array, int64_t row) {
  return Unwrapped(array.GetScalar(row).ValueOrDie());
}

inline bool IsFloat(const arrow::Scalar& scalar) {
  return arrow::is_floating(scalar.type->id());
}

inline double FloatValue(const arrow::Scalar& scalar) {
  switch (scalar.type->id()) {
    case arrow::Type::HALF_FLOAT: {
      uint16_t bits = 0;
      std::memcpy(&bits, static_cast<const arrow::HalfFloatScalar&>(scalar).view().data(),
                  2);
      return arrow::util::Float16::FromBits(bits).ToDouble();
    }
    case arrow::Type::FLOAT:
      return static_cast<const arrow::FloatScalar&>(scalar).value;
    default:
      return static_cast<const arrow::DoubleScalar&>(scalar).value;
  }
}

inline bool IsNaN(const arrow::Scalar& scalar) {
  return scalar.is_valid && IsFloat(scalar) && std::isnan(FloatValue(scalar));
}

inline std::string_view BinaryValue(const arrow::Scalar& scalar) {
  return static_cast<const arrow::BaseBinaryScalar&>(scalar).view();
}

/// The elements of a list of any kind, or of a map; or null.
inline const arrow::Array* Elements(const arrow::Scalar& scalar) {
  const auto* list = dynamic_cast<const arrow::BaseListScalar*>(&scalar);
  return list == nullptr ? nullptr : list->value.get();
}

inline bool Same(const ScalarPtr& wrapped_a, const ScalarPtr& wrapped_b) {
  const ScalarPtr a = Unwrapped(wrapped_a), b = Unwrapped(wrapped_b);
  if (!a->is_valid || !b->is_valid) return a->is_valid == b->is_valid;
  if (IsFloat(*a)) {
    const double x = FloatValue(*a), y = FloatValue(*b);
    return std::isnan(x) || std::isnan(y) ? std::isnan(x) == std::isnan(y) : x == y;
  }
  if (const arrow::Array* x = Elements(*a)) {
    const arrow::Array* y = Elements(*b);
    bool same = x->length() == y->length();
    for (int64_t i = 0; same && i < x->length(); ++i) {
      same = Same(ValueAt(*x, i), ValueAt(*y, i));
    }
    return same;
  }
  if (a->type->id() == arrow::Type::STRUCT) {
    const auto& x = static_cast<const arrow::StructScalar&>(*a).value;
    const auto& y = static_cast<const arrow::StructScalar&>(*b).value;
    bool same = true;
    for (size_t i = 0; same && i < x.size(); ++i) same = Same(x[i], y[i]);
    return same;
  }
  return a->Equals(*b);
}

/// Whether there is a NaN in the value, at any depth.
inline bool HoldsNaN(const ScalarPtr& wrapped) {
  const ScalarPtr scalar = Unwrapped(wrapped);
  if (!scalar->is_valid) return false;
  if (const arrow::Array* elements = Elements(*scalar)) {
    bool holds = false;
    for (int64_t i = 0; !holds && i < elements->length(); ++i) {
      holds = HoldsNaN(ValueAt(*elements, i));
    }
    return holds;
  }
  if (scalar->type->id() == arrow::Type::STRUCT) {
    for (const ScalarPtr& child :
         static_cast<const arrow::StructScalar&>(*scalar).value) {
      if (HoldsNaN(child)) return true;
    }
    return false;
  }
  return IsNaN(*scalar);
}

/// Order of two values that are neither null nor NaN.
inline std::weak_ordering Compared(const arrow::Scalar& a, const arrow::Scalar& b) {
  if (IsFloat(a)) {
    const double x = FloatValue(a), y = FloatValue(b);
    return x < y   ? std::weak_ordering::less
           : x > y ? std::weak_ordering::greater
                   : std::weak_ordering::equivalent;
  }
  switch (a.type->id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(a).value <=>
             static_cast<const arrow::BooleanScalar&>(b).value;
    case arrow::Type::INTERVAL_DAY_TIME: {
      const auto x = static_cast<const arrow::DayTimeIntervalScalar&>(a).value;
      const auto y = static_cast<const arrow::DayTimeIntervalScalar&>(b).value;
      if (x.days != y.days) return x.days <=> y.days;
      return x.milliseconds <=> y.milliseconds;
    }
    default:
      break;
  }
  if (arrow::is_base_binary_like(a.type->id()) ||
      arrow::is_binary_view_like(a.type->id()) ||
      a.type->id() == arrow::Type::FIXED_SIZE_BINARY) {
    return BinaryValue(a) <=> BinaryValue(b);
  }
  // The rest are integers, little endian in memory, of 1 to 32 bytes.
  const auto wide = [](const arrow::Scalar& scalar) {
    const std::string_view bytes =
        static_cast<const arrow::internal::PrimitiveScalarBase&>(scalar).view();
    const bool negative = !arrow::is_unsigned_integer(scalar.type->id()) &&
                          (static_cast<uint8_t>(bytes.back()) & 0x80) != 0;
    std::array<uint8_t, 40> extended;
    extended.fill(negative ? 0xff : 0);
    std::memcpy(extended.data(), bytes.data(), bytes.size());
    std::array<uint64_t, 4> words;
    std::memcpy(words.data(), extended.data(), sizeof(words));
    // 256 bits hold a decimal256 and, with a bit to spare, everything else.
    return arrow::Decimal256(arrow::Decimal256::LittleEndianArray, words);
  };
  const arrow::Decimal256 x = wide(a), y = wide(b);
  return x < y   ? std::weak_ordering::less
         : y < x ? std::weak_ordering::greater
                 : std::weak_ordering::equivalent;
}

/// Nulls last, NaN just before them, whatever the direction.
inline std::weak_ordering Ordered(const ScalarPtr& wrapped_a, const ScalarPtr& wrapped_b,
                                  bool descending) {
  const ScalarPtr a = Unwrapped(wrapped_a), b = Unwrapped(wrapped_b);
  const auto rank = [](const arrow::Scalar& value) {
    return !value.is_valid ? 2 : IsNaN(value) ? 1 : 0;
  };
  if (rank(*a) != rank(*b) || rank(*a) > 0) return rank(*a) <=> rank(*b);
  return descending ? Compared(*b, *a) : Compared(*a, *b);
}

}  // namespace planish
