// SPDX-License-Identifier: Apache-2.0
#include "dataset/value_agreement.h"

#include <utility>

#include "arrow/type_traits.h"
#include "arrow/util/checked_cast.h"
#include "dataset/schema_agreement.h"

namespace planish {

namespace {

using arrow::internal::checked_cast;
using TypePtr = std::shared_ptr<arrow::DataType>;

/// `type` with one type for all integers and floating-point numbers.
TypePtr WithOneNumber(const TypePtr& type) {
  const auto child = [&](int i) {
    return type->field(i)->WithType(WithOneNumber(type->field(i)->type()));
  };
  const arrow::Type::type id = type->id();
  if (arrow::is_integer(id) || arrow::is_floating(id)) return arrow::float64();
  if (id == arrow::Type::DICTIONARY) {
    return WithOneNumber(checked_cast<const arrow::DictionaryType&>(*type).value_type());
  }
  if (id == arrow::Type::MAP) {
    const auto& map = checked_cast<const arrow::MapType&>(*type);
    return std::make_shared<arrow::MapType>(
        map.key_field()->WithType(WithOneNumber(map.key_type())),
        map.item_field()->WithType(WithOneNumber(map.item_type())));
  }
  if (arrow::is_list_like(id) || arrow::is_list_view(id)) return arrow::list(child(0));
  if (id != arrow::Type::STRUCT) return type;
  arrow::FieldVector children;
  for (int i = 0; i < type->num_fields(); ++i) children.push_back(child(i));
  return arrow::struct_(std::move(children));
}

TypePtr SameListOf(const arrow::DataType& type, std::shared_ptr<arrow::Field> element) {
  if (type.id() == arrow::Type::LARGE_LIST) return arrow::large_list(std::move(element));
  if (type.id() == arrow::Type::FIXED_SIZE_LIST) {
    return arrow::fixed_size_list(
        std::move(element),
        checked_cast<const arrow::FixedSizeListType&>(type).list_size());
  }
  return arrow::list(std::move(element));
}

}  // namespace

bool AgreeByValue(const arrow::Field& a, const arrow::Field& b, MissingColumns missing) {
  if (IsInt96(a) || IsInt96(b)) return false;
  return PromoteWithoutLoss(WithOneNumber(a.type()), WithOneNumber(b.type()), missing)
      .ok();
}

TypePtr WithTimezoneUtc(const TypePtr& type, const arrow::DataType& model) {
  const arrow::Type::type id = type->id();
  if (id == arrow::Type::TIMESTAMP && model.id() == id) {
    const auto& own = checked_cast<const arrow::TimestampType&>(*type);
    const bool zoned =
        !checked_cast<const arrow::TimestampType&>(model).timezone().empty();
    return own.timezone().empty() && zoned ? arrow::timestamp(own.unit(), "UTC") : type;
  }
  if (id == arrow::Type::LIST || id == arrow::Type::LARGE_LIST ||
      id == arrow::Type::FIXED_SIZE_LIST) {
    if (model.num_fields() != 1) return type;
    const auto& element = type->field(0);
    return SameListOf(*type, element->WithType(WithTimezoneUtc(element->type(),
                                                               *model.field(0)->type())));
  }
  if (id != arrow::Type::STRUCT || model.id() != id) return type;
  arrow::FieldVector children;
  for (const auto& child : type->fields()) {
    const auto other =
        checked_cast<const arrow::StructType&>(model).GetFieldByName(child->name());
    children.push_back(other == nullptr ? child
                                        : child->WithType(WithTimezoneUtc(
                                              child->type(), *other->type())));
  }
  return arrow::struct_(std::move(children));
}

}  // namespace planish
