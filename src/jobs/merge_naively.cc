// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_naively.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "arrow/array/util.h"
#include "arrow/table.h"
#include "base/error_builder.h"
#include "base/gather.h"
#include "base/null_array.h"
#include "dataset/struct_fields.h"
#include "format/batch_writer.h"
#include "format/column_patcher.h"
#include "jobs/common_values.h"
#include "jobs/file_changes.h"
#include "jobs/withheld_rows.h"
#include "reference/naive_merge.h"
#include "scan/column_conversion.h"
#include "scan/kept_fields.h"
#include "scan/key_scanner.h"
#include "scan/source_fit.h"

namespace planish {

namespace {

NaiveColumn NaiveColumnOf(const SharedColumn& column) {
  return {column.target,   column.source, column.common, column.as_text,
          column.by_value, column.shape,  column.written};
}

NaiveMergeQuestion NaiveQuestionOf(const Inventory& target, const MergeQuestion& question,
                                   const MergeOptions& options) {
  NaiveMergeQuestion naive;
  naive.strategy = options.strategy;
  for (const SharedColumn& key : question.key) naive.key.push_back(NaiveColumnOf(key));
  for (const SharedColumn& update : question.updates) {
    // Both are compared as the target has them, so not as numbers of whatever type.
    NaiveColumn& column = naive.updates.emplace_back(NaiveColumnOf(update));
    column.by_value = false;
    column.common = target.schema()->field(update.target);
    if (update.written != nullptr) {
      column.common = column.common->WithType(
          WithoutFieldsBesides(column.common->type(), *update.written));
    }
  }
  for (size_t k = 0; k < question.hive_source_of.size(); ++k) {
    if (question.hive_source_of[k] < 0) continue;
    const int column = target.num_data_columns() + static_cast<int>(k);
    naive.hive.push_back(
        {column, question.hive_source_of[k], target.schema()->field(column), true});
  }
  naive.newest_counts = question.order_by_newer;
  for (const OrderColumn& order : question.source_order) {
    if (naive.newest_counts) break;
    naive.source_order.push_back(order.column);
    naive.descending.push_back(order.descending);
  }
  naive.duplicates = options.source_duplicates;
  naive.newer = NaiveColumnOf(question.newer);
  naive.delete_when = question.delete_when;
  naive.may_move = options.on_partition_change == PartitionChange::kMove;
  return naive;
}

/// Writes files of the target anew.
class NaiveRewrite {
 public:
  NaiveRewrite(Run* run, const Inventory& target, std::shared_ptr<const Inventory> source,
               const MergeQuestion& question, const NaiveMerge& merge, bool keeps_a_file,
               const MergeOptions& options, MergeOutput* output, Report* report)
      : run_(run),
        target_(target),
        source_(std::move(source)),
        question_(question),
        merge_(merge),
        keeps_a_file_(keeps_a_file),
        options_(options),
        output_(output),
        report_(report),
        changes_(run, &target, source_, &question, options.strategy, report) {}

  arrow::Status Execute() {
    ARROW_RETURN_NOT_OK(
        run_->EnterStage("rewrite", target_.num_rows(), target_.num_bytes()));
    ARROW_RETURN_NOT_OK(ReadSource());
    for (size_t i = 0; i < target_.files().size(); ++i) {
      const DataFile& file = target_.files()[i];
      const bool last_hope = !keeps_a_file_ && files_kept_ == 0 && i == LastFile();
      ARROW_RETURN_NOT_OK(ChangeFile(file, last_hope));
      ARROW_RETURN_NOT_OK(run_->Advance(file.num_rows, file.identity.size));
    }
    return arrow::Status::OK();
  }

 private:
  static arrow::Status AppendNulls(const arrow::Schema& schema, int64_t num_rows,
                                   arrow::MemoryPool* pool,
                                   arrow::RecordBatchVector* batches) {
    if (num_rows == 0) return arrow::Status::OK();
    arrow::ArrayVector columns;
    for (const auto& field : schema.fields()) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                            MakeNullArray(field->type(), num_rows, pool));
    }
    batches->push_back(arrow::RecordBatch::Make(std::make_shared<arrow::Schema>(schema),
                                                num_rows, std::move(columns)));
    return arrow::Status::OK();
  }

  arrow::Status ReadSource() {
    for (const SharedColumn& update : question_.updates) {
      if (update.source >= 0) source_columns_.push_back(update.source);
    }
    KeyScanner scanner(run_->fs(), source_, source_columns_, run_->pool());
    arrow::RecordBatchVector batches;
    int64_t next_row = 0;
    for (const RowGroupRef& group : source_->RowGroups()) {
      // Rows are told by ordinals, which those that cannot be read have, too.
      ARROW_RETURN_NOT_OK(AppendNulls(*scanner.schema(), group.first_row - next_row,
                                      run_->pool(), &batches));
      next_row = group.first_row + group.num_rows;
      if (group.num_rows == 0) continue;
      ARROW_RETURN_NOT_OK(scanner.Scan(group, group.num_rows,
                                       [&](const arrow::RecordBatch& batch, int64_t) {
                                         batches.push_back(batch.Slice(0));
                                         return arrow::Status::OK();
                                       }));
    }
    ARROW_ASSIGN_OR_RAISE(auto table,
                          arrow::Table::FromRecordBatches(scanner.schema(), batches));
    return table->CombineChunksToBatch(run_->pool()).Value(&source_rows_);
  }

  /// Whether nothing of the file is to be in the result, because none of it can be read.
  bool IsLeftOut(const DataFile& file) const {
    return !options_.in_place && !file.skipped_row_groups.empty() &&
           file.skipped_row_groups.size() == file.row_group_rows.size();
  }

  size_t LastFile() const {
    size_t last = target_.files().size() - 1;
    while (last > 0 && IsLeftOut(target_.files()[last])) --last;
    return last;
  }

  NaiveFate FateOf(int64_t row) const { return merge_.fates[static_cast<size_t>(row)]; }

  arrow::Status ChangeFile(const DataFile& file, bool last_hope) {
    if (IsLeftOut(file)) return arrow::Status::OK();
    if (options_.in_place && !file.skipped_row_groups.empty()) {
      ++files_kept_;
      return output_ == nullptr ? arrow::Status::OK() : output_->Keep(file).status();
    }
    int64_t kept = 0, changed = 0;
    for (const int row_group : file.skipped_row_groups) {
      const int64_t rows = file.row_group_rows[static_cast<size_t>(row_group)];
      kept -= rows;
      changed += rows;
    }
    for (int64_t row = file.first_row; row < file.first_row + file.num_rows; ++row) {
      kept += FateOf(row) != NaiveFate::kDrop;
      changed += FateOf(row) != NaiveFate::kKeep;
    }
    const bool drops = changed > 0 && kept == 0 && !last_hope;
    if (!drops) ++files_kept_;
    FateCounts& files = report_->files;
    if (changed == 0) ++(options_.in_place ? files.untouched : files.copied);
    if (changed > 0) ++(drops ? report_->files.dropped : report_->files.transcoded);
    if (output_ == nullptr) return arrow::Status::OK();
    if (changed == 0) {
      ARROW_ASSIGN_OR_RAISE(const int64_t bytes, output_->Keep(file));
      report_->bytes_copied += bytes;
      report_->bytes_written += bytes;
      return arrow::Status::OK();
    }
    return drops ? output_->Remove(file) : Rewrite(file);
  }

  arrow::Status Rewrite(const DataFile& file) {
    ARROW_ASSIGN_OR_RAISE(const SchemaChange schema_change, changes_.Of(file));
    ARROW_ASSIGN_OR_RAISE(const auto input, OpenDataFile(run_->fs(), file, run_->pool()));
    ARROW_ASSIGN_OR_RAISE(const std::string path, output_->Replace(file));
    BatchWriterOptions options;
    options.writer = options_.writer;
    options.sync = run_->context().sync;
    options.row_group_rows = std::max<int64_t>(file.num_rows, 1);
    ARROW_ASSIGN_OR_RAISE(auto writer,
                          BatchWriter::MakeLike(run_->fs(), path, *input, schema_change,
                                                options, run_->pool()));
    std::vector<int> columns(static_cast<size_t>(input->schema()->num_fields()));
    std::iota(columns.begin(), columns.end(), 0);
    int64_t first_row = file.first_row;
    for (size_t i = 0; i < file.row_group_rows.size(); ++i) {
      if (file.skipped_row_groups.contains(static_cast<int>(i))) {
        first_row += file.row_group_rows[i];
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto reader,
                            input->ReadRowGroup(static_cast<int>(i), columns, 1 << 20));
      while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
        if (batch == nullptr) break;
        ARROW_ASSIGN_OR_RAISE(
            const auto changed,
            Change(file, static_cast<int>(i), schema_change, *batch, first_row));
        ARROW_RETURN_NOT_OK(writer->Write(*changed));
        first_row += batch->num_rows();
      }
    }
    ARROW_RETURN_NOT_OK(writer->Finish());
    report_->bytes_read += input->input().bytes_read();
    report_->bytes_written += writer->position();
    return arrow::Status::OK();
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Change(
      const DataFile& file, int row_group, const SchemaChange& schema_change,
      const arrow::RecordBatch& batch, int64_t first_row) const {
    std::vector<int64_t> keep, replace, sources, replaced;
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      const NaiveFate fate = FateOf(first_row + i);
      if (fate == NaiveFate::kDrop) continue;
      keep.push_back(i);
      replace.push_back(fate == NaiveFate::kReplace
                            ? batch.num_rows() + static_cast<int64_t>(sources.size())
                            : i);
      if (fate == NaiveFate::kReplace) {
        sources.push_back(merge_.replaced_by[static_cast<size_t>(first_row + i)]);
        replaced.push_back(i);
      }
    }
    const arrow::FieldVector fields = schema_change.Apply(*batch.schema());
    arrow::ArrayVector columns;
    for (int column = 0; column < batch.num_columns(); ++column) {
      const auto& field = fields[static_cast<size_t>(column)];
      auto own = batch.column(column);
      if (schema_change.FieldOf(column) != nullptr) {
        ARROW_ASSIGN_OR_RAISE(
            own, ConvertStored(own, *field, file.path, row_group, run_->pool()));
      }
      ARROW_ASSIGN_OR_RAISE(auto others,
                            arrow::MakeEmptyArray(field->type(), run_->pool()));
      bool updates = false;
      for (const SharedColumn& update : question_.updates) {
        if (file.columns[static_cast<size_t>(update.target)] != column) continue;
        updates = true;
        if (update.written == nullptr) {
          ARROW_ASSIGN_OR_RAISE(others, SourceValues(update, *field, sources, file.path));
          continue;
        }
        const auto taken =
            field->WithType(WithoutFieldsBesides(field->type(), *update.written));
        ARROW_ASSIGN_OR_RAISE(const auto values,
                              SourceValues(update, *taken, sources, file.path));
        ARROW_ASSIGN_OR_RAISE(const auto current, Gather(*own, replaced, run_->pool()));
        const auto kept = KeepFields(values, current, run_->pool());
        if (!kept.ok()) {
          return AddContext(kept.status(), ErrorKind::kSchemaMismatch, file.path,
                            row_group, field->name());
        }
        others = *kept;
      }
      if (!field->nullable() && others->null_count() > 0) return NoValueFor(file, *field);
      ARROW_ASSIGN_OR_RAISE(
          columns.emplace_back(),
          ChooseValues(own, others, updates ? replace : keep, run_->pool()));
    }
    for (const int column : question_.ColumnsFor(file)) {
      ARROW_ASSIGN_OR_RAISE(
          columns.emplace_back(),
          NewValues(column, batch.num_rows(), replace, sources, file.path));
    }
    return arrow::RecordBatch::Make(
        arrow::schema(fields), static_cast<int64_t>(keep.size()), std::move(columns));
  }

  /// A column that the file has not: null, but in rows that are replaced.
  arrow::Result<std::shared_ptr<arrow::Array>> NewValues(
      int column, int64_t num_rows, const std::vector<int64_t>& replace,
      const std::vector<int64_t>& sources, const std::string& target) const {
    const arrow::Field& field = *target_.schema()->field(column);
    ARROW_ASSIGN_OR_RAISE(const auto nulls,
                          MakeNullArray(field.type(), num_rows, run_->pool()));
    const auto update =
        std::ranges::find(question_.updates, column, &SharedColumn::target);
    ARROW_ASSIGN_OR_RAISE(auto others, arrow::MakeEmptyArray(field.type(), run_->pool()));
    std::vector<int64_t> choice = replace;
    if (update != question_.updates.end()) {
      ARROW_ASSIGN_OR_RAISE(others, SourceValues(*update, field, sources, target));
    } else {
      // Of the key: what the target has there, null, stays.
      std::ranges::fill(choice, 0);
    }
    return ChooseValues(nulls, others, choice, run_->pool());
  }

  arrow::Result<std::shared_ptr<arrow::Array>> SourceValues(
      const SharedColumn& update, const arrow::Field& field,
      const std::vector<int64_t>& rows, const std::string& target) const {
    if (update.source < 0) {
      return MakeNullArray(field.type(), static_cast<int64_t>(rows.size()), run_->pool());
    }
    const auto place =
        std::ranges::find(source_columns_, update.source) - source_columns_.begin();
    ARROW_ASSIGN_OR_RAISE(
        auto values,
        Gather(*source_rows_->column(static_cast<int>(place)), rows, run_->pool()));
    ARROW_ASSIGN_OR_RAISE(values, ToShape(update, values, run_->pool()));
    const auto row_of = [&](int64_t i) { return rows[static_cast<size_t>(i)]; };
    return FitSourceValues({*source_, values, row_of}, field, target, Rounding::kFloats,
                           run_->pool());
  }

  Run* const run_;
  const Inventory& target_;
  const std::shared_ptr<const Inventory> source_;
  const MergeQuestion& question_;
  const NaiveMerge& merge_;
  const bool keeps_a_file_;
  const MergeOptions& options_;
  MergeOutput* const output_;
  Report* const report_;
  FileChanges changes_;
  std::vector<int> source_columns_;                  ///< those that rows take values of
  std::shared_ptr<arrow::RecordBatch> source_rows_;  ///< of those columns
  int64_t files_kept_ = 0;
};

}  // namespace

arrow::Result<RowsToInsert> ChangeTargetNaively(
    Run* run, const std::shared_ptr<const Inventory>& target,
    const std::shared_ptr<const Inventory>& source, const MergeQuestion& question,
    const MergeOptions& options, MergeOutput* output, Report* report) {
  ARROW_RETURN_NOT_OK(
      run->EnterStage("winners", target->num_rows() + source->num_rows(), 0));
  report->engine.name = "reference";
  report->engine.key_form = "rows";
  FileChanges changes(run, target.get(), source, &question, options.strategy, report);
  NaiveMergeQuestion naive = NaiveQuestionOf(*target, question, options);
  std::map<std::string, SchemaChange> known_changes;
  naive.field_of = [&](const DataFile& file,
                       int column) -> arrow::Result<std::shared_ptr<arrow::Field>> {
    const int in_file = file.columns[static_cast<size_t>(column)];
    if (in_file < 0) return target->schema()->field(column);
    const auto [known, is_new] = known_changes.try_emplace(file.path);
    if (is_new) {
      ARROW_ASSIGN_OR_RAISE(known->second, changes.Of(file));
    }
    const auto retyped = known->second.FieldOf(in_file);
    return retyped != nullptr ? retyped : file.schema->field(in_file);
  };
  ARROW_ASSIGN_OR_RAISE(const NaiveMerge merge,
                        MergeNaively(run->fs(), target, source, naive, run->pool()));
  RowsToInsert inserts{RowBitmap(source->num_rows()), {}, merge.matched};
  for (const NaiveMerge::Move& move : merge.moved) {
    inserts.moved.push_back({move.target, move.source});
  }
  for (size_t row = 0; row < merge.inserted.size(); ++row) {
    if (merge.inserted[row]) inserts.rows.Add(static_cast<int64_t>(row));
  }
  MergeReport& counts = *report->merge;
  counts.source_duplicates = merge.duplicates;
  counts.updated = merge.updated;
  counts.unchanged = merge.unchanged;
  counts.deleted = merge.deleted;
  counts.stale = merge.stale;
  counts.ignored = merge.ignored;
  counts.moved = static_cast<int64_t>(merge.moved.size());
  ARROW_ASSIGN_OR_RAISE(
      counts.withheld,
      WithholdRows(run, *target, source, question, &inserts.rows, &report->bytes_read));
  counts.inserted = inserts.rows.Count();
  const bool keeps_a_file = counts.inserted + counts.moved > 0;
  ARROW_RETURN_NOT_OK(NaiveRewrite(run, *target, source, question, merge, keeps_a_file,
                                   options, output, report)
                          .Execute());
  return inserts;
}

}  // namespace planish
