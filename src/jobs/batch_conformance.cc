// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_conformance.h"

#include <utility>
#include <vector>

#include "base/arrow_casts.h"
#include "base/error_builder.h"
#include "base/null_array.h"
#include "dataset/column_list.h"
#include "dataset/schema_agreement.h"
#include "scan/column_conversion.h"
#include "scan/required_children.h"

namespace planish {

namespace {

constexpr char kSameColumns[] = "give every batch the same columns";
constexpr char kSameColumnsOrNull[] =
    "give every batch the same columns, or set `missing_columns=null`";

Error InBatch(ErrorKind kind, const std::string& message, const std::string& column,
              const BatchPlace& place) {
  return Error(kind, message + ": " + column)
      .File(place.source)
      .Column(column)
      .Fact("batch", std::to_string(place.number));
}

/// The column of that name, or -1.
arrow::Result<int> FindColumn(const arrow::Schema& schema, const std::string& name,
                              const BatchPlace& place) {
  const std::vector<int> found = schema.GetAllFieldIndices(name);
  if (found.size() > 1) {
    return InBatch(ErrorKind::kSchemaMismatch, "two columns of a batch have one name",
                   name, place)
        .Hint("rename one of them");
  }
  return found.empty() ? -1 : found[0];
}

arrow::Status LacksColumn(ErrorKind kind, const arrow::Schema& has,
                          const std::string& name, const BatchPlace& place,
                          const std::string& hint) {
  return InBatch(kind, "a batch lacks a column of the stream", name, place)
      .Fact("has", ListColumns(has))
      .Hint(hint);
}

arrow::Status Disagreement(const arrow::Field& stream, const arrow::Field& batch,
                           const BatchPlace& place, const std::string& hint) {
  return InBatch(ErrorKind::kSchemaMismatch,
                 "a batch has another type than the stream for a column", stream.name(),
                 place)
      .Fact("batch has", TypeText(batch))
      .Fact("stream has", TypeText(stream))
      .Hint(hint);
}

arrow::Result<std::shared_ptr<arrow::Array>> ConformColumn(
    const arrow::RecordBatch& batch, int column, const arrow::Field& field,
    MissingColumns missing, const BatchPlace& place, arrow::MemoryPool* pool) {
  const arrow::Field& own = *batch.schema()->field(column);
  const std::shared_ptr<arrow::Array> values = batch.column(column);
  if (!field.nullable() && values->null_count() > 0) {
    return InBatch(ErrorKind::kSchemaMismatch,
                   "a batch has nulls in a column that the stream has without",
                   field.name(), place)
        .Hint("declare the column nullable in the stream's schema");
  }
  // Dictionaries of one type stay, while promotion would take their values.
  if (own.type()->Equals(*field.type())) return values;
  const auto promoted = PromoteWithoutLoss(field.type(), own.type(), missing);
  if (!promoted.ok() || !(*promoted)->Equals(*field.type())) {
    return Disagreement(field, own, place,
                        "convert the batch, or give the stream a schema whose type holds "
                        "the values of all batches");
  }
  auto converted = ConvertColumn(values, field, pool);
  if (converted.ok() || converted.status().IsOutOfMemory()) return converted;
  return InBatch(ErrorKind::kSchemaMismatch,
                 "a value of a batch does not fit the stream's type", field.name(), place)
      .Fact("type", field.type()->ToString())
      .Cause(converted.status());
}

bool HasColumnsOf(const arrow::Schema& a, const arrow::Schema& b) {
  return a.Equals(b, /*check_metadata=*/false);
}

arrow::Status CheckNothingElse(const arrow::Schema& schema, const arrow::Schema& batch,
                               const BatchPlace& place) {
  for (const auto& field : batch.fields()) {
    ARROW_RETURN_NOT_OK(FindColumn(batch, field->name(), place).status());
    if (!schema.GetAllFieldIndices(field->name()).empty()) continue;
    return InBatch(ErrorKind::kSchemaMismatch,
                   "a batch has a column that the stream lacks", field->name(), place)
        .Fact("stream has", ListColumns(schema))
        .Hint(kSameColumns);
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> ConformBatch(
    const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema, MissingColumns missing,
    const BatchPlace& place, arrow::MemoryPool* pool) {
  if (HasColumnsOf(*batch->schema(), *schema)) return batch;
  if (batch->num_rows() == 0) return arrow::RecordBatch::MakeEmpty(schema, pool);
  static const arrow::Status casts_registered = RegisterCasts();
  ARROW_RETURN_NOT_OK(casts_registered);
  ARROW_RETURN_NOT_OK(CheckNothingElse(*schema, *batch->schema(), place));
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(const int column,
                          FindColumn(*batch->schema(), field->name(), place));
    if (column >= 0) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                            ConformColumn(*batch, column, *field, missing, place, pool));
      continue;
    }
    if (missing == MissingColumns::kError || !field->nullable()) {
      return LacksColumn(ErrorKind::kSchemaMismatch, *batch->schema(), field->name(),
                         place, kSameColumns);
    }
    ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                          MakeNullArray(field->type(), batch->num_rows(), pool));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithDeclaredValues(
    const arrow::RecordBatch& batch, const BatchPlace& place) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::Field& field = *batch.schema()->field(i);
    const auto column = WithRequiredChildren(batch.column(i));
    if (column.ok() && (field.nullable() || batch.column(i)->null_count() == 0)) {
      columns.push_back(*column);
      continue;
    }
    return InBatch(ErrorKind::kSchemaMismatch,
                   "a batch has nulls where its schema declares that there are none",
                   field.name(), place)
        .Fact("type", field.ToString())
        .Hint("declare the column, or its field, nullable");
  }
  return arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), std::move(columns));
}

StreamSchema::StreamSchema(std::shared_ptr<arrow::Schema> schema, MissingColumns missing)
    : missing_(missing), current_(std::move(schema)) {
  for (const auto& field : current_->fields()) seen_.push_back({field});
}

arrow::Result<StreamSchema> StreamSchema::Make(std::shared_ptr<arrow::Schema> schema,
                                               MissingColumns missing,
                                               const std::string& source) {
  for (const auto& field : schema->fields()) {
    ARROW_RETURN_NOT_OK(FindColumn(*schema, field->name(), {source, 0}).status());
  }
  return StreamSchema(std::move(schema), missing);
}

arrow::Status StreamSchema::Take(const arrow::Schema& batch, const BatchPlace& place) {
  if (HasColumnsOf(batch, *current_)) return arrow::Status::OK();
  arrow::FieldVector fields;
  for (size_t i = 0; i < seen_.size(); ++i) {
    const auto& field = current_->field(static_cast<int>(i));
    ARROW_ASSIGN_OR_RAISE(const int column, FindColumn(batch, field->name(), place));
    if (column >= 0) {
      ARROW_ASSIGN_OR_RAISE(fields.emplace_back(), Widen(i, batch.field(column), place));
      continue;
    }
    if (missing_ == MissingColumns::kError) {
      return LacksColumn(ErrorKind::kMissingColumn, batch, field->name(), place,
                         kSameColumnsOrNull);
    }
    fields.push_back(field->WithNullable(true));
  }
  for (const auto& field : batch.fields()) {
    ARROW_RETURN_NOT_OK(FindColumn(batch, field->name(), place).status());
    if (!current_->GetAllFieldIndices(field->name()).empty()) continue;
    if (missing_ == MissingColumns::kError) {
      return InBatch(ErrorKind::kMissingColumn,
                     "a batch has a column that the batches before it lack",
                     field->name(), place)
          .Fact("the others have", ListColumns(*current_))
          .Hint(kSameColumnsOrNull);
    }
    fields.push_back(field->WithNullable(true));
    seen_.push_back({field});
  }
  const auto widened = arrow::schema(std::move(fields), current_->metadata());
  if (!HasColumnsOf(*widened, *current_)) current_ = widened;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Field>> StreamSchema::Widen(
    size_t column, const std::shared_ptr<arrow::Field>& own, const BatchPlace& place) {
  const auto& field = current_->field(static_cast<int>(column));
  const bool nullable = field->nullable() || own->nullable();
  if (own->type()->Equals(*field->type())) return field->WithNullable(nullable);
  ARROW_RETURN_NOT_OK(Remember(column, own, place));
  const auto held = PromoteFields(field, own, missing_);
  const bool is_held = held.ok() && ((*held)->type()->Equals(*field->type()) ||
                                     (*held)->type()->Equals(*own->type()));
  // A struct with the fields of both is of no batch, and harmless.
  const bool lack_fields = !PromoteFields(field, own).ok();
  if (held.ok() && (is_held || lack_fields)) return held;
  return own->WithNullable(nullable);
}

/// An error unless one type holds the values of all batches.
arrow::Status StreamSchema::Remember(size_t column,
                                     const std::shared_ptr<arrow::Field>& field,
                                     const BatchPlace& place) {
  arrow::FieldVector& seen = seen_[column];
  constexpr char kNoType[] =
      "no type holds the values of both without loss: convert the batches to one type";
  for (const auto& other : seen) {
    if (other->type()->Equals(*field->type())) return arrow::Status::OK();
  }
  for (const auto& other : seen) {
    if (!PromoteFields(other, field, missing_).ok()) {
      return Disagreement(*other, *field, place, kNoType);
    }
  }
  seen.push_back(field);
  if (PromoteAll(seen, missing_).ok()) return arrow::Status::OK();
  return Disagreement(*seen.front(), *field, place, kNoType);
}

}  // namespace planish
