// SPDX-License-Identifier: Apache-2.0
#include "scan/column_conversion.h"

#include <string>
#include <utility>
#include <vector>

#include "arrow/array/array_decimal.h"
#include "arrow/array/builder_decimal.h"
#include "arrow/array/builder_time.h"
#include "arrow/array/concatenate.h"
#include "arrow/array/util.h"
#include "arrow/compute/cast.h"
#include "arrow/compute/exec.h"
#include "arrow/extension_type.h"
#include "arrow/type_traits.h"
#include "arrow/util/checked_cast.h"
#include "arrow/util/decimal.h"
#include "base/error_builder.h"
#include "base/null_array.h"
#include "dataset/schema_agreement.h"
#include "scan/required_children.h"

namespace planish {
namespace {

using arrow::internal::checked_cast;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

/// How values come into another type.
struct Conversion {
  /// Whether the type may be narrower, so that values are looked at one by one.
  bool fits = false;
  Rounding rounding = Rounding::kNone;
  arrow::MemoryPool* pool = nullptr;
};

arrow::Result<ArrayPtr> Convert(const ArrayPtr& array, const TypePtr& type,
                                const Conversion& how);

arrow::Result<ArrayPtr> CastSafely(const ArrayPtr& array, const TypePtr& type,
                                   arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  return arrow::compute::Cast(*array, type, arrow::compute::CastOptions::Safe(),
                              &context);
}

/// Values that are not nested.
arrow::Result<ArrayPtr> ConvertPlain(const ArrayPtr& array, const TypePtr& type,
                                     const Conversion& how) {
  if (!how.fits) return CastSafely(array, type, how.pool);
  const auto promoted = PromoteWithoutLoss(type, array->type());
  if (promoted.ok() && (*promoted)->Equals(*type)) {
    return CastSafely(array, type, how.pool);
  }
  if (IsNumber(*array->type()) && IsNumber(*type)) {
    ARROW_ASSIGN_OR_RAISE(FittedNumbers numbers,
                          FitNumbers(*array, *type, how.rounding, how.pool));
    if (numbers.misfits.empty()) return std::move(numbers.values);
  } else {
    // Casts check ranges, but not everything that gets lost.
    ARROW_ASSIGN_OR_RAISE(ArrayPtr fitted, CastSafely(array, type, how.pool));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr back,
                          CastSafely(fitted, array->type(), how.pool));
    if (back->Equals(*array)) return fitted;
  }
  return arrow::Status::Invalid("a value of type ", array->type()->ToString(),
                                " does not fit ", type->ToString());
}

/// `array` with other children, of the same lengths as its own.
ArrayPtr WithChildren(const arrow::Array& array, const TypePtr& type,
                      const std::vector<ArrayPtr>& children) {
  std::shared_ptr<arrow::ArrayData> data = array.data()->Copy();
  data->type = type;
  data->child_data.clear();
  for (const ArrayPtr& child : children) data->child_data.push_back(child->data());
  return arrow::MakeArray(std::move(data));
}

ArrayPtr Child(const arrow::Array& array, int index) {
  return arrow::MakeArray(array.data()->child_data[index]);
}

/// An error if the struct has a value in a field that `type` lacks.
arrow::Status CheckNoFieldIsLost(const arrow::Array& array, const arrow::DataType& type) {
  const auto& wanted = checked_cast<const arrow::StructType&>(type);
  for (int i = 0; i < array.type()->num_fields(); ++i) {
    const std::string& name = array.type()->field(i)->name();
    if (!wanted.GetAllFieldIndices(name).empty()) continue;
    const ArrayPtr child = Child(array, i)->Slice(array.offset(), array.length());
    if (child->null_count() < child->length()) {
      return arrow::Status::Invalid("the column has no struct field ", name);
    }
  }
  return arrow::Status::OK();
}

/// Children go by name, unless their number tells that names are of no use (map entries).
arrow::Result<ArrayPtr> ConvertStruct(const arrow::Array& array, const TypePtr& type,
                                      bool by_name, const Conversion& how) {
  const auto& own_type = checked_cast<const arrow::StructType&>(*array.type());
  if (how.fits && by_name) ARROW_RETURN_NOT_OK(CheckNoFieldIsLost(array, *type));
  std::vector<ArrayPtr> children;
  for (int i = 0; i < type->num_fields(); ++i) {
    const int own = by_name ? own_type.GetFieldIndex(type->field(i)->name()) : i;
    if (own < 0) {
      const arrow::Field& field = *type->field(i);
      if (!field.nullable() || !own_type.GetAllFieldIndices(field.name()).empty()) {
        return arrow::Status::TypeError("no child ", field.name());
      }
      ARROW_ASSIGN_OR_RAISE(
          children.emplace_back(),
          MakeNullArray(field.type(), array.offset() + array.length(), how.pool));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(children.emplace_back(),
                          Convert(Child(array, own), type->field(i)->type(), how));
  }
  return WithChildren(array, type, children);
}

arrow::Result<ArrayPtr> ConvertMap(const arrow::Array& array, const TypePtr& type,
                                   const Conversion& how) {
  const ArrayPtr entries = Child(array, 0);
  ARROW_ASSIGN_OR_RAISE(
      ArrayPtr converted,
      ConvertStruct(*entries, type->field(0)->type(), /*by_name=*/false, how));
  return WithChildren(array, type, {converted});
}

/// The list type of the same kind as `type`, with another element type.
TypePtr SameKindOfList(const arrow::DataType& type,
                       const std::shared_ptr<arrow::Field>& element) {
  switch (type.id()) {
    case arrow::Type::LARGE_LIST:
      return arrow::large_list(element);
    case arrow::Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          element, checked_cast<const arrow::FixedSizeListType&>(type).list_size());
    default:
      return arrow::list(element);
  }
}

arrow::Result<ArrayPtr> ConvertList(const ArrayPtr& array, const TypePtr& type,
                                    const Conversion& how) {
  const auto& element = array->type()->field(0);
  const TypePtr same_elements = SameKindOfList(*type, element);
  ArrayPtr list = array;
  if (!array->type()->Equals(*same_elements)) {
    ARROW_ASSIGN_OR_RAISE(list, CastSafely(array, same_elements, how.pool));
  }
  ARROW_ASSIGN_OR_RAISE(ArrayPtr elements,
                        Convert(Child(*list, 0), type->field(0)->type(), how));
  return WithChildren(*list, type, {elements});
}

arrow::Result<ArrayPtr> Convert(const ArrayPtr& array, const TypePtr& type,
                                const Conversion& how) {
  if (array->type()->Equals(*type)) return array;
  if (how.fits && type->id() == arrow::Type::NA) {
    if (array->null_count() < array->length()) {
      return arrow::Status::Invalid("a column of type null holds no values");
    }
    return arrow::MakeArrayOfNull(type, array->length(), how.pool);
  }
  switch (array->type_id()) {
    case arrow::Type::NA:
      return arrow::MakeArrayOfNull(type, array->length(), how.pool);
    case arrow::Type::EXTENSION:
      return Convert(checked_cast<const arrow::ExtensionArray&>(*array).storage(), type,
                     how);
    case arrow::Type::DICTIONARY: {
      const auto& values = checked_cast<const arrow::DictionaryType&>(*array->type());
      ARROW_ASSIGN_OR_RAISE(ArrayPtr plain,
                            CastSafely(array, values.value_type(), how.pool));
      return Convert(plain, type, how);
    }
    case arrow::Type::STRUCT:
      return ConvertStruct(*array, type, /*by_name=*/true, how);
    case arrow::Type::MAP:
      return ConvertMap(*array, type, how);
    // Arrow's cast of views leaves out the last offset.
    case arrow::Type::LIST_VIEW: {
      const auto& view = checked_cast<const arrow::ListViewArray&>(*array);
      ARROW_ASSIGN_OR_RAISE(ArrayPtr list,
                            arrow::ListArray::FromListView(view, how.pool));
      return Convert(list, type, how);
    }
    case arrow::Type::LARGE_LIST_VIEW: {
      const auto& view = checked_cast<const arrow::LargeListViewArray&>(*array);
      ARROW_ASSIGN_OR_RAISE(ArrayPtr list,
                            arrow::LargeListArray::FromListView(view, how.pool));
      return Convert(list, type, how);
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      return ConvertList(array, type, how);
    default:
      return ConvertPlain(array, type, how);
  }
}

int64_t NanosecondsPer(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1'000'000'000;
    case arrow::TimeUnit::MILLI:
      return 1'000'000;
    case arrow::TimeUnit::MICRO:
      return 1'000;
    case arrow::TimeUnit::NANO:
      return 1;
  }
  return 1;
}

arrow::Result<ArrayPtr> TimestampsAsInt96(const arrow::TimestampArray& timestamps,
                                          const TypePtr& type, arrow::MemoryPool* pool) {
  const auto& own_type = checked_cast<const arrow::TimestampType&>(*timestamps.type());
  const arrow::Decimal128 factor(NanosecondsPer(own_type.unit()));
  arrow::Decimal128Builder builder(type, pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(timestamps.length()));
  for (int64_t i = 0; i < timestamps.length(); ++i) {
    if (timestamps.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(arrow::Decimal128(timestamps.Value(i)) * factor);
    }
  }
  return builder.Finish();
}

/// The opposite, for what the type holds.
arrow::Result<ArrayPtr> Int96AsTimestamps(const arrow::Decimal128Array& instants,
                                          const TypePtr& type, arrow::MemoryPool* pool) {
  const auto unit = checked_cast<const arrow::TimestampType&>(*type).unit();
  const arrow::Decimal128 divisor(NanosecondsPer(unit));
  arrow::TimestampBuilder builder(type, pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(instants.length()));
  for (int64_t i = 0; i < instants.length(); ++i) {
    if (instants.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    const arrow::Decimal128 instant(instants.GetValue(i));
    ARROW_ASSIGN_OR_RAISE(const auto divided, instant.Divide(divisor));
    int64_t value = 0;
    if (divided.second != arrow::Decimal128(0) || !divided.first.ToInteger(&value).ok()) {
      return arrow::Status::Invalid(
          "a time does not fit ", type->ToString(),
          ", nanoseconds since 1970: ", instant.ToIntegerString());
    }
    builder.UnsafeAppend(value);
  }
  return builder.Finish();
}

arrow::Result<ArrayPtr> ConvertTopLevel(const ArrayPtr& array, const arrow::Field& field,
                                        const Conversion& how) {
  if (IsInt96(field) && array->type_id() == arrow::Type::TIMESTAMP) {
    return TimestampsAsInt96(checked_cast<const arrow::TimestampArray&>(*array),
                             field.type(), how.pool);
  }
  if (!arrow::is_nested(array->type_id()) || array->type()->Equals(*field.type())) {
    return Convert(array, field.type(), how);
  }
  // Children are converted whole, so they should not be longer than this slice of them.
  ARROW_ASSIGN_OR_RAISE(ArrayPtr compact, arrow::Concatenate({array}, how.pool));
  return Convert(compact, field.type(), how);
}

}  // namespace

arrow::Result<ArrayPtr> ConvertColumn(const ArrayPtr& array, const arrow::Field& field,
                                      arrow::MemoryPool* pool) {
  return ConvertTopLevel(array, field, {false, Rounding::kNone, pool});
}

arrow::Result<ArrayPtr> ConvertStored(const ArrayPtr& array, const arrow::Field& field,
                                      const std::string& file, int row_group,
                                      arrow::MemoryPool* pool) {
  auto converted = ConvertColumn(array, field, pool);
  if (converted.ok() || converted.status().IsOutOfMemory()) return converted;
  return Error(ErrorKind::kSchemaMismatch,
               "a value of the file does not fit the type that its column is to get")
      .File(file)
      .RowGroup(row_group)
      .Column(field.name())
      .Fact("type", TypeText(field))
      .Cause(converted.status())
      .Hint(
          "rewrite the file with that type, or give the source a value that the file's "
          "own type holds");
}

arrow::Result<ArrayPtr> FitColumn(const ArrayPtr& array, const arrow::Field& field,
                                  Rounding rounding, arrow::MemoryPool* pool) {
  if (array->type()->Equals(*field.type())) return array;
  // Decimals agree with timestamps only where they are those of INT96.
  if (array->type_id() == arrow::Type::DECIMAL128 &&
      field.type()->id() == arrow::Type::TIMESTAMP) {
    return Int96AsTimestamps(checked_cast<const arrow::Decimal128Array&>(*array),
                             field.type(), pool);
  }
  ARROW_ASSIGN_OR_RAISE(ArrayPtr fitted,
                        ConvertTopLevel(array, field, {true, rounding, pool}));
  return WithRequiredChildren(fitted);
}

}  // namespace planish
