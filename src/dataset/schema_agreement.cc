// SPDX-License-Identifier: Apache-2.0
#include "dataset/schema_agreement.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "arrow/extension_type.h"
#include "arrow/scalar.h"
#include "arrow/type_traits.h"
#include "arrow/util/checked_cast.h"
#include "arrow/util/key_value_metadata.h"
#include "format/schema_translation.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;
using TypePtr = std::shared_ptr<arrow::DataType>;

arrow::Status NoPromotion(const arrow::DataType& a, const arrow::DataType& b) {
  return arrow::Status::TypeError("no type holds both ", a.ToString(), " and ",
                                  b.ToString(), " without loss");
}

int BitWidth(const arrow::DataType& type) {
  return checked_cast<const arrow::FixedWidthType&>(type).bit_width();
}

TypePtr SignedInteger(int bits) {
  if (bits <= 8) return arrow::int8();
  if (bits <= 16) return arrow::int16();
  return bits <= 32 ? arrow::int32() : arrow::int64();
}

arrow::Result<TypePtr> PromoteIntegers(const TypePtr& a, const TypePtr& b) {
  const bool a_signed = arrow::is_signed_integer(a->id());
  if (a_signed == arrow::is_signed_integer(b->id())) {
    return BitWidth(*a) >= BitWidth(*b) ? a : b;
  }
  const arrow::DataType& with_sign = a_signed ? *a : *b;
  const arrow::DataType& without = a_signed ? *b : *a;
  const int bits = std::max(BitWidth(with_sign), 2 * BitWidth(without));
  if (bits > 64) return NoPromotion(*a, *b);
  return SignedInteger(bits);
}

arrow::Result<TypePtr> PromoteFloats(const TypePtr& a, const TypePtr& b) {
  if (arrow::is_floating(a->id()) && arrow::is_floating(b->id())) {
    return BitWidth(*a) >= BitWidth(*b) ? a : b;
  }
  const bool a_floats = arrow::is_floating(a->id());
  const TypePtr& floating = a_floats ? a : b;
  const int integer_bits = BitWidth(a_floats ? *b : *a);
  if (integer_bits > 32) return NoPromotion(*a, *b);
  // Significands: float 24 bits, double 53.
  if (integer_bits > 16 || floating->id() == arrow::Type::DOUBLE) return arrow::float64();
  return arrow::float32();
}

/// Digits before and behind the point.
struct Digits {
  int32_t whole = 0, fraction = 0;
};

Digits DigitsOf(const arrow::DataType& type) {
  if (arrow::is_decimal(type.id())) {
    const auto& decimal = checked_cast<const arrow::DecimalType&>(type);
    return {decimal.precision() - decimal.scale(), decimal.scale()};
  }
  switch (BitWidth(type)) {
    case 8:
      return {3, 0};
    case 16:
      return {5, 0};
    case 32:
      return {10, 0};
    default:
      return {arrow::is_signed_integer(type.id()) ? 19 : 20, 0};
  }
}

arrow::Result<TypePtr> PromoteDecimals(const TypePtr& a, const TypePtr& b) {
  const Digits left = DigitsOf(*a), right = DigitsOf(*b);
  const int32_t scale = std::max(left.fraction, right.fraction);
  const int32_t precision = std::max(left.whole, right.whole) + scale;
  if (precision > arrow::Decimal256Type::kMaxPrecision) return NoPromotion(*a, *b);
  int bits = 32;
  for (const TypePtr& type : {a, b}) {
    if (arrow::is_decimal(type->id())) bits = std::max(bits, BitWidth(*type));
  }
  if (precision > arrow::Decimal128Type::kMaxPrecision || bits == 256) {
    return arrow::decimal256(precision, scale);
  }
  if (precision > arrow::Decimal64Type::kMaxPrecision || bits == 128) {
    return arrow::decimal128(precision, scale);
  }
  if (precision > arrow::Decimal32Type::kMaxPrecision || bits == 64) {
    return arrow::decimal64(precision, scale);
  }
  return arrow::decimal32(precision, scale);
}

bool IsText(const arrow::DataType& type) {
  return arrow::is_string(type.id()) || type.id() == arrow::Type::STRING_VIEW;
}

bool IsBinary(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY ||
         type.id() == arrow::Type::BINARY_VIEW ||
         type.id() == arrow::Type::FIXED_SIZE_BINARY;
}

/// The unit of a type that counts one, if it does.
std::optional<arrow::TimeUnit::type> UnitOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::TIMESTAMP:
      return checked_cast<const arrow::TimestampType&>(type).unit();
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return checked_cast<const arrow::TimeType&>(type).unit();
    case arrow::Type::DURATION:
      return checked_cast<const arrow::DurationType&>(type).unit();
    default:
      return std::nullopt;
  }
}

arrow::Result<TypePtr> PromoteTimestamps(const TypePtr& a, const TypePtr& b,
                                         arrow::TimeUnit::type unit) {
  const std::string& left = checked_cast<const arrow::TimestampType&>(*a).timezone();
  const std::string& right = checked_cast<const arrow::TimestampType&>(*b).timezone();
  if (left.empty() != right.empty()) return NoPromotion(*a, *b);
  return arrow::timestamp(unit, left == right ? left : "UTC");
}

arrow::Result<TypePtr> PromoteTemporal(const TypePtr& a, const TypePtr& b) {
  const auto left = UnitOf(*a), right = UnitOf(*b);
  if (!left || !right) {
    if (arrow::is_date(a->id()) && arrow::is_date(b->id())) return arrow::date64();
    return NoPromotion(*a, *b);
  }
  const arrow::TimeUnit::type unit = std::max(*left, *right);
  if (arrow::is_time(a->id()) && arrow::is_time(b->id())) {
    return unit <= arrow::TimeUnit::MILLI ? arrow::time32(unit) : arrow::time64(unit);
  }
  if (a->id() != b->id()) return NoPromotion(*a, *b);
  if (a->id() == arrow::Type::TIMESTAMP) return PromoteTimestamps(a, b, unit);
  return arrow::duration(unit);
}

arrow::Result<std::shared_ptr<arrow::Field>> PromoteChildren(
    const std::shared_ptr<arrow::Field>& a, const std::shared_ptr<arrow::Field>& b,
    MissingColumns missing) {
  ARROW_ASSIGN_OR_RAISE(TypePtr type, PromoteWithoutLoss(a->type(), b->type(), missing));
  return arrow::field(a->name(), std::move(type), a->nullable() || b->nullable());
}

bool IsLarge(arrow::Type::type id) {
  return id == arrow::Type::LARGE_LIST || id == arrow::Type::LARGE_LIST_VIEW;
}

arrow::Result<TypePtr> PromoteLists(const TypePtr& a, const TypePtr& b,
                                    MissingColumns missing) {
  ARROW_ASSIGN_OR_RAISE(auto element, PromoteChildren(a->field(0), b->field(0), missing));
  if (a->id() == arrow::Type::FIXED_SIZE_LIST &&
      b->id() == arrow::Type::FIXED_SIZE_LIST) {
    const int32_t size = checked_cast<const arrow::FixedSizeListType&>(*a).list_size();
    if (size == checked_cast<const arrow::FixedSizeListType&>(*b).list_size()) {
      return arrow::fixed_size_list(std::move(element), size);
    }
  }
  if (IsLarge(a->id()) || IsLarge(b->id())) return arrow::large_list(std::move(element));
  return arrow::list(std::move(element));
}

bool LacksField(const arrow::DataType& type, const std::string& name) {
  return checked_cast<const arrow::StructType&>(type).GetAllFieldIndices(name).empty();
}

arrow::Result<TypePtr> PromoteStructs(const TypePtr& a, const TypePtr& b,
                                      MissingColumns missing) {
  const auto& right = checked_cast<const arrow::StructType&>(*b);
  const bool may_lack = missing == MissingColumns::kNull;
  if (!may_lack && a->num_fields() != b->num_fields()) return NoPromotion(*a, *b);
  arrow::FieldVector children;
  for (const auto& child : a->fields()) {
    // -1 also for a name that is there twice.
    const int other = right.GetFieldIndex(child->name());
    if (other >= 0) {
      ARROW_ASSIGN_OR_RAISE(children.emplace_back(),
                            PromoteChildren(child, right.field(other), missing));
    } else if (may_lack && LacksField(*b, child->name())) {
      children.push_back(child->WithNullable(true));
    } else {
      return NoPromotion(*a, *b);
    }
  }
  for (const auto& child : b->fields()) {
    if (LacksField(*a, child->name())) children.push_back(child->WithNullable(true));
  }
  return arrow::struct_(std::move(children));
}

arrow::Result<TypePtr> PromoteMaps(const TypePtr& a, const TypePtr& b,
                                   MissingColumns missing) {
  const auto& left = checked_cast<const arrow::MapType&>(*a);
  const auto& right = checked_cast<const arrow::MapType&>(*b);
  ARROW_ASSIGN_OR_RAISE(auto key,
                        PromoteChildren(left.key_field(), right.key_field(), missing));
  ARROW_ASSIGN_OR_RAISE(auto item,
                        PromoteChildren(left.item_field(), right.item_field(), missing));
  return std::make_shared<arrow::MapType>(std::move(key), std::move(item));
}

/// The type of the values that `type` stands for.
TypePtr ValueType(const TypePtr& type) {
  switch (type->id()) {
    case arrow::Type::DICTIONARY:
      return ValueType(checked_cast<const arrow::DictionaryType&>(*type).value_type());
    case arrow::Type::RUN_END_ENCODED:
      return ValueType(checked_cast<const arrow::RunEndEncodedType&>(*type).value_type());
    case arrow::Type::EXTENSION:
      return ValueType(checked_cast<const arrow::ExtensionType&>(*type).storage_type());
    default:
      return type;
  }
}

arrow::Result<TypePtr> PromoteValues(const TypePtr& a, const TypePtr& b,
                                     MissingColumns missing) {
  if (a->Equals(*b)) return a;
  if (a->id() == arrow::Type::NA) return b;
  if (b->id() == arrow::Type::NA) return a;
  const auto both = [&](auto is) { return is(*a) && is(*b); };
  const auto is_integer = [](const auto& type) { return arrow::is_integer(type.id()); };
  const auto is_number = [](const auto& type) {
    return arrow::is_integer(type.id()) || arrow::is_floating(type.id());
  };
  const auto is_exact = [](const auto& type) {
    return arrow::is_integer(type.id()) || arrow::is_decimal(type.id());
  };
  const auto is_list = [](const auto& type) {
    return arrow::is_list_like(type.id()) || arrow::is_list_view(type.id());
  };
  if (both(is_integer)) return PromoteIntegers(a, b);
  if (both(is_number)) return PromoteFloats(a, b);
  if (both(is_exact)) return PromoteDecimals(a, b);
  if (both(IsText)) return arrow::large_utf8();
  if (both(IsBinary)) return arrow::large_binary();
  if (a->id() == arrow::Type::MAP && b->id() == arrow::Type::MAP)
    return PromoteMaps(a, b, missing);
  if (a->id() == arrow::Type::MAP || b->id() == arrow::Type::MAP)
    return NoPromotion(*a, *b);
  if (both(is_list)) return PromoteLists(a, b, missing);
  if (a->id() == arrow::Type::STRUCT && b->id() == arrow::Type::STRUCT) {
    return PromoteStructs(a, b, missing);
  }
  return PromoteTemporal(a, b);
}

/// Whether values have floating-point numbers in them, at any depth.
bool HoldsFloats(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return HoldsFloats(*checked_cast<const arrow::DictionaryType&>(type).value_type());
  }
  return arrow::is_floating(type.id()) ||
         std::ranges::any_of(type.fields(), [](const auto& child) {
           return HoldsFloats(*child->type());
         });
}

}  // namespace

arrow::Result<TypePtr> PromoteWithoutLoss(const TypePtr& a, const TypePtr& b,
                                          MissingColumns missing) {
  if (a->id() == arrow::Type::EXTENSION && b->id() == arrow::Type::EXTENSION) {
    if (a->Equals(*b)) return a;
    const auto& left = checked_cast<const arrow::ExtensionType&>(*a);
    const auto& right = checked_cast<const arrow::ExtensionType&>(*b);
    if (left.extension_name() != right.extension_name()) return NoPromotion(*a, *b);
  }
  return PromoteValues(ValueType(a), ValueType(b), missing);
}

bool IsInt96(const arrow::Field& field) {
  return field.HasMetadata() && field.metadata()->Contains(kInt96FieldKey);
}

std::shared_ptr<arrow::Field> AsFarTimes(const arrow::Field& timestamps) {
  return timestamps.WithType(Int96ValueType())
      ->WithMetadata(arrow::key_value_metadata({kInt96FieldKey}, {"nanoseconds"}));
}

std::string TypeText(const arrow::Field& field) {
  return IsInt96(field) ? "INT96 timestamp" : field.type()->ToString();
}

std::string ValueText(const arrow::Field& field, const arrow::Scalar& value) {
  if (!value.is_valid) return "null";
  if (!IsInt96(field) || value.type->id() != arrow::Type::DECIMAL128) {
    return value.ToString();
  }
  const auto nanoseconds =
      static_cast<const arrow::Decimal128Scalar&>(value).value.ToInteger<int64_t>();
  if (!nanoseconds.ok()) return value.ToString() + " ns since 1970";
  return arrow::TimestampScalar(*nanoseconds, arrow::timestamp(arrow::TimeUnit::NANO))
      .ToString();
}

arrow::Result<std::shared_ptr<arrow::Field>> PromoteFields(
    const std::shared_ptr<arrow::Field>& a, const std::shared_ptr<arrow::Field>& b,
    MissingColumns missing) {
  if (!IsInt96(*a) && !IsInt96(*b)) return PromoteChildren(a, b, missing);
  const bool nullable = a->nullable() || b->nullable();
  if (IsInt96(*a) && IsInt96(*b)) return a->WithNullable(nullable);
  const auto& int96 = IsInt96(*a) ? a : b;
  const auto& other = IsInt96(*a) ? b : a;
  if (other->type()->id() != arrow::Type::TIMESTAMP &&
      other->type()->id() != arrow::Type::NA) {
    return arrow::Status::TypeError("no type holds both INT96 timestamps and ",
                                    other->type()->ToString(), " without loss");
  }
  return int96->WithName(a->name())->WithNullable(nullable);
}

arrow::Result<std::shared_ptr<arrow::Field>> PromoteAll(const arrow::FieldVector& fields,
                                                        MissingColumns missing) {
  arrow::FieldVector ordered = fields;
  // Not the algorithms of std::ranges: clang 14 does not compile what they return.
  std::stable_partition(ordered.begin(), ordered.end(),
                        [](const auto& field) { return HoldsFloats(*field->type()); });
  arrow::Status failure;
  // Structs may have floating-point numbers in different fields.
  for (size_t turn = 0; turn < ordered.size(); ++turn) {
    arrow::Result<std::shared_ptr<arrow::Field>> promoted = ordered.front();
    for (size_t i = 1; i < ordered.size() && promoted.ok(); ++i) {
      promoted = PromoteFields(*promoted, ordered[i], missing);
    }
    if (promoted.ok()) return (*promoted)->WithName(fields.front()->name());
    if (failure.ok()) failure = promoted.status();
    std::rotate(ordered.begin(), ordered.begin() + 1, ordered.end());
  }
  return failure;
}

}  // namespace planish
