// SPDX-License-Identifier: Apache-2.0
#include "reference/plain_value.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "arrow/array.h"
#include "arrow/type.h"
#include "arrow/util/float16.h"
#include "base/error_builder.h"

namespace planish {
namespace {

using Children = PlainValue::Children;

PlainValue Number(double number) {
  if (std::isnan(number)) return {PlainValue::NotANumber{}};
  if (number == 0) return {0.0};  // also for -0.0
  return {number};
}

template <typename ScalarType>
PlainValue Signed(const arrow::Scalar& scalar) {
  return {static_cast<int64_t>(static_cast<const ScalarType&>(scalar).value)};
}

template <typename ScalarType>
PlainValue Unsigned(const arrow::Scalar& scalar) {
  return {static_cast<uint64_t>(static_cast<const ScalarType&>(scalar).value)};
}

template <typename ScalarType>
PlainValue Decimal(const arrow::Scalar& scalar) {
  // One column has one scale, so the unscaled value is enough.
  return {arrow::Decimal256(static_cast<const ScalarType&>(scalar).value)};
}

arrow::Result<PlainValue> List(const arrow::Array& elements) {
  Children children;
  for (int64_t i = 0; i < elements.length(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto element, elements.GetScalar(i));
    ARROW_ASSIGN_OR_RAISE(auto child, MakePlainValue(*element));
    children.push_back(std::move(child));
  }
  return PlainValue{std::move(children)};
}

arrow::Result<PlainValue> Struct(const arrow::StructScalar& scalar) {
  Children children;
  for (const auto& field : scalar.value) {
    ARROW_ASSIGN_OR_RAISE(auto child, MakePlainValue(*field));
    children.push_back(std::move(child));
  }
  return PlainValue{std::move(children)};
}

}  // namespace

bool PlainValue::ContainsNaN() const {
  if (IsNaN()) return true;
  const auto* children = std::get_if<Children>(&value);
  return children != nullptr &&
         std::any_of(children->begin(), children->end(),
                     [](const PlainValue& child) { return child.ContainsNaN(); });
}

arrow::Result<PlainValue> MakePlainValue(const arrow::Scalar& scalar) {
  if (scalar.type->id() == arrow::Type::DICTIONARY) {
    // Before the null test: a valid code may stand for a null value.
    const auto& dictionary = static_cast<const arrow::DictionaryScalar&>(scalar);
    if (!dictionary.is_valid) return PlainValue{PlainValue::Null{}};
    ARROW_ASSIGN_OR_RAISE(auto decoded, dictionary.GetEncodedValue());
    return MakePlainValue(*decoded);
  }
  if (!scalar.is_valid) return PlainValue{PlainValue::Null{}};
  switch (scalar.type->id()) {
    case arrow::Type::BOOL:
      return PlainValue{static_cast<const arrow::BooleanScalar&>(scalar).value};
    case arrow::Type::INT8:
      return Signed<arrow::Int8Scalar>(scalar);
    case arrow::Type::INT16:
      return Signed<arrow::Int16Scalar>(scalar);
    case arrow::Type::INT32:
      return Signed<arrow::Int32Scalar>(scalar);
    case arrow::Type::INT64:
      return Signed<arrow::Int64Scalar>(scalar);
    case arrow::Type::UINT8:
      return Unsigned<arrow::UInt8Scalar>(scalar);
    case arrow::Type::UINT16:
      return Unsigned<arrow::UInt16Scalar>(scalar);
    case arrow::Type::UINT32:
      return Unsigned<arrow::UInt32Scalar>(scalar);
    case arrow::Type::UINT64:
      return Unsigned<arrow::UInt64Scalar>(scalar);
    case arrow::Type::DATE32:
      return Signed<arrow::Date32Scalar>(scalar);
    case arrow::Type::DATE64:
      return Signed<arrow::Date64Scalar>(scalar);
    case arrow::Type::TIME32:
      return Signed<arrow::Time32Scalar>(scalar);
    case arrow::Type::TIME64:
      return Signed<arrow::Time64Scalar>(scalar);
    case arrow::Type::TIMESTAMP:
      return Signed<arrow::TimestampScalar>(scalar);
    case arrow::Type::DURATION:
      return Signed<arrow::DurationScalar>(scalar);
    case arrow::Type::HALF_FLOAT: {
      const uint16_t bits = static_cast<const arrow::HalfFloatScalar&>(scalar).value;
      return Number(arrow::util::Float16::FromBits(bits).ToDouble());
    }
    case arrow::Type::FLOAT:
      return Number(static_cast<const arrow::FloatScalar&>(scalar).value);
    case arrow::Type::DOUBLE:
      return Number(static_cast<const arrow::DoubleScalar&>(scalar).value);
    case arrow::Type::DECIMAL32:
      return Decimal<arrow::Decimal32Scalar>(scalar);
    case arrow::Type::DECIMAL64:
      return Decimal<arrow::Decimal64Scalar>(scalar);
    case arrow::Type::DECIMAL128:
      return Decimal<arrow::Decimal128Scalar>(scalar);
    case arrow::Type::DECIMAL256:
      return Decimal<arrow::Decimal256Scalar>(scalar);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return PlainValue{
          static_cast<const arrow::BaseBinaryScalar&>(scalar).value->ToString()};
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP:
      return List(*static_cast<const arrow::BaseListScalar&>(scalar).value);
    case arrow::Type::STRUCT:
      return Struct(static_cast<const arrow::StructScalar&>(scalar));
    case arrow::Type::EXTENSION:
      return MakePlainValue(*static_cast<const arrow::ExtensionScalar&>(scalar).value);
    default:
      return Error(ErrorKind::kUnsupported,
                   "values of this type cannot be compared: " + scalar.type->ToString());
  }
}

}  // namespace planish
