// SPDX-License-Identifier: Apache-2.0
#include "planish/merge.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/array_primitive.h"
#include "base/error_builder.h"
#include "base/resident_memory.h"
#include "dataset/inventory.h"
#include "dataset/ipc_import.h"
#include "format/batch_writer.h"
#include "format/ipc_source.h"
#include "jobs/dedup_question.h"
#include "jobs/in_place_publication.h"
#include "jobs/key_match.h"
#include "jobs/key_pruning.h"
#include "jobs/merge_inserts.h"
#include "jobs/merge_naively.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/merge_rewrite.h"
#include "jobs/merge_target.h"
#include "jobs/patch_rows.h"
#include "jobs/publication.h"
#include "jobs/row_pairs.h"
#include "jobs/run.h"
#include "jobs/unfinished_inputs.h"
#include "jobs/winner_search.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

/// A merge by the engine `auto`, step by step.
class Merger {
 public:
  Merger(Run* run, const MergeOptions& options, std::shared_ptr<const Inventory> target,
         std::shared_ptr<const Inventory> source, const MergeQuestion* question,
         Report* report)
      : run_(run),
        options_(options),
        target_(std::move(target)),
        source_(std::move(source)),
        question_(question),
        report_(report),
        bitmaps_(run->budget()) {}

  arrow::Result<RowsToInsert> ChangeTarget(MergeOutput* output) {
    ARROW_RETURN_NOT_OK(FindSourceLosers());
    ARROW_RETURN_NOT_OK(FindDeletions());
    RowPairs pairs(run_);
    ARROW_RETURN_NOT_OK(Match(&pairs));
    ARROW_ASSIGN_OR_RAISE(RowBitmap dropped, DropRows());
    RowsToInsert inserts;
    ARROW_ASSIGN_OR_RAISE(inserts.rows, RowsToComeIn());
    std::optional<PatchRows> patches;
    const bool may_move = options_.on_partition_change == PartitionChange::kMove;
    if (pairs.num_pairs() > 0) {
      patches.emplace(run_, target_, source_, question_, may_move, matched_);
      ARROW_RETURN_NOT_OK(patches->Load(&pairs));
      report_->bytes_read += patches->bytes_read();
    }
    MergeReport& merge = *report_->merge;
    merge.inserted = inserts.rows.Count();
    ARROW_ASSIGN_OR_RAISE(TargetChanges changes,
                          planish::ChangeTarget(run_, *target_, *source_, *question_,
                                                options_, patches ? &matched_ : nullptr,
                                                patches ? &*patches : nullptr, &dropped,
                                                merge.inserted > 0, output, report_));
    merge.deleted = dropped.Count() - merge.moved;
    inserts.moved = std::move(changes.moved_sources);
    return inserts;
  }

 private:
  arrow::Result<RowBitmap> NewBitmap(int64_t num_rows) {
    ARROW_RETURN_NOT_OK(bitmaps_.Grow(RowBitmap::BytesFor(num_rows), "row selection"));
    return RowBitmap(num_rows);
  }

  /// Of source rows with one key all but one have no say.
  arrow::Status FindSourceLosers() {
    WinnerQuestion asked;
    for (const SharedColumn& key : question_->key)
      asked.key_columns.push_back(key.source);
    asked.order_columns = question_->source_order;
    asked.keep = options_.source_duplicates == SourceDuplicates::kFirst
                     ? KeepPolicy::kFirst
                     : KeepPolicy::kLast;
    WinnerSearch search(run_, source_, std::move(asked));
    ARROW_ASSIGN_OR_RAISE(losers_, search.FindLosers());
    report_->bytes_read += search.bytes_read();
    const int64_t duplicates = losers_.Count();
    report_->merge->source_duplicates = duplicates;
    if (duplicates == 0 || options_.source_duplicates != SourceDuplicates::kError) {
      return arrow::Status::OK();
    }
    return Error(ErrorKind::kInvalidOption, "the source has several rows with one key")
        .Fact("surplus rows", std::to_string(duplicates))
        .Hint(
            "set source-duplicates to last or first, or name source-order-by; check "
            "lists the keys");
  }

  arrow::Status FindDeletions() {
    if (question_->delete_when < 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(deletions_, NewBitmap(source_->num_rows()));
    KeyScanner scanner(run_->fs(), source_, {question_->delete_when}, run_->pool());
    for (const RowGroupRef& group : source_->RowGroups()) {
      if (group.num_rows == 0) continue;
      ARROW_RETURN_NOT_OK(scanner.Scan(
          group, RunContext::kDefaultChunkRows,
          [&](const arrow::RecordBatch& batch, int64_t first_row) {
            const auto& flags = static_cast<const arrow::BooleanArray&>(*batch.column(0));
            for (int64_t i = 0; i < flags.length(); ++i) {
              if (flags.IsValid(i) && flags.Value(i)) deletions_.Add(first_row + i);
            }
            return arrow::Status::OK();
          }));
    }
    report_->bytes_read += scanner.bytes_read();
    return arrow::Status::OK();
  }

  arrow::Status Match(RowPairs* pairs) {
    ARROW_ASSIGN_OR_RAISE(matched_, NewBitmap(target_->num_rows()));
    ARROW_ASSIGN_OR_RAISE(met_, NewBitmap(source_->num_rows()));
    GroupsWithKeys looked_at{target_->RowGroups(), {}, 0};
    MergeReport& merge = *report_->merge;
    merge.pruned_row_groups = static_cast<int64_t>(looked_at.groups.size());
    if (options_.prune) {
      ARROW_ASSIGN_OR_RAISE(looked_at,
                            FindGroupsWithKeys(run_, *target_, source_, *question_));
    }
    merge.pruned_row_groups -= static_cast<int64_t>(looked_at.groups.size());
    merge.pruned = looked_at.pruned;
    report_->bytes_read += looked_at.bytes_read;
    const bool wants_pairs = Updates(options_.strategy);
    KeyMatch match(run_, target_, std::move(looked_at.groups), source_, &losers_,
                   question_);
    ARROW_RETURN_NOT_OK(
        match.Execute([&](std::span<const RowPair> found) -> arrow::Status {
          for (const RowPair& pair : found) {
            matched_.Add(pair.target);
            met_.Add(pair.source);
          }
          return wants_pairs ? pairs->Add(found) : arrow::Status::OK();
        }));
    ARROW_RETURN_NOT_OK(pairs->Finish());
    merge.passes = match.passes();
    report_->engine.name = "auto";
    report_->engine.key_form = match.form() == KeyForm::kInline ? "inline" : "bytes";
    report_->engine.records = match.records();
    report_->chunks = match.chunks().count();
    report_->chunk_sizes = match.chunks().sizes();
    report_->bytes_read += match.bytes_read();
    return arrow::Status::OK();
  }

  /// Target rows that go because of their key alone.
  arrow::Result<RowBitmap> DropRows() {
    ARROW_ASSIGN_OR_RAISE(RowBitmap dropped, NewBitmap(target_->num_rows()));
    const bool deletes = options_.strategy == MergeStrategy::kDelete;
    if (!deletes && options_.strategy != MergeStrategy::kSync) return dropped;
    for (int64_t row = 0; row < target_->num_rows(); ++row) {
      if (matched_.Contains(row) == deletes) dropped.Add(row);
    }
    return dropped;
  }

  /// Source rows that the target lacks; counts those that are of no use.
  arrow::Result<RowBitmap> RowsToComeIn() {
    ARROW_ASSIGN_OR_RAISE(RowBitmap rows, NewBitmap(source_->num_rows()));
    for (int64_t row = 0; row < source_->num_rows(); ++row) {
      if (losers_.Contains(row)) continue;
      const bool met = met_.Contains(row);
      const bool deletion = question_->delete_when >= 0 && deletions_.Contains(row);
      if (!met && !deletion && Inserts(options_.strategy)) {
        rows.Add(row);
      } else if (!met || options_.strategy == MergeStrategy::kInsert) {
        ++report_->merge->ignored;
      }
    }
    return rows;
  }

  Run* const run_;
  const MergeOptions& options_;
  const std::shared_ptr<const Inventory> target_, source_;
  const MergeQuestion* const question_;
  Report* const report_;
  MemoryReservation bitmaps_;
  RowBitmap losers_, deletions_;  ///< of the source
  RowBitmap matched_;             ///< target rows whose key is in the source
  RowBitmap met_;                 ///< source rows whose key is in the target
};

arrow::Status CheckSource(const Inventory& source, const MergeOptions& options) {
  if (source.num_rows() > 0 || options.strategy != MergeStrategy::kSync ||
      options.allow_empty_source) {
    return arrow::Status::OK();
  }
  return Error(ErrorKind::kInvalidOption,
               "the source has no rows, so sync would empty the target")
      .Hint("set allow-empty-source if that is meant");
}

void DescribeDatasets(const Inventory& target, bool target_exists,
                      const Inventory& source, Report* report) {
  MergeReport& merge = *report->merge;
  merge.source_rows = source.num_rows();
  merge.target_rows_before = target.num_rows();
  report->rows_in = source.num_rows() + target.num_rows();
  report->files_in = static_cast<int64_t>(source.files().size());
  report->bytes_in = source.num_bytes();
  if (!target_exists) return;
  report->files_in += static_cast<int64_t>(target.files().size());
  report->bytes_in += target.num_bytes();
}

/// Counts the rows of the result by its own footers and holds them against what was done.
arrow::Status Measure(Run* run, MergeOutput* output, Report* report) {
  MergeReport& merge = *report->merge;
  const int64_t expected = merge.target_rows_before + merge.inserted - merge.deleted;
  merge.target_rows_after = expected;
  if (output != nullptr) {
    ARROW_RETURN_NOT_OK(run->EnterStage("verify", 0, 0));
    ARROW_ASSIGN_OR_RAISE(merge.target_rows_after, output->CountRows(&report->files_out));
  }
  report->rows_kept = merge.target_rows_after;
  report->rows_dropped = merge.deleted;
  if (merge.target_rows_after == expected) return arrow::Status::OK();
  return Error(ErrorKind::kVerification, "the result has a wrong number of rows")
      .Fact("expected", std::to_string(expected))
      .Fact("written", std::to_string(merge.target_rows_after))
      .Hint("this is a defect of planish; nothing was published");
}

arrow::Status WriteMerge(Run* run, const MergeOptions& options,
                         const std::shared_ptr<const Inventory>& target,
                         const std::shared_ptr<const Inventory>& source,
                         MergeOutput* output, Report* report) {
  ARROW_ASSIGN_OR_RAISE(const MergeQuestion question,
                        ResolveMerge(*target, *source, options));
  RowsToInsert inserts;
  if (options.engine == Engine::kReference) {
    ARROW_ASSIGN_OR_RAISE(inserts, ChangeTargetNaively(run, target, source, question,
                                                       options, output, report));
  } else {
    Merger merger(run, options, target, source, &question, report);
    ARROW_ASSIGN_OR_RAISE(inserts, merger.ChangeTarget(output));
  }
  if (output == nullptr) return arrow::Status::OK();
  return InsertRows(run, target, source, question, options, inserts.rows, inserts.moved,
                    output, report);
}

/// The source as data files: IPC files are made Parquet.
arrow::Result<std::shared_ptr<const Inventory>> OpenSource(Run* run,
                                                           const MergeOptions& options) {
  const IpcImport import(run->fs(), run->scratch(), run->context().memory_limit,
                         options.writer, run->pool());
  return Inventory::Make(run->fs(), options.source, /*hive=*/true, /*by_size=*/false,
                         run->pool(), {}, &import);
}

/// Merges, and publishes if there is a place for it.
arrow::Status MergeAndPublish(Run* run, const MergeOptions& options,
                              Publication* publication, Report* report) {
  report->merge.emplace();
  DatasetOptions both = options.source;
  both.inputs.push_back(options.target);
  ARROW_RETURN_NOT_OK(CheckInputsFinished(run->fs(), both));
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenSource(run, options));
  ARROW_RETURN_NOT_OK(CheckSource(*source, options));
  ARROW_ASSIGN_OR_RAISE(MergeTarget target, OpenTarget(run, options, *source));
  const int known_columns = target.inventory->num_data_columns();
  if (options.extra_columns == ExtraSourceColumns::kAdd) {
    ARROW_ASSIGN_OR_RAISE(target.inventory,
                          WithColumnsOf(*source, options, std::move(target.inventory)));
  }
  DescribeDatasets(*target.inventory, target.exists, *source, report);
  std::optional<MergeOutput> output;
  if (publication != nullptr) output.emplace(run, publication, target.exists);
  MergeOutput* const place = output ? &*output : nullptr;
  ARROW_RETURN_NOT_OK(WriteMerge(run, options, target.inventory, source, place, report));
  const MergeReport& merge = *report->merge;
  if (report->files.transcoded > 0 || merge.inserted + merge.moved > 0) {
    report->merge->added_columns = target.inventory->num_data_columns() - known_columns;
  }
  ARROW_RETURN_NOT_OK(Measure(run, place, report));
  ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *source));
  // In place, publishing asks that of the target, and whether files have come.
  if (target.exists && !options.in_place) {
    ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *target.inventory));
  }
  if (publication == nullptr) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
  if (publication->in_place() && output->changes().empty()) return arrow::Status::OK();
  return publication->Publish(output->changes(), &report->publish);
}

/// Null for a dry run.
arrow::Result<std::unique_ptr<Publication>> PlaceResult(Run* run,
                                                        const MergeOptions& options,
                                                        Report* report) {
  if (options.dry_run) return nullptr;
  if (!options.in_place) return PublishToDirectory(run, options.output);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, run->fs()->Stat(options.target));
  if (!status.exists) return PublishToDirectory(run, options.target);
  DatasetOptions dataset;
  dataset.inputs = {options.target};
  return PublishInPlace(run, dataset, options.in_place_options, &report->publish);
}

/// Writes a stream where the source's files are looked for.
arrow::Result<std::string> SpoolSource(Run* run, arrow::RecordBatchReader* source) {
  if (run->scratch() == nullptr) {
    return Error(ErrorKind::kInvalidOption, "a stream as source needs scratch")
        .Hint("set temp_dir to a directory with room for it");
  }
  ARROW_RETURN_NOT_OK(run->EnterStage("spool", 0, 0));
  ARROW_ASSIGN_OR_RAISE(std::string path, run->scratch()->NewPath("source.parquet"));
  BatchWriterOptions options;
  options.row_group_bytes =
      std::min(run->budget()->limit() / 16, options.row_group_bytes);
  ARROW_ASSIGN_OR_RAISE(auto writer, BatchWriter::Make(run->fs(), path, source->schema(),
                                                       options, run->pool()));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(source->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
    ARROW_RETURN_NOT_OK(run->Advance(batch->num_rows(), 0));
  }
  ARROW_RETURN_NOT_OK(writer->Finish());
  return path;
}

/// Opens a stream with the memory of a run.
using OpenStream =
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>(Run*)>;

arrow::Result<Report> RunMerge(const MergeOptions& options, const RunContext& context,
                               const OpenStream& open) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<Run> run,
      Run::Make(context, ReadRetries(options.on_error, options.retries)));
  Report report;
  report.verb = "merge";
  report.dry_run = options.dry_run;
  report.options = DescribeOptions(options, context);
  ARROW_RETURN_NOT_OK(run->EnterStage("dataset", 0, 0));
  ARROW_ASSIGN_OR_RAISE(const auto publication, PlaceResult(run.get(), options, &report));
  MergeOptions resolved = options;
  if (open) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, open(run.get()));
    ARROW_ASSIGN_OR_RAISE(const std::string path, SpoolSource(run.get(), stream.get()));
    resolved.source.inputs = {path};
  }
  ARROW_RETURN_NOT_OK(MergeAndPublish(run.get(), resolved, publication.get(), &report));
  report.memory.estimated_bytes = PeakResidentBytes();
  run->Complete(&report);
  return report;
}

/// `options` with a name for what is not among the inputs.
arrow::Result<MergeOptions> FromStream(const MergeOptions& options) {
  if (!options.source.inputs.empty()) {
    return Error(ErrorKind::kInvalidOption, "a stream and inputs exclude each other");
  }
  MergeOptions named = options;
  named.source.inputs = {"-"};
  return named;
}

}  // namespace

arrow::Result<Report> Merge(const MergeOptions& options, const RunContext& context) {
  return RunMerge(options, context, {});
}

arrow::Result<Report> MergeStream(const std::shared_ptr<arrow::RecordBatchReader>& source,
                                  const MergeOptions& options,
                                  const RunContext& context) {
  ARROW_ASSIGN_OR_RAISE(const MergeOptions named, FromStream(options));
  return RunMerge(named, context, [&](Run*) { return source; });
}

arrow::Result<Report> MergeIpcStream(std::shared_ptr<arrow::io::InputStream> source,
                                     const MergeOptions& options,
                                     const RunContext& context) {
  ARROW_ASSIGN_OR_RAISE(const MergeOptions named, FromStream(options));
  return RunMerge(named, context, [&](Run* run) {
    return ReadIpcStream(std::move(source), "source", run->pool());
  });
}

}  // namespace planish
