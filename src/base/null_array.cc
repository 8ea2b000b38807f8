// SPDX-License-Identifier: Apache-2.0
#include "base/null_array.h"

#include "arrow/array/util.h"
#include "arrow/builder.h"

namespace planish {

arrow::Result<std::shared_ptr<arrow::Array>> MakeNullArray(
    const std::shared_ptr<arrow::DataType>& type, int64_t length,
    arrow::MemoryPool* pool) {
  if (type->id() != arrow::Type::STRUCT) {
    return arrow::MakeArrayOfNull(type, length, pool);
  }
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type, pool));
  ARROW_RETURN_NOT_OK(builder->AppendNulls(length));
  return builder->Finish();
}

}  // namespace planish
