// SPDX-License-Identifier: Apache-2.0
#include "reference/naive_merge.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "arrow/array.h"
#include "base/error_builder.h"
#include "dataset/partition_path.h"
#include "dataset/struct_fields.h"
#include "reference/exact_numbers.h"
#include "reference/file_values.h"
#include "reference/plain_value.h"
#include "scan/column_conversion.h"
#include "scan/key_scanner.h"
#include "scan/partition_change.h"
#include "scan/source_fit.h"

namespace planish {
namespace {

constexpr int64_t kBatchRows = 1024;

using PlainValues = std::vector<PlainValue>;
/// Values of some columns, row by row.
using Rows = std::vector<PlainValues>;

/// Values of a row group of `file` as they are compared.
arrow::Result<std::shared_ptr<arrow::Array>> ToCommon(
    const NaiveColumn& column, const std::shared_ptr<arrow::Array>& array,
    const DataFile& file, int row_group, arrow::MemoryPool* pool) {
  if (column.as_text) return PartitionTexts(array, pool);
  auto converted = ConvertColumn(array, *column.common, pool);
  if (converted.ok()) return converted;
  return AddContext(converted.status(), ErrorKind::kSchemaMismatch, file.path, row_group,
                    column.common->name());
}

/// All rows of `columns` of one side. Values of a column that goes by value are those of
/// its own side, as exact numbers.
arrow::Result<Rows> ReadRows(FileSystem* fs,
                             const std::shared_ptr<const Inventory>& inventory,
                             const std::vector<NaiveColumn>& columns, bool target,
                             arrow::MemoryPool* pool) {
  std::vector<int> scanned;
  for (const NaiveColumn& column : columns) {
    const int index = target ? column.target : column.source;
    if (index >= 0) scanned.push_back(index);
  }
  Rows rows(static_cast<size_t>(inventory->num_rows()));
  KeyScanner scanner(fs, inventory, scanned, pool);
  const auto visit = [&](const RowGroupRef& group, const arrow::RecordBatch& batch,
                         int64_t first_row) -> arrow::Status {
    int place = 0;
    for (const NaiveColumn& column : columns) {
      const bool there = (target ? column.target : column.source) >= 0;
      std::shared_ptr<arrow::Array> values;
      if (there && column.by_value) {
        values = batch.column(place++);
      } else if (there) {
        const DataFile& file = inventory->files()[static_cast<size_t>(group.file)];
        ARROW_ASSIGN_OR_RAISE(
            values, ToCommon(column, batch.column(place++), file, group.row_group, pool));
      }
      for (int64_t i = 0; i < batch.num_rows(); ++i) {
        PlainValues& row = rows[static_cast<size_t>(first_row + i)];
        if (!there) {
          row.push_back({PlainValue::Null{}});
          continue;
        }
        ARROW_ASSIGN_OR_RAISE(const auto scalar, values->GetScalar(i));
        ARROW_ASSIGN_OR_RAISE(PlainValue value, MakePlainValue(*scalar));
        row.push_back(column.by_value ? AsExactNumber(value) : std::move(value));
      }
    }
    return arrow::Status::OK();
  };
  for (const RowGroupRef& group : inventory->RowGroups()) {
    if (group.num_rows == 0) continue;
    ARROW_RETURN_NOT_OK(scanner.Scan(
        group, kBatchRows, [&](const arrow::RecordBatch& batch, int64_t first_row) {
          return visit(group, batch, first_row);
        }));
  }
  return rows;
}

/// Whether a row's key was not read, because its row group is taken for absent.
bool IsUnread(const PlainValues& key) {
  return key.empty();
}

/// Whether `challenger` comes after `incumbent`, which is the earlier row.
bool ComesAfter(const PlainValues& challenger, const PlainValues& incumbent,
                const std::vector<bool>& descending) {
  for (size_t i = 0; i < challenger.size(); ++i) {
    const PlainValue& a = challenger[i];
    const PlainValue& b = incumbent[i];
    if (a == b) continue;
    const bool reversible = !a.IsNull() && !a.IsNaN() && !b.IsNull() && !b.IsNaN();
    return reversible && descending[i] ? a < b : b < a;
  }
  return true;
}

/// Whether a row that is this old counts less than one that is as old as `other`.
bool IsOlder(const PlainValue& age, const PlainValue& other) {
  const bool known = !age.IsNull() && !age.IsNaN() && !other.IsNull() && !other.IsNaN();
  // Null and NaN are the greatest plain values, and the oldest.
  return known ? age < other : other < age;
}

/// Whether a source value makes a target row with the other one old.
bool IsNewer(const PlainValue& source, const PlainValue& target) {
  if (source.IsNull() || source.IsNaN()) return false;
  if (target.IsNull() || target.IsNaN()) return true;
  return IsLess(target, source);
}

class NaiveMerger {
 public:
  NaiveMerger(FileSystem* fs, std::shared_ptr<const Inventory> target,
              std::shared_ptr<const Inventory> source, const NaiveMergeQuestion& question,
              arrow::MemoryPool* pool)
      : fs_(fs),
        target_(std::move(target)),
        source_(std::move(source)),
        question_(question),
        pool_(pool),
        file_values_(fs, *target_, ComparedColumns(question), pool) {}

  arrow::Result<NaiveMerge> Merge() && {
    ARROW_RETURN_NOT_OK(ReadSource());
    const auto num_target = static_cast<size_t>(target_->num_rows());
    merge_.fates.assign(num_target, NaiveFate::kKeep);
    merge_.replaced_by.assign(num_target, -1);
    matched_.assign(static_cast<size_t>(source_->num_rows()), false);
    ARROW_RETURN_NOT_OK(MeetTarget());
    merge_.inserted.assign(matched_.size(), false);
    for (const auto& [key, row] : winners_) {
      const auto at = static_cast<size_t>(row);
      const bool inserts = question_.strategy == MergeStrategy::kInsert ||
                           question_.strategy == MergeStrategy::kUpsert ||
                           question_.strategy == MergeStrategy::kSync;
      if (inserts && !matched_[at] && !IsDeletion(at)) {
        merge_.inserted[at] = true;
      } else if (!matched_[at] || question_.strategy == MergeStrategy::kInsert) {
        ++merge_.ignored;
      }
    }
    std::ranges::stable_sort(merge_.moved, {}, &NaiveMerge::Move::source);
    return std::move(merge_);
  }

 private:
  /// Columns of the target whose values are asked for.
  static std::vector<int> ComparedColumns(const NaiveMergeQuestion& question) {
    std::vector<int> columns;
    for (const NaiveColumn& update : question.updates) columns.push_back(update.target);
    const int newer = question.newer.target;
    const bool is_new = std::ranges::find(columns, newer) == columns.end();
    if (newer >= 0 && is_new) columns.push_back(newer);
    return columns;
  }

  arrow::Status ReadSource() {
    ARROW_ASSIGN_OR_RAISE(const Rows keys,
                          ReadRows(fs_, source_, question_.key, false, pool_));
    std::vector<NaiveColumn> order;
    for (const int column : question_.source_order) {
      order.push_back({-1, column, source_->schema()->field(column), false});
    }
    if (question_.newest_counts) {
      const int column = question_.newer.source;
      order.push_back({-1, column, source_->schema()->field(column), false});
    }
    ARROW_ASSIGN_OR_RAISE(const Rows orders, ReadRows(fs_, source_, order, false, pool_));
    if (question_.delete_when >= 0) {
      ARROW_ASSIGN_OR_RAISE(
          deletions_, ReadRows(fs_, source_,
                               {{-1, question_.delete_when,
                                 source_->schema()->field(question_.delete_when), false}},
                               false, pool_));
    }
    for (size_t row = 0; row < keys.size(); ++row) {
      if (IsUnread(keys[row])) continue;
      const auto [held, is_new] =
          winners_.try_emplace(keys[row], static_cast<int64_t>(row));
      if (is_new) continue;
      if (question_.duplicates == SourceDuplicates::kError) {
        return Error(ErrorKind::kInvalidOption,
                     "the source has several rows with one key")
            .Hint(
                "set source-duplicates to last or first, or name source-order-by; check "
                "lists the keys");
      }
      ++merge_.duplicates;
      if (Counts(orders[row], orders[static_cast<size_t>(held->second)])) {
        held->second = static_cast<int64_t>(row);
      }
    }
    return arrow::Status::OK();
  }

  /// Whether a source row counts rather than an earlier one with its key.
  bool Counts(const PlainValues& challenger, const PlainValues& incumbent) const {
    const bool last = question_.duplicates == SourceDuplicates::kLast;
    if (!question_.newest_counts) {
      return last && ComesAfter(challenger, incumbent, question_.descending);
    }
    if (challenger[0] == incumbent[0]) return last;
    return IsOlder(incumbent[0], challenger[0]);
  }

  bool IsDeletion(size_t source_row) const {
    if (deletions_.empty()) return false;
    const auto* flag = std::get_if<bool>(&deletions_[source_row][0].value);
    return flag != nullptr && *flag;
  }

  arrow::Status MeetTarget() {
    const bool updates = question_.strategy != MergeStrategy::kInsert &&
                         question_.strategy != MergeStrategy::kDelete;
    ARROW_ASSIGN_OR_RAISE(const Rows keys,
                          ReadRows(fs_, target_, question_.key, true, pool_));
    if (updates) {
      std::vector<NaiveColumn> columns = question_.hive;
      if (question_.newer.target >= 0) columns.push_back(question_.newer);
      ARROW_ASSIGN_OR_RAISE(source_rows_, ReadRows(fs_, source_, columns, false, pool_));
      ARROW_ASSIGN_OR_RAISE(hive_rows_,
                            ReadRows(fs_, target_, question_.hive, true, pool_));
      ARROW_RETURN_NOT_OK(KeepSourceBatches());
    }
    for (size_t row = 0; row < keys.size(); ++row) {
      if (IsUnread(keys[row])) continue;
      const auto found = winners_.find(keys[row]);
      if (found == winners_.end()) {
        if (question_.strategy != MergeStrategy::kSync) continue;
        merge_.fates[row] = NaiveFate::kDrop;
        ++merge_.deleted;
        continue;
      }
      matched_[static_cast<size_t>(found->second)] = true;
      ++merge_.matched;
      if (question_.strategy == MergeStrategy::kInsert) continue;
      ARROW_RETURN_NOT_OK(MeetRow(row, static_cast<size_t>(found->second)));
    }
    return arrow::Status::OK();
  }

  arrow::Status KeepSourceBatches() {
    for (const NaiveColumn& update : question_.updates) {
      if (update.source >= 0) source_columns_.push_back(update.source);
    }
    KeyScanner scanner(fs_, source_, source_columns_, pool_);
    for (const RowGroupRef& group : source_->RowGroups()) {
      if (group.num_rows == 0) continue;
      ARROW_RETURN_NOT_OK(scanner.Scan(
          group, kBatchRows, [&](const arrow::RecordBatch& batch, int64_t first_row) {
            source_batches_[first_row] = batch.Slice(0);
            return arrow::Status::OK();
          }));
    }
    return arrow::Status::OK();
  }

  /// One value of the source as a column of the target has it.
  arrow::Result<PlainValue> After(size_t source_row, const NaiveColumn& column,
                                  const arrow::Field& field, const std::string& target) {
    const auto row = static_cast<int64_t>(source_row);
    const auto& [first_row, batch] = *std::prev(source_batches_.upper_bound(row));
    const auto place =
        std::ranges::find(source_columns_, column.source) - source_columns_.begin();
    auto value = batch->column(static_cast<int>(place))->Slice(row - first_row, 1);
    if (column.shape != nullptr) {
      ARROW_ASSIGN_OR_RAISE(value, ConvertColumn(value, *column.shape, pool_));
    }
    ARROW_ASSIGN_OR_RAISE(const auto stored,
                          FitSourceValues({*source_, value, [&](int64_t) { return row; }},
                                          field, target, Rounding::kFloats, pool_));
    ARROW_ASSIGN_OR_RAISE(const auto scalar, stored->GetScalar(0));
    return MakePlainValue(*scalar);
  }

  /// One value of the target as the new version of its file has it.
  arrow::Result<PlainValue> Before(int64_t row, const NaiveColumn& column,
                                   const arrow::Field& field) {
    ARROW_ASSIGN_OR_RAISE(auto value, file_values_.Get(row, column.target));
    ARROW_ASSIGN_OR_RAISE(value,
                          ConvertStored(value, field, file_values_.FileOf(row).path,
                                        file_values_.row_group(), pool_));
    ARROW_ASSIGN_OR_RAISE(const auto scalar, value->GetScalar(0));
    return MakePlainValue(*scalar);
  }

  /// Whether the source row changes the row in the columns that are updated.
  arrow::Result<bool> Changes(int64_t row, size_t source_row) {
    const DataFile& file = file_values_.FileOf(row);
    bool changes = false;
    for (const NaiveColumn& update : question_.updates) {
      ARROW_ASSIGN_OR_RAISE(auto field, question_.field_of(file, update.target));
      if (update.written != nullptr) {
        field = field->WithType(WithoutFieldsBesides(field->type(), *update.written));
      }
      PlainValue after{PlainValue::Null{}};
      if (update.source >= 0) {
        ARROW_ASSIGN_OR_RAISE(after, After(source_row, update, *field, file.path));
      } else if (!field->nullable()) {
        return NoValueFor(file, *field);
      }
      ARROW_ASSIGN_OR_RAISE(const PlainValue before, Before(row, update, *field));
      changes = changes || !(before == after);
    }
    return changes;
  }

  arrow::Result<bool> MakesOld(int64_t row, size_t source_row) {
    const NaiveColumn& newer = question_.newer;
    ARROW_ASSIGN_OR_RAISE(auto value, file_values_.Get(row, newer.target));
    if (!newer.by_value) {
      ARROW_ASSIGN_OR_RAISE(value, ToCommon(newer, value, file_values_.FileOf(row),
                                            file_values_.row_group(), pool_));
    }
    ARROW_ASSIGN_OR_RAISE(const auto scalar, value->GetScalar(0));
    ARROW_ASSIGN_OR_RAISE(PlainValue here, MakePlainValue(*scalar));
    if (newer.by_value) here = AsExactNumber(here);
    return IsNewer(source_rows_[source_row].back(), here);
  }

  arrow::Status RefuseChange(size_t row, size_t source_row) const {
    PartitionChangingRow refused{
        static_cast<int64_t>(row), static_cast<int64_t>(source_row), {}, {}};
    for (const NaiveColumn& key : question_.key) refused.key.push_back(key.source);
    const int num_hive = target_->schema()->num_fields() - target_->num_data_columns();
    refused.hive_source_of.assign(static_cast<size_t>(num_hive), -1);
    for (const NaiveColumn& hive : question_.hive) {
      const auto place = static_cast<size_t>(hive.target - target_->num_data_columns());
      refused.hive_source_of[place] = hive.source;
    }
    return RefusePartitionChange(fs_, *target_, source_, refused, pool_);
  }

  arrow::Status MeetRow(size_t row, size_t source_row) {
    if (question_.newer.target >= 0) {
      ARROW_ASSIGN_OR_RAISE(const bool newer,
                            MakesOld(static_cast<int64_t>(row), source_row));
      if (!newer) {
        ++merge_.stale;
        return arrow::Status::OK();
      }
    }
    if (question_.strategy == MergeStrategy::kDelete || IsDeletion(source_row)) {
      merge_.fates[row] = NaiveFate::kDrop;
      ++merge_.deleted;
      return arrow::Status::OK();
    }
    for (size_t k = 0; k < question_.hive.size(); ++k) {
      if (hive_rows_[row][k] == source_rows_[source_row][k]) continue;
      if (!question_.may_move) {
        return RefuseChange(row, source_row);
      }
      merge_.fates[row] = NaiveFate::kDrop;
      merge_.moved.push_back(
          {static_cast<int64_t>(row), static_cast<int64_t>(source_row)});
      ++merge_.updated;
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const bool changes,
                          Changes(static_cast<int64_t>(row), source_row));
    if (!changes) {
      ++merge_.unchanged;
      return arrow::Status::OK();
    }
    merge_.fates[row] = NaiveFate::kReplace;
    merge_.replaced_by[row] = static_cast<int64_t>(source_row);
    ++merge_.updated;
    return arrow::Status::OK();
  }

  FileSystem* const fs_;
  const std::shared_ptr<const Inventory> target_, source_;
  const NaiveMergeQuestion& question_;
  arrow::MemoryPool* const pool_;
  std::map<PlainValues, int64_t> winners_;
  /// Of the target the hive columns; of the source these and newer_by.
  Rows deletions_, hive_rows_, source_rows_;
  FileValues file_values_;
  std::vector<int> source_columns_;  ///< those that values are taken of
  /// These columns of the source, by the first row of each batch.
  std::map<int64_t, std::shared_ptr<arrow::RecordBatch>> source_batches_;
  std::vector<bool> matched_;
  NaiveMerge merge_;
};

}  // namespace

arrow::Result<NaiveMerge> MergeNaively(FileSystem* fs,
                                       const std::shared_ptr<const Inventory>& target,
                                       const std::shared_ptr<const Inventory>& source,
                                       const NaiveMergeQuestion& question,
                                       arrow::MemoryPool* pool) {
  return NaiveMerger(fs, target, source, question, pool).Merge();
}

}  // namespace planish
