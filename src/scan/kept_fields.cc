// SPDX-License-Identifier: Apache-2.0
#include "scan/kept_fields.h"

#include <utility>

#include "arrow/array/array_nested.h"
#include "arrow/array/concatenate.h"
#include "arrow/util/checked_cast.h"
#include "base/null_array.h"
#include "format/column_patcher.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// Child `index`, null where its struct is null.
arrow::Result<ArrayPtr> ChildOfCurrent(const arrow::StructArray& current, int index,
                                       arrow::MemoryPool* pool) {
  const ArrayPtr child = current.field(index);
  if (current.null_count() == 0) return child;
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr null, MakeNullArray(child->type(), 1, pool));
  std::vector<int64_t> choice;
  for (int64_t i = 0; i < current.length(); ++i) {
    choice.push_back(current.IsNull(i) ? current.length() : i);
  }
  return ChooseValues(child, null, choice, pool);
}

arrow::Result<ArrayPtr> Keep(const ArrayPtr& values, const ArrayPtr& current,
                             arrow::MemoryPool* pool) {
  if (values->type()->Equals(*current->type())) return values;
  if (current->type_id() != arrow::Type::STRUCT) {
    return arrow::Status::TypeError("no struct to keep fields of: ",
                                    current->type()->ToString());
  }
  const auto& made = checked_cast<const arrow::StructArray&>(*values);
  const auto& kept = checked_cast<const arrow::StructArray&>(*current);
  std::shared_ptr<arrow::ArrayData> data = values->data()->Copy();
  data->type = current->type();
  data->child_data.clear();
  for (int i = 0; i < current->type()->num_fields(); ++i) {
    const arrow::Field& field = *current->type()->field(i);
    ARROW_ASSIGN_OR_RAISE(ArrayPtr child, ChildOfCurrent(kept, i, pool));
    if (const ArrayPtr own = made.GetFieldByName(field.name())) {
      ARROW_ASSIGN_OR_RAISE(child, Keep(own, child, pool));
    } else if (!field.nullable()) {
      for (int64_t row = 0; row < values->length(); ++row) {
        if (made.IsNull(row) || kept.IsValid(row)) continue;
        return arrow::Status::Invalid("there is no value for a required field: ",
                                      field.name());
      }
      child = kept.field(i);
    }
    data->child_data.push_back(child->data());
  }
  return arrow::MakeArray(std::move(data));
}

}  // namespace

arrow::Result<ArrayPtr> KeepFields(const ArrayPtr& values, const ArrayPtr& current,
                                   arrow::MemoryPool* pool) {
  // Children are as long as what is kept of their struct.
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr compact, arrow::Concatenate({values}, pool));
  return Keep(compact, current, pool);
}

}  // namespace planish
