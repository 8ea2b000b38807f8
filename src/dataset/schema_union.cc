// SPDX-License-Identifier: Apache-2.0
#include "dataset/schema_union.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "arrow/type_traits.h"
#include "base/error_builder.h"
#include "dataset/column_list.h"
#include "dataset/schema_agreement.h"

namespace planish {
namespace {

/// Whether both have the same columns. What is said of the whole schema does not matter:
/// some writers put numbers of rows there.
bool SameColumns(const arrow::Schema& a, const arrow::Schema& b) {
  return std::ranges::equal(a.fields(), b.fields(),
                            [](const auto& left, const auto& right) {
                              return left->Equals(right, /*check_metadata=*/true);
                            });
}

std::string OfFiles(int count, int total) {
  return std::to_string(count) + " of " + std::to_string(total) + " files";
}

}  // namespace

int SchemaUnion::FindVariant(const arrow::Schema& schema) const {
  if (last_ >= 0 && SameColumns(*variants_[last_].schema, schema)) return last_;
  const auto found = std::ranges::find_if(variants_, [&](const Variant& known) {
    return SameColumns(*known.schema, schema);
  });
  return found == variants_.end() ? -1 : static_cast<int>(found - variants_.begin());
}

arrow::Status SchemaUnion::CheckNames(const std::string& path,
                                      const arrow::Schema& schema) {
  std::unordered_set<std::string> names;
  for (const auto& field : schema.fields()) {
    if (names.insert(field->name()).second) continue;
    return Error(ErrorKind::kSchemaMismatch,
                 "two columns have one name: " + field->name())
        .File(path)
        .Column(field->name())
        .Hint("rename one of them");
  }
  return arrow::Status::OK();
}

arrow::Result<int> SchemaUnion::Add(const std::string& path,
                                    const std::shared_ptr<arrow::Schema>& schema) {
  last_ = FindVariant(*schema);
  if (last_ >= 0) {
    ++variants_[last_].num_files;
    return last_;
  }
  ARROW_RETURN_NOT_OK(CheckNames(path, *schema));
  Variant variant{schema, path, 1, std::vector<int>(names_.size(), -1),
                  std::vector<int>(hive_columns_.size(), -1)};
  for (int i = 0; i < schema->num_fields(); ++i) {
    const std::string& name = schema->field(i)->name();
    const auto hive = std::ranges::find_if(
        hive_columns_, [&](const auto& field) { return field->name() == name; });
    if (hive != hive_columns_.end()) {
      variant.hive_columns[static_cast<size_t>(hive - hive_columns_.begin())] = i;
      continue;
    }
    const auto [place, is_new] = ordinals_.emplace(name, static_cast<int>(names_.size()));
    if (is_new) {
      names_.push_back(name);
      variant.columns.push_back(i);
    } else {
      variant.columns[place->second] = i;
    }
  }
  variants_.push_back(std::move(variant));
  last_ = static_cast<int>(variants_.size()) - 1;
  return last_;
}

arrow::Status SchemaUnion::CheckComplete(size_t column) const {
  const Variant* with = nullptr;
  const Variant* without = nullptr;
  int num_with = 0, num_files = 0;
  for (const Variant& variant : variants_) {
    const bool has_it = variant.column(column) >= 0;
    const Variant*& first = has_it ? with : without;
    if (first == nullptr) first = &variant;
    num_with += has_it ? variant.num_files : 0;
    num_files += variant.num_files;
  }
  if (without == nullptr || missing_ == MissingColumns::kNull) return arrow::Status::OK();
  return Error(ErrorKind::kMissingColumn,
               "column is not in every file: " + names_[column])
      .File(without->first_path)
      .Fact("has", ListColumns(*without->schema))
      .Fact("without it", OfFiles(num_files - num_with, num_files))
      .Fact("with it", OfFiles(num_with, num_files) + ", such as " + with->first_path)
      .Hint(
          "set `missing_columns=null` to take it for null there, leave these files out, "
          "or "
          "give a key and an order without this column");
}

arrow::Status SchemaUnion::Disagreement(size_t column, const Variant& a,
                                        const Variant& b) const {
  const auto describe = [&](const Variant& variant) {
    const arrow::Field& field = *variant.schema->field(variant.column(column));
    return TypeText(field) + " in " + variant.first_path;
  };
  const auto& left = a.schema->field(a.column(column));
  const auto& right = b.schema->field(b.column(column));
  const std::string lacking_fields =
      PromoteFields(left, right, MissingColumns::kNull).ok()
          ? "set `missing_columns=null` to take struct fields that some files lack for "
            "null, "
          : "no type holds the values of both without loss: ";
  return Error(ErrorKind::kSchemaMismatch,
               "files disagree on the type of a column: " + names_[column])
      .File(b.first_path)
      .Column(names_[column])
      .Fact("is", describe(b))
      .Fact("but", describe(a))
      .Hint(lacking_fields +
            "rewrite one of the files, leave it out, or give a key and an order without "
            "this column");
}

std::vector<const SchemaUnion::Variant*> SchemaUnion::Having(size_t column) const {
  std::vector<const Variant*> having;
  for (const Variant& variant : variants_) {
    if (variant.column(column) >= 0) having.push_back(&variant);
  }
  return having;
}

ColumnConflict SchemaUnion::ConflictIn(size_t column, arrow::Status error) const {
  ColumnConflict conflict{static_cast<int>(column), {}, std::move(error)};
  for (const Variant& variant : variants_) {
    const int in_file = variant.column(column);
    const std::string type =
        in_file < 0 ? "missing" : TypeText(*variant.schema->field(in_file));
    if (in_file < 0 && missing_ == MissingColumns::kNull) continue;
    const auto known = std::ranges::find(conflict.types, type, &TypeInFiles::type);
    if (known == conflict.types.end()) {
      conflict.types.push_back({type, variant.num_files, variant.first_path});
    } else {
      known->files += variant.num_files;
    }
  }
  return conflict;
}

arrow::Result<std::shared_ptr<arrow::Field>> SchemaUnion::PromoteColumn(
    size_t column) const {
  const std::vector<const Variant*> having = Having(column);
  const auto field_of = [&](const Variant* variant) {
    return variant->schema->field(variant->column(column));
  };
  std::vector<const Variant*> different;
  for (const Variant* variant : having) {
    const bool known = std::ranges::any_of(different, [&](const Variant* other) {
      return field_of(other)->Equals(field_of(variant), /*check_metadata=*/true);
    });
    if (known) continue;
    for (const Variant* other : different) {
      if (!PromoteFields(field_of(other), field_of(variant), missing_).ok()) {
        return Disagreement(column, *other, *variant);
      }
    }
    different.push_back(variant);
  }
  arrow::FieldVector fields;
  for (const Variant* variant : different) fields.push_back(field_of(variant));
  const auto all = PromoteAll(fields, missing_);
  if (!all.ok()) return Disagreement(column, *different.front(), *different.back());
  const auto& promoted = *all;
  const bool nullable = promoted->nullable() || having.size() < variants_.size();
  const auto metadata = IsInt96(*promoted) ? promoted->metadata() : nullptr;
  return promoted->WithNullable(nullable)->WithMetadata(metadata);
}

arrow::Result<std::shared_ptr<arrow::Schema>> SchemaUnion::Finish() {
  arrow::FieldVector fields;
  conflicts_.clear();
  for (size_t i = 0; i < names_.size(); ++i) {
    const arrow::Status complete = CheckComplete(i);
    auto promoted = PromoteColumn(i);
    if (!complete.ok() || !promoted.ok()) {
      conflicts_.push_back(ConflictIn(i, complete.ok() ? promoted.status() : complete));
    }
    if (promoted.ok()) {
      fields.push_back(*std::move(promoted));
      continue;
    }
    const Variant& first = *Having(i).front();
    fields.push_back(first.schema->field(first.column(i))->WithNullable(true));
  }
  fields.insert(fields.end(), hive_columns_.begin(), hive_columns_.end());
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Field> SchemaUnion::StoredHiveColumn(size_t k) const {
  arrow::FieldVector stored;
  for (const Variant& variant : variants_) {
    if (variant.hive_columns[k] < 0) continue;
    stored.push_back(variant.schema->field(variant.hive_columns[k]));
  }
  return stored.empty() ? nullptr : PromoteAll(stored).ValueOr(nullptr);
}

std::vector<ColumnMapping> SchemaUnion::HiveMappings() const {
  std::vector<ColumnMapping> mappings;
  for (const Variant& variant : variants_) mappings.emplace_back(variant.hive_columns);
  return mappings;
}

std::vector<ColumnMapping> SchemaUnion::Mappings() const {
  std::vector<ColumnMapping> mappings;
  for (const Variant& variant : variants_) {
    std::vector<int> columns = variant.columns;
    columns.resize(names_.size(), -1);
    mappings.emplace_back(std::move(columns));
  }
  return mappings;
}

}  // namespace planish
