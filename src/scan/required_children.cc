// SPDX-License-Identifier: Apache-2.0
#include "scan/required_children.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "arrow/array/array_nested.h"
#include "arrow/type.h"
#include "arrow/util/checked_cast.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;

/// By value: whether it counts, not being below a null.
using Counting = std::vector<bool>;

arrow::Status Check(const arrow::Array& array, Counting counting);

bool RequiresAny(const arrow::DataType& type) {
  return std::ranges::any_of(type.fields(), [](const auto& child) {
    return !child->nullable() || RequiresAny(*child->type());
  });
}

arrow::Status CheckChild(const arrow::Field& field, const arrow::Array& values,
                         Counting counting) {
  for (int64_t i = 0; !field.nullable() && i < values.length(); ++i) {
    if (!counting[static_cast<size_t>(i)] || values.IsValid(i)) continue;
    return arrow::Status::Invalid("null for a field that is required: ", field.name());
  }
  return RequiresAny(*field.type()) ? Check(values, std::move(counting))
                                    : arrow::Status::OK();
}

template <typename ListArray>
arrow::Status CheckElements(const arrow::Array& array, const Counting& counting) {
  const auto& lists = checked_cast<const ListArray&>(array);
  Counting elements(static_cast<size_t>(lists.values()->length()));
  for (int64_t i = 0; i < lists.length(); ++i) {
    if (!counting[static_cast<size_t>(i)]) continue;
    const auto begin = elements.begin() + lists.value_offset(i);
    std::fill(begin, begin + lists.value_length(i), true);
  }
  return CheckChild(*lists.type()->field(0), *lists.values(), std::move(elements));
}

arrow::Status Check(const arrow::Array& array, Counting counting) {
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) counting[static_cast<size_t>(i)] = false;
  }
  switch (array.type_id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return CheckElements<arrow::ListArray>(array, counting);
    case arrow::Type::LARGE_LIST:
      return CheckElements<arrow::LargeListArray>(array, counting);
    case arrow::Type::FIXED_SIZE_LIST:
      return CheckElements<arrow::FixedSizeListArray>(array, counting);
    case arrow::Type::STRUCT: {
      const auto& structs = checked_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < structs.num_fields(); ++i) {
        ARROW_RETURN_NOT_OK(
            CheckChild(*array.type()->field(i), *structs.field(i), counting));
      }
      return arrow::Status::OK();
    }
    default:
      return arrow::Status::OK();
  }
}

/// `data` without the nulls of children that are required.
std::shared_ptr<arrow::ArrayData> WithoutTheirNulls(const arrow::ArrayData& data) {
  std::shared_ptr<arrow::ArrayData> result = data.Copy();
  for (int i = 0; i < data.type->num_fields(); ++i) {
    const arrow::Field& field = *data.type->field(i);
    auto& child = result->child_data[static_cast<size_t>(i)];
    child = RequiresAny(*field.type()) ? WithoutTheirNulls(*child) : child->Copy();
    if (field.nullable() || field.type()->id() == arrow::Type::NA) continue;
    child->buffers[0] = nullptr;
    child->null_count = 0;
  }
  return result;
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> WithRequiredChildren(
    const std::shared_ptr<arrow::Array>& array) {
  if (!RequiresAny(*array->type())) return array;
  ARROW_RETURN_NOT_OK(
      Check(*array, Counting(static_cast<size_t>(array->length()), true)));
  return arrow::MakeArray(WithoutTheirNulls(*array->data()));
}

}  // namespace planish
