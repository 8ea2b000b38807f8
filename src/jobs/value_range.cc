// SPDX-License-Identifier: Apache-2.0
#include "jobs/value_range.h"

#include <concepts>
#include <type_traits>

#include "arrow/util/float16.h"
#include "arrow/util/string.h"
#include "arrow/visit_scalar_inline.h"
#include "dataset/schema_agreement.h"

namespace planish {
namespace {

template <typename T>
concept Ordered = std::is_arithmetic_v<T> || std::same_as<T, arrow::Decimal32> ||
    std::same_as<T, arrow::Decimal64> || std::same_as<T, arrow::Decimal128> ||
    std::same_as<T, arrow::Decimal256>;

/// Whether `scalar` is less than `other`, which is of the same type. Fails for types
/// without an order.
struct LessThan {
  const arrow::Scalar& other;
  bool less = false;

  template <typename T>
  requires Ordered<typename T::ValueType> arrow::Status Visit(const T& scalar) {
    less = scalar.value < static_cast<const T&>(other).value;
    return arrow::Status::OK();
  }
  template <std::derived_from<arrow::BaseBinaryScalar> T>
  arrow::Status Visit(const T& scalar) {
    less = scalar.view() < static_cast<const T&>(other).view();
    return arrow::Status::OK();
  }
  arrow::Status Visit(const arrow::HalfFloatScalar& scalar) {
    using arrow::util::Float16;
    const auto& right = static_cast<const arrow::HalfFloatScalar&>(other);
    less = Float16::FromBits(scalar.value) < Float16::FromBits(right.value);
    return arrow::Status::OK();
  }
  arrow::Status Visit(const arrow::Scalar& scalar) {
    return arrow::Status::TypeError("no order for ", scalar.type->ToString());
  }
};

arrow::Result<bool> IsLess(const arrow::Scalar& a, const arrow::Scalar& b) {
  if (!a.type->Equals(*b.type)) return arrow::Status::TypeError("types differ");
  LessThan visitor{b};
  ARROW_RETURN_NOT_OK(arrow::VisitScalarInline(a, &visitor));
  return visitor.less;
}

/// Casts both to the type that holds either.
arrow::Status Agree(std::shared_ptr<arrow::Scalar>* a,
                    std::shared_ptr<arrow::Scalar>* b) {
  ARROW_ASSIGN_OR_RAISE(auto type, PromoteWithoutLoss((*a)->type, (*b)->type));
  ARROW_ASSIGN_OR_RAISE(*a, (*a)->CastTo(type));
  ARROW_ASSIGN_OR_RAISE(*b, (*b)->CastTo(type));
  return arrow::Status::OK();
}

}  // namespace

void ValueRange::Add(const std::shared_ptr<arrow::Scalar>& min,
                     const std::shared_ptr<arrow::Scalar>& max) {
  Widen(min, /*lower=*/true, &min_);
  Widen(max, /*lower=*/false, &max_);
}

void ValueRange::Widen(std::shared_ptr<arrow::Scalar> value, bool lower,
                       std::shared_ptr<arrow::Scalar>* bound) {
  if (unknown_) return;
  if (!*bound) *bound = value;
  if (!value->type->Equals(*(*bound)->type) && !Agree(&value, bound).ok()) {
    unknown_ = true;
    return;
  }
  const auto beyond = lower ? IsLess(*value, **bound) : IsLess(**bound, *value);
  unknown_ = !beyond.ok();
  if (beyond.ValueOr(false)) *bound = value;
}

std::optional<std::string> ValueRange::Text(
    const std::shared_ptr<arrow::Scalar>& value) const {
  if (unknown_ || !value) return std::nullopt;
  switch (value->type->id()) {
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return "0x" +
             arrow::HexEncode(static_cast<const arrow::BaseBinaryScalar&>(*value).view());
    default:
      return value->ToString();
  }
}

}  // namespace planish
