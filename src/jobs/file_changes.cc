// SPDX-License-Identifier: Apache-2.0
#include "jobs/file_changes.h"

#include <algorithm>

#include "dataset/schema_agreement.h"
#include "dataset/struct_fields.h"
#include "jobs/common_values.h"
#include "scan/column_conversion.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

constexpr int64_t kBatchRows = 16 * 1024;

/// Whether both say the same of a column's values.
bool AreAlike(const arrow::Field& a, const arrow::Field& b) {
  return a.nullable() == b.nullable() && IsInt96(a) == IsInt96(b) &&
         a.type()->Equals(*b.type());
}

/// What a column of the file is to be like: what it is in the target as a whole, or, if
/// the target's files have no type in common, what it is.
std::shared_ptr<arrow::Field> FieldInTarget(const Inventory& target, int column,
                                            const std::shared_ptr<arrow::Field>& own) {
  const bool disputed =
      std::ranges::find(target.conflicts(), column, &ColumnConflict::column) !=
      target.conflicts().end();
  return disputed ? own : target.schema()->field(column);
}

}  // namespace

arrow::Result<SchemaChange> FileChanges::Of(const DataFile& file) {
  SchemaChange change;
  change.added = FieldsOf(question_->ColumnsFor(file), *target_->schema());
  if (!updates_) return change;
  for (const SharedColumn& update : question_->updates) {
    const int column = file.columns[static_cast<size_t>(update.target)];
    if (column < 0) continue;
    const auto wanted =
        FieldInTarget(*target_, update.target, file.schema->field(column));
    const arrow::Field& own = *file.schema->field(column);
    if (AreAlike(own, *wanted)) continue;
    ARROW_ASSIGN_OR_RAISE(const bool holds, Holds(own, update));
    if (!holds) change.retyped.push_back({column, wanted});
  }
  std::ranges::sort(change.retyped, {}, &RetypedColumn::column);
  return change;
}

SchemaChange FileChanges::OfNewFile(const DataFile& model,
                                    const std::vector<int>& kept) const {
  SchemaChange change;
  std::vector<int> added = question_->ColumnsFor(model);
  for (const int column : kept) {
    const bool lacks = model.columns[static_cast<size_t>(column)] < 0;
    if (lacks && std::ranges::find(added, column) == added.end()) added.push_back(column);
  }
  std::ranges::sort(added);
  change.added = FieldsOf(added, *target_->schema());
  for (size_t i = 0; i < model.columns.size(); ++i) {
    const int column = model.columns[i];
    if (column < 0) continue;
    const auto wanted =
        FieldInTarget(*target_, static_cast<int>(i), model.schema->field(column));
    if (AreAlike(*model.schema->field(column), *wanted)) continue;
    change.retyped.push_back({column, wanted});
  }
  std::ranges::sort(change.retyped, {}, &RetypedColumn::column);
  return change;
}

int64_t FileChanges::NumColumnsAsIn(const Inventory& target, const DataFile& file) {
  int64_t count = 0;
  for (size_t i = 0; i < file.columns.size(); ++i) {
    const int column = file.columns[i];
    if (column < 0) continue;
    const auto wanted =
        FieldInTarget(target, static_cast<int>(i), file.schema->field(column));
    count += AreAlike(*file.schema->field(column), *wanted) ? 1 : 0;
  }
  return count;
}

arrow::Result<bool> FileChanges::Holds(const arrow::Field& field,
                                       const SharedColumn& update) {
  // Null is what comes where the source has no such column.
  if (update.source < 0) return field.nullable();
  const auto [known, is_new] = known_.try_emplace(
      {update.source, TypeText(field) + (field.nullable() ? "" : " not null")}, true);
  if (is_new) {
    ARROW_ASSIGN_OR_RAISE(known->second, HoldsAll(field, update));
  }
  return known->second;
}

arrow::Result<bool> FileChanges::HoldsAll(const arrow::Field& whole_field,
                                          const SharedColumn& update) const {
  const int source_column = update.source;
  const auto& own = update.shape ? update.shape : source_->schema()->field(source_column);
  const auto written = update.written ? whole_field.WithType(WithoutFieldsBesides(
                                            whole_field.type(), *update.written))
                                      : whole_field.Copy();
  const arrow::Field& field = *written;
  const bool nulls_fit =
      field.nullable() || source_->never_null()[static_cast<size_t>(source_column)];
  const auto promoted = PromoteFields(field.WithNullable(true), own);
  if (nulls_fit && promoted.ok() && (*promoted)->type()->Equals(*field.type()) &&
      IsInt96(**promoted) == IsInt96(field)) {
    return true;
  }
  bool holds = true;
  KeyScanner scanner(run_->fs(), source_, {source_column}, run_->pool());
  const auto look = [&](const arrow::RecordBatch& batch, int64_t) -> arrow::Status {
    if (!holds) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          ToShape(update, batch.column(0), run_->pool()));
    if (!field.nullable() && values->null_count() > 0) {
      holds = false;
      return arrow::Status::OK();
    }
    // What would have to be rounded makes the column as wide as it is elsewhere.
    const arrow::Status fits =
        FitColumn(values, field, Rounding::kNone, run_->pool()).status();
    if (fits.IsOutOfMemory()) return fits;
    holds = fits.ok();
    return arrow::Status::OK();
  };
  for (const RowGroupRef& group : source_->RowGroups()) {
    if (!holds) break;
    if (group.num_rows > 0) {
      ARROW_RETURN_NOT_OK(scanner.Scan(group, kBatchRows, look));
    }
  }
  report_->bytes_read += scanner.bytes_read();
  return holds;
}

}  // namespace planish
