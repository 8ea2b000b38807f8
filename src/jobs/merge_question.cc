// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_question.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error_builder.h"
#include "dataset/column_list.h"
#include "dataset/order_by.h"
#include "dataset/partition_path.h"
#include "dataset/schema_agreement.h"
#include "dataset/struct_fields.h"
#include "dataset/value_agreement.h"
#include "scan/number_conversion.h"

namespace planish {

namespace {

/// Brings the columns of two datasets together.
class Resolver {
 public:
  Resolver(const Inventory& target, const Inventory& source, const MergeOptions& options)
      : target_(target), source_(source), options_(options) {}

  arrow::Result<MergeQuestion> Resolve() && {
    ARROW_RETURN_NOT_OK(ResolveKey());
    for (const std::string& item : options_.source_order_by) {
      ARROW_ASSIGN_OR_RAISE(const OrderByColumn column,
                            ResolveOrderBy(*source_.schema(), item));
      ARROW_RETURN_NOT_OK(source_.CheckTypesAgree({column.column}));
      question_.source_order.push_back({column.column, column.descending});
      named_.insert(column.column);
    }
    ARROW_RETURN_NOT_OK(ResolveNewer());
    OrderByNewer();
    ARROW_RETURN_NOT_OK(ResolveDeleteWhen());
    if (options_.strategy == MergeStrategy::kDelete) return std::move(question_);
    ARROW_RETURN_NOT_OK(ResolveData());
    ARROW_RETURN_NOT_OK(ResolveHive());
    ARROW_RETURN_NOT_OK(CheckExtra());
    return std::move(question_);
  }

 private:
  bool IsHive(int target_column) const {
    return target_column >= target_.num_data_columns();
  }
  const arrow::Field& TargetField(int column) const {
    return *target_.schema()->field(column);
  }
  const arrow::Field& SourceField(int column) const {
    return *source_.schema()->field(column);
  }

  arrow::Status Disagreement(int target, int source) const {
    const std::string& name = TargetField(target).name();
    const auto& type = SourceField(source).type();
    const bool zone = !WithTimezoneUtc(type, *TargetField(target).type())->Equals(*type);
    return Error(ErrorKind::kSchemaMismatch,
                 "target and source disagree on the type of a column: " + name)
        .Column(name)
        .Fact("target", TypeText(TargetField(target)))
        .Fact("source", TypeText(SourceField(source)))
        .Hint(zone
                  ? "set assume-timezone to UTC if that is what the source's times are in"
                  : "no type holds the values of both without loss: convert the source");
  }

  arrow::Result<SharedColumn> Share(int target, int source) const {
    ARROW_RETURN_NOT_OK(target_.CheckTypesAgree({target}));
    ARROW_RETURN_NOT_OK(source_.CheckTypesAgree({source}));
    if (IsHive(target)) return ShareHive(target, source);
    const auto& own = target_.schema()->field(target);
    const auto& other = source_.schema()->field(source);
    auto common = PromoteFields(own, other);
    if (common.ok()) return SharedColumn{target, source, *common};
    if (!AgreeByValue(*own, *other)) return Disagreement(target, source);
    const bool nullable = own->nullable() || other->nullable();
    return SharedColumn{target, source, own->WithNullable(nullable), false, true};
  }

  arrow::Result<SharedColumn> ShareHive(int target, int source) const {
    const arrow::DataType& own = *TargetField(target).type();
    const arrow::DataType& other = *SourceField(source).type();
    const bool integer = arrow::is_integer(other.id());
    if (integer && arrow::is_integer(own.id())) {
      auto common =
          PromoteFields(target_.schema()->field(target), source_.schema()->field(source));
      if (common.ok()) return SharedColumn{target, source, *common, false};
    }
    // "07" is text, and no number stands for it.
    if (!HasPartitionText(other) || (integer && !arrow::is_integer(own.id()))) {
      return Disagreement(target, source);
    }
    const auto text = arrow::field(TargetField(target).name(), arrow::large_utf8());
    return SharedColumn{target, source, text, true};
  }

  arrow::Status ResolveKey() {
    ARROW_ASSIGN_OR_RAISE(const auto target,
                          ResolveColumns(*target_.schema(), options_.key, "key"));
    for (const int column : target) {
      const int source = source_.schema()->GetFieldIndex(TargetField(column).name());
      if (source < 0) return MissingInSource("key", TargetField(column).name());
      ARROW_ASSIGN_OR_RAISE(SharedColumn key, Share(column, source));
      if (key.by_value && !IsNumber(*key.common->type())) {
        return Disagreement(column, source);
      }
      question_.key.push_back(std::move(key));
      question_.never_null.push_back(target_.never_null()[static_cast<size_t>(column)] &&
                                     source_.never_null()[static_cast<size_t>(source)]);
    }
    return arrow::Status::OK();
  }

  arrow::Status MissingInSource(const std::string& role, const std::string& name) const {
    return Error(ErrorKind::kMissingColumn,
                 role + " column not found in the source: " + name)
        .Column(name)
        .Fact("has", ListColumns(*source_.schema()));
  }

  arrow::Status ResolveNewer() {
    if (options_.newer_by.empty()) return arrow::Status::OK();
    const int target = target_.schema()->GetFieldIndex(options_.newer_by);
    const int source = source_.schema()->GetFieldIndex(options_.newer_by);
    if (source < 0) return MissingInSource("newer-by", options_.newer_by);
    if (target < 0) {
      return Error(ErrorKind::kMissingColumn,
                   "newer-by column not found in the target: " + options_.newer_by)
          .Fact("has", ListColumns(*target_.schema()));
    }
    ARROW_ASSIGN_OR_RAISE(question_.newer, Share(target, source));
    SharedColumn& newer = question_.newer;
    if (newer.by_value && !IsNumber(*newer.common->type())) {
      return Disagreement(target, source);
    }
    if (TimesDiffer(target_, target, *newer.common) ||
        TimesDiffer(source_, source, *newer.common)) {
      newer.common = AsFarTimes(*newer.common);
    }
    return arrow::Status::OK();
  }

  /// Whether a file has the column as times in another unit: that of `common` may be too
  /// fine for all of them.
  static bool TimesDiffer(const Inventory& inventory, int column,
                          const arrow::Field& common) {
    if (common.type()->id() != arrow::Type::TIMESTAMP) return false;
    if (column >= inventory.num_data_columns()) return false;
    return std::ranges::any_of(inventory.files(), [&](const DataFile& file) {
      const int in_file = file.columns[static_cast<size_t>(column)];
      return in_file >= 0 && !file.schema->field(in_file)->type()->Equals(*common.type());
    });
  }

  /// The newest of several source rows with one key counts: last with nulls first, or
  /// first with nulls last, as the policy goes.
  void OrderByNewer() {
    if (question_.newer.target < 0 || !question_.source_order.empty()) return;
    const bool first = options_.source_duplicates == SourceDuplicates::kFirst;
    question_.source_order.push_back({question_.newer.source, first, !first});
    question_.order_by_newer = true;
  }

  arrow::Status ResolveDeleteWhen() {
    if (options_.delete_when.empty()) return arrow::Status::OK();
    const int column = source_.schema()->GetFieldIndex(options_.delete_when);
    if (column < 0) return MissingInSource("delete-when", options_.delete_when);
    ARROW_RETURN_NOT_OK(source_.CheckTypesAgree({column}));
    if (SourceField(column).type()->id() != arrow::Type::BOOL) {
      return Error(ErrorKind::kSchemaMismatch,
                   "delete-when column is not boolean: " + options_.delete_when)
          .Column(options_.delete_when)
          .Fact("type", SourceField(column).type()->ToString());
    }
    question_.delete_when = column;
    named_.insert(column);
    return arrow::Status::OK();
  }

  arrow::Status MissingData(const std::string& name) const {
    return Error(ErrorKind::kMissingColumn,
                 "the source lacks a column of the target: " + name)
        .Column(name)
        .Fact("has", ListColumns(*source_.schema()))
        .Hint(
            "set `missing_columns=keep` for what the target has there, or "
            "`missing_columns=null`");
  }

  /// A data column, whose structs may have other fields on the two sides.
  arrow::Result<SharedColumn> ShareUpdate(int target, int source) const {
    const auto& own = target_.schema()->field(target);
    const auto& other = source_.schema()->field(source);
    const std::vector<std::string> extra = FieldsBesides(*other->type(), *own->type());
    const std::vector<std::string> missing = FieldsBesides(*own->type(), *other->type());
    if (question_.IsKey(target) || (extra.empty() && missing.empty()))
      return Share(target, source);
    ARROW_RETURN_NOT_OK(target_.CheckTypesAgree({target}));
    ARROW_RETURN_NOT_OK(source_.CheckTypesAgree({source}));
    if (!extra.empty()) ARROW_RETURN_NOT_OK(CheckExtraField(own->name(), extra.front()));
    if (!missing.empty()) ARROW_RETURN_NOT_OK(CheckMissingFields(own->name(), missing));
    SharedColumn shared{target, source, nullptr, false};
    const auto shape = other->WithType(WithoutFieldsBesides(other->type(), *own->type()));
    if (!extra.empty()) shared.shape = shape;
    auto compared = own;
    if (!missing.empty() && options_.missing_columns == MissingSourceColumns::kKeep) {
      shared.written = shape->type();
      compared = own->WithType(WithoutFieldsBesides(own->type(), *other->type()));
    }
    auto common = PromoteFields(compared, shape, MissingColumns::kNull);
    shared.by_value = !common.ok();
    if (shared.by_value && !AgreeByValue(*compared, *shape, MissingColumns::kNull)) {
      return Disagreement(target, source);
    }
    shared.common = shared.by_value ? compared : *common;
    return shared;
  }

  arrow::Status CheckExtraField(const std::string& column,
                                const std::string& field) const {
    const std::string path = column + "." + field;
    switch (options_.extra_columns) {
      case ExtraSourceColumns::kIgnore:
        return arrow::Status::OK();
      case ExtraSourceColumns::kAdd:
        return Error(ErrorKind::kUnsupported,
                     "a field cannot be added to the structs of a column: " + path)
            .Column(column)
            .Hint("set extra-columns to ignore to leave it out");
      case ExtraSourceColumns::kError:
        break;
    }
    return Error(ErrorKind::kMissingColumn,
                 "the target lacks a struct field of the source: " + path)
        .Column(column)
        .Hint("set extra-columns to ignore to leave it out");
  }

  arrow::Status CheckMissingFields(const std::string& column,
                                   const std::vector<std::string>& fields) const {
    if (options_.missing_columns == MissingSourceColumns::kError) {
      return Error(ErrorKind::kMissingColumn,
                   "the source lacks a struct field of the target: " + column + "." +
                       fields.front())
          .Column(column)
          .Hint(
              "set `missing_columns=keep` for what the target has there, or "
              "`missing_columns=null`");
    }
    const auto in_list = std::ranges::find_if(fields, [](const std::string& path) {
      return path.find("[]") != std::string::npos;
    });
    if (in_list == fields.end() ||
        options_.missing_columns == MissingSourceColumns::kNull) {
      return arrow::Status::OK();
    }
    return Error(ErrorKind::kUnsupported,
                 "fields of structs in lists cannot be kept: " + column + "." + *in_list)
        .Column(column)
        .Hint("set `missing_columns=null`, or add the field to the source");
  }

  arrow::Status ResolveData() {
    for (int column = 0; column < target_.num_data_columns(); ++column) {
      const std::string& name = TargetField(column).name();
      const int source = source_.schema()->GetFieldIndex(name);
      question_.source_of.push_back(source);
      if (source < 0) {
        if (options_.missing_columns == MissingSourceColumns::kError) {
          return MissingData(name);
        }
        if (options_.missing_columns == MissingSourceColumns::kNull) {
          ARROW_RETURN_NOT_OK(target_.CheckTypesAgree({column}));
          question_.updates.push_back(
              {column, -1, target_.schema()->field(column), false});
        }
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(SharedColumn shared, ShareUpdate(column, source));
      if (!question_.IsKey(column)) question_.updates.push_back(std::move(shared));
    }
    return arrow::Status::OK();
  }

  arrow::Status ResolveHive() {
    for (int column = target_.num_data_columns(); column < target_.schema()->num_fields();
         ++column) {
      const std::string& name = TargetField(column).name();
      const int source = source_.schema()->GetFieldIndex(name);
      question_.hive_source_of.push_back(source);
      if (source >= 0) {
        ARROW_RETURN_NOT_OK(Share(column, source).status());
      } else if (Inserts(options_.strategy) ||
                 options_.on_partition_change == PartitionChange::kMove) {
        return Error(ErrorKind::kMissingColumn,
                     "the source does not say which partition its rows are for: " + name)
            .Column(name)
            .Fact("has", ListColumns(*source_.schema()));
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status CheckExtra() const {
    if (options_.extra_columns == ExtraSourceColumns::kIgnore) return arrow::Status::OK();
    for (int column = 0; column < source_.schema()->num_fields(); ++column) {
      const std::string& name = SourceField(column).name();
      if (named_.contains(column) || target_.schema()->GetFieldIndex(name) >= 0) continue;
      return Error(ErrorKind::kMissingColumn,
                   "the target lacks a column of the source: " + name)
          .Column(name)
          .Fact("has", ListColumns(*target_.schema()))
          .Hint("set extra-columns to add, or to ignore to leave it out");
    }
    return arrow::Status::OK();
  }

  const Inventory& target_;
  const Inventory& source_;
  const MergeOptions& options_;
  MergeQuestion question_;
  std::set<int> named_;  ///< source columns that options name
};

}  // namespace

bool MergeQuestion::places_rows() const {
  return std::any_of(hive_source_of.begin(), hive_source_of.end(),
                     [](int column) { return column >= 0; });
}

bool MergeQuestion::IsKey(int target_column) const {
  return std::any_of(key.begin(), key.end(), [&](const SharedColumn& column) {
    return column.target == target_column;
  });
}

const SharedColumn* MergeQuestion::UpdateOf(int target_column) const {
  const auto found = std::ranges::find(updates, target_column, &SharedColumn::target);
  return found == updates.end() ? nullptr : &*found;
}

std::vector<int> MergeQuestion::ColumnsFor(const DataFile& file) const {
  std::vector<int> columns;
  for (size_t column = 0; column < source_of.size(); ++column) {
    if (source_of[column] >= 0 && file.columns[column] < 0) {
      columns.push_back(static_cast<int>(column));
    }
  }
  return columns;
}

arrow::FieldVector FieldsOf(const std::vector<int>& columns,
                            const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const int column : columns) fields.push_back(schema.field(column));
  return fields;
}

bool Inserts(MergeStrategy strategy) {
  return strategy == MergeStrategy::kInsert || strategy == MergeStrategy::kUpsert ||
         strategy == MergeStrategy::kSync;
}

bool Updates(MergeStrategy strategy) {
  return strategy == MergeStrategy::kUpdate || strategy == MergeStrategy::kUpsert ||
         strategy == MergeStrategy::kSync;
}

arrow::Result<MergeQuestion> ResolveMerge(const Inventory& target,
                                          const Inventory& source,
                                          const MergeOptions& options) {
  return Resolver(target, source, options).Resolve();
}

}  // namespace planish
