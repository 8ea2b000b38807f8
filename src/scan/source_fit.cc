// SPDX-License-Identifier: Apache-2.0
#include "scan/source_fit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "arrow/scalar.h"
#include "arrow/type_traits.h"
#include "base/error_builder.h"
#include "dataset/schema_agreement.h"
#include "scan/column_conversion.h"

namespace planish {

namespace {

constexpr size_t kLongestValueText = 200;

/// The first value that does not fit, of values of which one does not.
arrow::Result<int64_t> FindMisfit(const arrow::Array& values, const arrow::Field& field,
                                  Rounding rounding, arrow::MemoryPool* pool) {
  int64_t begin = 0, end = values.length();
  while (end - begin > 1) {
    const int64_t middle = begin + (end - begin) / 2;
    const auto fitted =
        FitColumn(values.Slice(begin, middle - begin), field, rounding, pool);
    if (fitted.status().IsOutOfMemory()) return fitted.status();
    (fitted.ok() ? begin : end) = middle;
  }
  return begin;
}

std::string TextOf(const arrow::Field& field, const arrow::Scalar& value) {
  std::string text = ValueText(field, value);
  if (text.size() > kLongestValueText) {
    text.resize(kLongestValueText);
    text += "...";
  }
  return text;
}

const char* NextStep(const arrow::DataType& value, const arrow::DataType& column) {
  const auto is_number = [](const arrow::DataType& type) { return IsNumber(type); };
  if (is_number(value) && is_number(column) && !arrow::is_floating(column.id())) {
    return "round the value in the source, give null for it, or rewrite the target with "
           "a wider type for the column";
  }
  return "change the value in the source, give null for it, or rewrite the target with a "
         "wider type for the column";
}

/// `error` with the place of one of the values in the source.
Error AtRowOf(const SourceColumn& column, int64_t value, Error error) {
  const auto& files = column.source.files();
  const int64_t row = column.row_of(value);
  const auto after = std::ranges::upper_bound(files, row, {}, &DataFile::first_row);
  const std::string& path = (after - 1)->path;
  // A stream is several files of one name.
  const auto file = std::ranges::find(files, path, &DataFile::path);
  return error.File(path).Fact("row", std::to_string(row - file->first_row));
}

/// Nulls are none, where the column requires values.
arrow::Status CheckNulls(const SourceColumn& column, const arrow::Field& field,
                         const std::string& target) {
  if (field.nullable() || column.values->null_count() == 0) return arrow::Status::OK();
  int64_t null = 0;
  while (column.values->IsValid(null)) ++null;
  return AtRowOf(column, null,
                 Error(ErrorKind::kSchemaMismatch,
                       "null for a column that is required: " + field.name()))
      .Column(field.name())
      .Fact("target", target)
      .Hint("leave the row out of the source, or give the column a value");
}

}  // namespace

arrow::Status NoValueFor(const DataFile& file, const arrow::Field& field) {
  return Error(ErrorKind::kSchemaMismatch,
               "null for a column that is required: " + field.name())
      .File(file.path)
      .Column(field.name())
      .Hint("give the source the column, or leave out the rows that need it");
}

arrow::Result<std::shared_ptr<arrow::Array>> FitSourceValues(const SourceColumn& column,
                                                             const arrow::Field& field,
                                                             const std::string& target,
                                                             Rounding rounding,
                                                             arrow::MemoryPool* pool) {
  ARROW_RETURN_NOT_OK(CheckNulls(column, field, target));
  if (column.values->type()->Equals(*field.type())) return column.values;
  auto fitted = FitColumn(column.values, field, rounding, pool);
  if (fitted.ok() || fitted.status().IsOutOfMemory()) return fitted;
  ARROW_ASSIGN_OR_RAISE(const int64_t misfit,
                        FindMisfit(*column.values, field, rounding, pool));
  ARROW_ASSIGN_OR_RAISE(const auto value, column.values->GetScalar(misfit));
  const arrow::DataType& type = *column.values->type();
  Error error = AtRowOf(
      column, misfit,
      Error(ErrorKind::kSchemaMismatch,
            "a value of the source does not fit the target's column: " + field.name()));
  // What of a nested value does not fit is hard to see.
  if (arrow::is_nested(type.id())) error.Cause(fitted.status());
  return error.Column(field.name())
      .Fact("value", TextOf(*arrow::field(field.name(), column.values->type()), *value))
      .Fact("type of the value", type.ToString())
      .Fact("type of the column", TypeText(field))
      .Fact("target", target)
      .Hint(NextStep(type, *field.type()));
}

}  // namespace planish
