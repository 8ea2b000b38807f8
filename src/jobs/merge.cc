// SPDX-License-Identifier: Apache-2.0
#include "planish/merge.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "base/resident_memory.h"
#include "dataset/inventory.h"
#include "dataset/ipc_import.h"
#include "format/batch_writer.h"
#include "format/ipc_source.h"
#include "jobs/dedup_question.h"
#include "jobs/in_place_publication.h"
#include "jobs/merge_by_lookup.h"
#include "jobs/merge_inserts.h"
#include "jobs/merge_naively.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/merge_target.h"
#include "jobs/merge_verification.h"
#include "jobs/publication.h"
#include "jobs/run.h"
#include "jobs/unfinished_inputs.h"

namespace planish {

namespace {

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

/// Returns how many rows of the target have a key of the source.
arrow::Result<int64_t> WriteMerge(Run* run, const MergeOptions& options,
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
    ARROW_ASSIGN_OR_RAISE(inserts, ChangeTargetByLookup(run, target, source, question,
                                                        options, output, report));
  }
  if (output == nullptr) return inserts.matched;
  ARROW_RETURN_NOT_OK(InsertRows(run, target, source, question, options, inserts.rows,
                                 inserts.moved, output, report));
  return inserts.matched;
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
  ARROW_ASSIGN_OR_RAISE(const int64_t matched, WriteMerge(run, options, target.inventory,
                                                          source, place, report));
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
  const bool unchanged = publication->in_place() && output->changes().empty();
  if (options.verify && !unchanged && report->files_out > 0) {
    ARROW_ASSIGN_OR_RAISE(const std::string view,
                          publication->View(*target.inventory, output->changes()));
    ARROW_RETURN_NOT_OK(
        VerifyMerge(run, options, *target.inventory, source, view, matched, report));
  }
  ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
  if (unchanged) return arrow::Status::OK();
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
