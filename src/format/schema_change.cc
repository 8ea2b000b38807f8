// SPDX-License-Identifier: Apache-2.0
#include "format/schema_change.h"

#include <algorithm>

namespace planish {

std::shared_ptr<arrow::Field> SchemaChange::FieldOf(int column) const {
  const auto found = std::ranges::find(retyped, column, &RetypedColumn::column);
  return found == retyped.end() ? nullptr : found->field;
}

arrow::FieldVector SchemaChange::Apply(const arrow::Schema& schema) const {
  arrow::FieldVector fields = schema.fields();
  for (const RetypedColumn& other : retyped) {
    fields[static_cast<size_t>(other.column)] = other.field;
  }
  fields.insert(fields.end(), added.begin(), added.end());
  return fields;
}

}  // namespace planish
