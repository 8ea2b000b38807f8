// SPDX-License-Identifier: Apache-2.0
#include "keys/decoded_array.h"

#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/builder.h"
#include "arrow/compute/api_vector.h"
#include "arrow/compute/cast.h"
#include "arrow/extension_type.h"

namespace planish {
namespace {

using ArrayDataPtr = std::shared_ptr<arrow::ArrayData>;
using TypePtr = std::shared_ptr<arrow::DataType>;

TypePtr WithLargeOffsets(const TypePtr& type) {
  switch (type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::STRING_VIEW:
      return arrow::large_utf8();
    case arrow::Type::BINARY:
    case arrow::Type::BINARY_VIEW:
      return arrow::large_binary();
    default:
      return type;
  }
}

TypePtr Nested(const arrow::DataType& type, arrow::FieldVector fields) {
  switch (type.id()) {
    case arrow::Type::LIST:
      return arrow::list(fields[0]);
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(fields[0]);
    case arrow::Type::LIST_VIEW:
      return arrow::list_view(fields[0]);
    case arrow::Type::LARGE_LIST_VIEW:
      return arrow::large_list_view(fields[0]);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0], static_cast<const arrow::FixedSizeListType&>(type).list_size());
    case arrow::Type::MAP:
      return std::make_shared<arrow::MapType>(
          fields[0], static_cast<const arrow::MapType&>(type).keys_sorted());
    default:
      return arrow::struct_(std::move(fields));
  }
}

bool IsUnion(const arrow::DataType& type) {
  return type.id() == arrow::Type::SPARSE_UNION || type.id() == arrow::Type::DENSE_UNION;
}

// Take knows neither views nor everything nested, builders do.
bool TakeKnows(const arrow::DataType& type) {
  return type.num_fields() == 0 && type.id() != arrow::Type::STRING_VIEW &&
         type.id() != arrow::Type::BINARY_VIEW;
}

arrow::Result<ArrayDataPtr> Gather(ArrayDataPtr values, const arrow::Array& indices,
                                   arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  const TypePtr type = WithLargeOffsets(values->type);
  if (!type->Equals(values->type)) {
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum wide,
        arrow::compute::Cast(values, type, arrow::compute::CastOptions::Safe(),
                             &context));
    values = wide.array();
  }
  if (TakeKnows(*type)) {
    ARROW_ASSIGN_OR_RAISE(
        arrow::Datum taken,
        arrow::compute::Take(values, indices.data(),
                             arrow::compute::TakeOptions::Defaults(), &context));
    return taken.array();
  }
  ARROW_ASSIGN_OR_RAISE(
      arrow::Datum wide_indices,
      arrow::compute::Cast(indices.data(), arrow::int64(),
                           arrow::compute::CastOptions::Safe(), &context));
  const arrow::Int64Array rows(wide_indices.array());
  std::unique_ptr<arrow::ArrayBuilder> builder;
  ARROW_RETURN_NOT_OK(arrow::MakeBuilder(pool, type, &builder));
  const arrow::ArraySpan span(*values);
  for (int64_t i = 0; i < rows.length(); ++i) {
    if (rows.IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder->AppendNull());
      continue;
    }
    if (rows.Value(i) < 0 || rows.Value(i) >= values->length) {
      return arrow::Status::IndexError("dictionary index out of bounds: ", rows.Value(i));
    }
    ARROW_RETURN_NOT_OK(builder->AppendArraySlice(span, rows.Value(i), 1));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> gathered, builder->Finish());
  return gathered->data();
}

template <typename RunEnd>
arrow::Result<std::shared_ptr<arrow::Array>> RunOfEachRow(const arrow::ArrayData& data,
                                                          arrow::MemoryPool* pool) {
  const arrow::ArrayData& run_ends = *data.child_data[0];
  const RunEnd* ends = run_ends.GetValues<RunEnd>(1);
  arrow::Int64Builder runs(pool);
  ARROW_RETURN_NOT_OK(runs.Reserve(data.length));
  int64_t run = 0;
  for (int64_t row = data.offset; row < data.offset + data.length; ++row) {
    while (run < run_ends.length && ends[run] <= row) ++run;
    runs.UnsafeAppend(run);
  }
  return runs.Finish();
}

arrow::Result<ArrayDataPtr> DecodeRuns(const arrow::ArrayData& data,
                                       arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(ArrayDataPtr values, Decode(data.child_data[1], pool));
  std::shared_ptr<arrow::Array> runs;
  switch (data.child_data[0]->type->id()) {
    case arrow::Type::INT16: {
      ARROW_ASSIGN_OR_RAISE(runs, RunOfEachRow<int16_t>(data, pool));
      break;
    }
    case arrow::Type::INT32: {
      ARROW_ASSIGN_OR_RAISE(runs, RunOfEachRow<int32_t>(data, pool));
      break;
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(runs, RunOfEachRow<int64_t>(data, pool));
      break;
    }
  }
  return Gather(std::move(values), *runs, pool);
}

arrow::Result<ArrayDataPtr> DecodeDictionary(const arrow::ArrayData& data,
                                             arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(ArrayDataPtr values, Decode(data.dictionary, pool));
  ArrayDataPtr indices = data.Copy();
  indices->type = static_cast<const arrow::DictionaryType&>(*data.type).index_type();
  indices->dictionary = nullptr;
  return Gather(std::move(values), *arrow::MakeArray(indices), pool);
}

}  // namespace

TypePtr DecodedType(const TypePtr& type) {
  switch (type->id()) {
    case arrow::Type::EXTENSION:
      return DecodedType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    case arrow::Type::DICTIONARY:
      return WithLargeOffsets(
          DecodedType(static_cast<const arrow::DictionaryType&>(*type).value_type()));
    case arrow::Type::RUN_END_ENCODED:
      return WithLargeOffsets(
          DecodedType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type()));
    default:
      break;
  }
  if (IsUnion(*type)) return type;
  bool changed = false;
  arrow::FieldVector fields = type->fields();
  for (std::shared_ptr<arrow::Field>& field : fields) {
    TypePtr decoded = DecodedType(field->type());
    if (decoded == field->type()) continue;
    field = field->WithType(std::move(decoded));
    changed = true;
  }
  return changed ? Nested(*type, std::move(fields)) : type;
}

arrow::Result<ArrayDataPtr> Decode(const ArrayDataPtr& data, arrow::MemoryPool* pool) {
  switch (data->type->id()) {
    case arrow::Type::EXTENSION: {
      ArrayDataPtr storage = data->Copy();
      storage->type =
          static_cast<const arrow::ExtensionType&>(*data->type).storage_type();
      return Decode(storage, pool);
    }
    case arrow::Type::DICTIONARY:
      return DecodeDictionary(*data, pool);
    case arrow::Type::RUN_END_ENCODED:
      return DecodeRuns(*data, pool);
    default:
      break;
  }
  TypePtr type = DecodedType(data->type);
  if (type == data->type) return data;
  ArrayDataPtr decoded = data->Copy();
  decoded->type = std::move(type);
  for (ArrayDataPtr& child : decoded->child_data) {
    ARROW_ASSIGN_OR_RAISE(child, Decode(child, pool));
  }
  return decoded;
}

}  // namespace planish
