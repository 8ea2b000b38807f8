// SPDX-License-Identifier: Apache-2.0
#include "dataset/struct_fields.h"

#include <utility>

#include "arrow/util/checked_cast.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsStruct(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRUCT;
}

/// Lists that Parquet is read as.
bool IsList(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::FIXED_SIZE_LIST;
}

TypePtr SameList(const arrow::DataType& type, std::shared_ptr<arrow::Field> element) {
  switch (type.id()) {
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(std::move(element));
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          std::move(element),
          checked_cast<const arrow::FixedSizeListType&>(type).list_size());
    default:
      return arrow::list(std::move(element));
  }
}

void AppendFieldsBesides(const arrow::DataType& type, const arrow::DataType& model,
                         const std::string& prefix, std::vector<std::string>* paths) {
  if (IsList(type) && IsList(model)) {
    AppendFieldsBesides(*type.field(0)->type(), *model.field(0)->type(), prefix + "[].",
                        paths);
  }
  if (!IsStruct(type) || !IsStruct(model)) return;
  const auto& other = checked_cast<const arrow::StructType&>(model);
  for (const auto& field : type.fields()) {
    const std::string path = prefix + field->name();
    const auto found = other.GetFieldByName(field->name());
    if (found != nullptr) {
      AppendFieldsBesides(*field->type(), *found->type(), path + ".", paths);
    } else if (other.GetAllFieldIndices(field->name()).empty()) {
      paths->push_back(path);
    }
  }
}

}  // namespace

std::vector<std::string> FieldsBesides(const arrow::DataType& type,
                                       const arrow::DataType& model) {
  std::vector<std::string> paths;
  AppendFieldsBesides(type, model, "", &paths);
  return paths;
}

TypePtr WithoutFieldsBesides(const TypePtr& type, const arrow::DataType& model) {
  if (IsList(*type) && IsList(model)) {
    const auto& element = type->field(0);
    return SameList(*type, element->WithType(WithoutFieldsBesides(
                               element->type(), *model.field(0)->type())));
  }
  if (!IsStruct(*type) || !IsStruct(model)) return type;
  const auto& other = checked_cast<const arrow::StructType&>(model);
  arrow::FieldVector fields;
  for (const auto& field : type->fields()) {
    const auto found = other.GetFieldByName(field->name());
    if (found != nullptr) {
      fields.push_back(
          field->WithType(WithoutFieldsBesides(field->type(), *found->type())));
    } else if (!other.GetAllFieldIndices(field->name()).empty()) {
      fields.push_back(field);
    }
  }
  return arrow::struct_(std::move(fields));
}

}  // namespace planish
