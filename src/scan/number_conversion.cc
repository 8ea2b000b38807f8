// SPDX-License-Identifier: Apache-2.0
#include "scan/number_conversion.h"

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "arrow/builder.h"
#include "arrow/type_traits.h"
#include "arrow/util/float16.h"

namespace planish {

namespace {

using arrow::util::Float16;

/// How a C type stands for numbers: half floats are kept as their bits.
template <typename ArrowType>
struct NumbersOf {
  using Stored = typename ArrowType::c_type;
  using Number = Stored;
  static Number Load(Stored value) { return value; }
  static Stored Store(Number value) { return value; }
};

template <>
struct NumbersOf<arrow::HalfFloatType> {
  using Stored = uint16_t;
  using Number = Float16;
  static Number Load(Stored bits) { return Float16::FromBits(bits); }
  static Stored Store(Number value) { return value.bits(); }
};

double ToDouble(double value) {
  return value;
}
double ToDouble(Float16 value) {
  return value.ToDouble();
}

/// `value` as an integer, if it is one that the type holds.
template <std::integral Integer>
std::optional<Integer> AsInteger(double value) {
  // Both bounds are powers of two, which doubles hold.
  const double below = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  const double least = std::is_signed_v<Integer> ? -below : 0.0;
  if (!(value >= least && value < below) || std::trunc(value) != value) {
    return std::nullopt;
  }
  return static_cast<Integer>(value);
}

template <typename Floating>
Floating Round(double value) {
  if constexpr (std::is_same_v<Floating, Float16>) {
    return Float16::FromDouble(value);
  } else {
    return static_cast<Floating>(value);
  }
}

template <typename Target>
std::optional<Target> FitFloating(double value, Rounding rounding) {
  if constexpr (std::integral<Target>) {
    return AsInteger<Target>(value);
  } else {
    const Target rounded = Round<Target>(value);
    const double back = ToDouble(rounded);
    const bool same = back == value || std::isnan(value);
    const bool near = rounding == Rounding::kFloats && std::isfinite(back);
    return same || near ? std::optional(rounded) : std::nullopt;
  }
}

template <typename Target, std::integral Source>
std::optional<Target> FitInteger(Source value) {
  if constexpr (std::integral<Target>) {
    if (!std::in_range<Target>(value)) return std::nullopt;
    return static_cast<Target>(value);
  } else {
    // Beyond 53 bits this rounds, which the way back shows.
    const auto rounded = Round<Target>(static_cast<double>(value));
    const auto back = AsInteger<Source>(ToDouble(rounded));
    return back == value ? std::optional(rounded) : std::nullopt;
  }
}

template <typename Floating>
Floating NextUp(Floating value) {
  if constexpr (std::is_same_v<Floating, Float16>) {
    constexpr uint16_t kSign = 0x8000;
    if (value.bits() == kSign) return Float16::FromBits(1);
    return Float16::FromBits(
        static_cast<uint16_t>(value.bits() + (value.signbit() ? -1 : 1)));
  } else {
    return std::nextafter(value, std::numeric_limits<Floating>::infinity());
  }
}

/// The least value that is not smaller; nothing if all are. Not for NaN among integers.
template <typename Target>
std::optional<Target> RoundUp(double value) {
  if constexpr (std::integral<Target>) {
    const double up = std::ceil(value);
    if (up >= std::ldexp(1.0, std::numeric_limits<Target>::digits)) return std::nullopt;
    constexpr Target kLeast = std::numeric_limits<Target>::min();
    return up <= static_cast<double>(kLeast) ? kLeast : static_cast<Target>(up);
  } else {
    const auto rounded = Round<Target>(value);
    return ToDouble(rounded) < value ? NextUp(rounded) : rounded;
  }
}

template <typename Target, std::integral Source>
std::optional<Target> RoundUp(Source value) {
  if constexpr (std::integral<Target>) {
    if (std::cmp_less(value, std::numeric_limits<Target>::min())) {
      return std::numeric_limits<Target>::min();
    }
    return FitInteger<Target>(value);
  } else {
    const auto nearest = static_cast<double>(value);
    // Doubles that the source's type does not hold are greater than all that it does.
    const auto back = AsInteger<Source>(nearest);
    return RoundUp<Target>(back && *back < value ? NextUp(nearest) : nearest);
  }
}

/// How a number becomes one of another type.
enum class Becoming { kFit, kRoundedUp };

template <typename SourceType, typename TargetType>
arrow::Result<FittedNumbers> Fit(const arrow::Array& array, Becoming how,
                                 Rounding rounding, arrow::MemoryPool* pool) {
  using From = NumbersOf<SourceType>;
  using To = NumbersOf<TargetType>;
  using Target = typename To::Number;
  FittedNumbers fitted;
  typename arrow::TypeTraits<TargetType>::BuilderType builder(pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(array.length()));
  const auto* values = array.data()->GetValues<typename From::Stored>(1);
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const auto value = From::Load(values[i]);
    std::optional<Target> fit;
    if constexpr (std::integral<typename From::Number>) {
      fit = how == Becoming::kFit ? FitInteger<Target>(value) : RoundUp<Target>(value);
    } else {
      const double number = ToDouble(value);
      if (how == Becoming::kRoundedUp && std::integral<Target> && std::isnan(number)) {
        builder.UnsafeAppendNull();
        continue;
      }
      fit = how == Becoming::kFit ? FitFloating<Target>(number, rounding)
                                  : RoundUp<Target>(number);
    }
    if (!fit) fitted.misfits.push_back(i);
    builder.UnsafeAppend(fit ? To::Store(*fit) : typename To::Stored{});
  }
  ARROW_ASSIGN_OR_RAISE(fitted.values, builder.Finish());
  return fitted;
}

/// Calls `visit` with an object of the numeric type.
template <typename Visit>
arrow::Result<FittedNumbers> VisitNumber(const arrow::DataType& type,
                                         const Visit& visit) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return visit(arrow::Int8Type());
    case arrow::Type::INT16:
      return visit(arrow::Int16Type());
    case arrow::Type::INT32:
      return visit(arrow::Int32Type());
    case arrow::Type::INT64:
      return visit(arrow::Int64Type());
    case arrow::Type::UINT8:
      return visit(arrow::UInt8Type());
    case arrow::Type::UINT16:
      return visit(arrow::UInt16Type());
    case arrow::Type::UINT32:
      return visit(arrow::UInt32Type());
    case arrow::Type::UINT64:
      return visit(arrow::UInt64Type());
    case arrow::Type::HALF_FLOAT:
      return visit(arrow::HalfFloatType());
    case arrow::Type::FLOAT:
      return visit(arrow::FloatType());
    case arrow::Type::DOUBLE:
      return visit(arrow::DoubleType());
    default:
      return arrow::Status::TypeError("not a type of numbers: ", type.ToString());
  }
}

arrow::Result<FittedNumbers> Convert(const arrow::Array& array,
                                     const arrow::DataType& type, Becoming how,
                                     Rounding rounding, arrow::MemoryPool* pool) {
  return VisitNumber(*array.type(), [&](const auto& from) {
    return VisitNumber(type, [&](const auto& to) {
      return Fit<std::decay_t<decltype(from)>, std::decay_t<decltype(to)>>(
          array, how, rounding, pool);
    });
  });
}

}  // namespace

bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id());
}

arrow::Result<FittedNumbers> FitNumbers(const arrow::Array& array,
                                        const arrow::DataType& type, Rounding rounding,
                                        arrow::MemoryPool* pool) {
  return Convert(array, type, Becoming::kFit, rounding, pool);
}

arrow::Result<FittedNumbers> RoundUpNumbers(const arrow::Array& array,
                                            const arrow::DataType& type,
                                            arrow::MemoryPool* pool) {
  return Convert(array, type, Becoming::kRoundedUp, Rounding::kNone, pool);
}

}  // namespace planish
