// SPDX-License-Identifier: Apache-2.0
#include "planish/merge.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "dataset/inventory.h"
#include "format/ipc_source.h"
#include "jobs/dedup_question.h"
#include "jobs/in_place_publication.h"
#include "jobs/merge_by_lookup.h"
#include "jobs/merge_inserts.h"
#include "jobs/merge_naively.h"
#include "jobs/merge_output.h"
#include "jobs/merge_question.h"
#include "jobs/merge_skips.h"
#include "jobs/merge_source.h"
#include "jobs/merge_target.h"
#include "jobs/merge_verification.h"
#include "jobs/option_checks.h"
#include "jobs/page_verification.h"
#include "jobs/publication.h"
#include "jobs/run.h"
#include "jobs/unfinished_inputs.h"

namespace planish {

namespace {

/// Rows of the target that are not in the result because they cannot be read.
int64_t RowsLeftOut(const Inventory& target, const MergeOptions& options) {
  int64_t rows = 0;
  if (options.in_place) return rows;
  for (const DataFile& file : target.files()) {
    for (const int row_group : file.skipped_row_groups) {
      rows += file.row_group_rows[static_cast<size_t>(row_group)];
    }
  }
  return rows;
}

/// Counts the rows of the result by its own footers and holds them against what was done.
arrow::Status Measure(Run* run, const MergeOptions& options, const Inventory& target,
                      MergeOutput* output, Report* report) {
  MergeReport& merge = *report->merge;
  const int64_t expected = merge.target_rows_before + merge.inserted - merge.deleted -
                           RowsLeftOut(target, options);
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

/// The stand-in for a target that is made is no file of anybody's.
void ForgetStandIn(Report* report) {
  for (FateCounts* const counts : {&report->files, &report->row_groups}) {
    const int64_t of_source = counts->skipped;
    *counts = FateCounts();
    counts->skipped = of_source;
  }
}

/// Returns how many rows of the target have a key of the source.
arrow::Result<int64_t> WriteMerge(Run* run, const MergeOptions& options,
                                  const MergeSides& sides, MergeSkips* skips,
                                  MergeOutput* output, Report* report) {
  const auto& target = sides.target.inventory;
  ARROW_ASSIGN_OR_RAISE(const MergeQuestion question,
                        ResolveMerge(*target, *sides.source, options));
  RowsToInsert inserts;
  if (options.engine == Engine::kReference) {
    ARROW_ASSIGN_OR_RAISE(
        inserts, ChangeTargetNaively(run, target, sides.source, question, options, output,
                                     report));
  } else {
    ARROW_ASSIGN_OR_RAISE(inserts, ChangeTargetByLookup(run, sides, question, options,
                                                        output, skips, report));
  }
  if (!sides.target.exists) ForgetStandIn(report);
  ARROW_RETURN_NOT_OK(InsertRows(run, target, sides.source, question, options,
                                 inserts.rows, inserts.moved, output, report));
  return inserts.matched;
}

/// Reads again what was written, whatever of it was copied.
arrow::Status VerifyWritten(Run* run, const Inventory& target, MergeSkips* skips,
                            MergeOutput* output, Report* report) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<WrittenFile> written, output->Written(target));
  return VerifyPages(run, target, written, skips->target(), report);
}

/// Decides and writes until nothing more turns up that cannot be read: what was decided
/// with it does not hold. Returns what WriteMerge does.
arrow::Result<int64_t> DecideAndWrite(Run* run, const MergeOptions& options,
                                      MergeSides* sides, MergeSkips* skips,
                                      Publication* publication,
                                      std::optional<MergeOutput>* output,
                                      Report* report) {
  while (true) {
    Report attempt = *report;
    skips->Describe(*sides, &attempt);
    if (publication != nullptr) output->emplace(run, publication, sides->target.exists);
    const size_t known = skips->num_findings();
    const arrow::Result<int64_t> written =
        WriteMerge(run, options, *sides, skips, *output ? &**output : nullptr, &attempt);
    if (written.ok() && options.verify && skips->num_findings() == known) {
      ARROW_RETURN_NOT_OK(
          VerifyWritten(run, *sides->target.inventory, skips, &**output, &attempt));
    }
    if (skips->num_findings() == known) {
      if (written.ok()) {
        *report = std::move(attempt);
        return written;
      }
      ARROW_RETURN_NOT_OK(skips->SkipWhatFailed(*sides, written.status()));
    }
    report->bytes_read = attempt.bytes_read;
    ARROW_RETURN_NOT_OK(skips->TakeOut(sides));
    if (!*output || !(*output)->has_staged()) continue;
    ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication->files());
    ARROW_RETURN_NOT_OK(files->Clear());
  }
}

/// Merges, and publishes if there is a place for it. `spooled`: the source is in scratch.
arrow::Status MergeAndPublish(Run* run, const MergeOptions& options, bool spooled,
                              Publication* publication, Report* report) {
  report->merge.emplace();
  DatasetOptions both = options.source;
  both.inputs.push_back(options.target);
  ARROW_RETURN_NOT_OK(CheckInputsFinished(run->fs(), both));
  MergeSkips skips(run, options, spooled);
  MergeSides sides;
  ARROW_ASSIGN_OR_RAISE(sides.source,
                        OpenMergeSource(run, options, skips.source(), report));
  ARROW_ASSIGN_OR_RAISE(sides.target,
                        OpenTarget(run, options, *sides.source, skips.target(), report));
  std::shared_ptr<const Inventory>& target = sides.target.inventory;
  if (spooled) sides.source = sides.source->Named(kSourceStreamName);
  sides.source = WithTimezonesOf(*target, options, std::move(sides.source));
  const int known_columns = target->num_data_columns();
  if (options.extra_columns == ExtraSourceColumns::kAdd) {
    ARROW_ASSIGN_OR_RAISE(target,
                          WithColumnsOf(*sides.source, options, std::move(target)));
  }
  std::optional<MergeOutput> output;
  ARROW_ASSIGN_OR_RAISE(
      const int64_t matched,
      DecideAndWrite(run, options, &sides, &skips, publication, &output, report));
  const MergeReport& merge = *report->merge;
  if (report->files.transcoded > 0 || merge.inserted + merge.moved > 0) {
    report->merge->added_columns = target->num_data_columns() - known_columns;
  }
  ARROW_RETURN_NOT_OK(
      Measure(run, options, *target, output ? &*output : nullptr, report));
  ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *sides.source));
  // In place, publishing asks that of the target, and whether files have come.
  if (sides.target.exists && !options.in_place) {
    ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *target));
  }
  if (publication == nullptr) return arrow::Status::OK();
  const bool unchanged = publication->in_place() && output->changes().empty();
  if (options.verify && !unchanged && report->files_out > 0) {
    ARROW_ASSIGN_OR_RAISE(const std::string view,
                          publication->View(*target, output->changes()));
    ARROW_RETURN_NOT_OK(
        VerifyMerge(run, options, *target, sides.source, view, matched, report));
  }
  if (unchanged) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
  output->SetUnread(*target);
  return publication->Publish(output->changes(), &report->publish);
}

/// Null for a dry run.
arrow::Result<std::unique_ptr<Publication>> PlaceResult(Run* run,
                                                        const MergeOptions& options,
                                                        Report* report) {
  // Before anything is made for it.
  ARROW_RETURN_NOT_OK(CheckTarget(run, options));
  if (options.dry_run) return nullptr;
  const bool ignore_log = options.ignore_table_log;
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, run->fs()->Stat(options.target));
  if (options.in_place && status.exists) {
    return PublishInPlace(run, TargetDataset(options), DirectoryFiles::kParquet,
                          options.in_place_options, &report->publish);
  }
  if (options.in_place) {
    ARROW_RETURN_NOT_OK(
        CheckOutsideTables(run->fs(), options.target, ignore_log, "the target"));
    return PublishToDirectory(run, options.target);
  }
  ARROW_RETURN_NOT_OK(
      CheckOutsideTables(run->fs(), options.output, ignore_log, "the output"));
  return PublishToDirectory(run, options.output);
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
  if (options.trust == Trust::kNothing) resolved.source.trust = Trust::kNothing;
  if (options.missing_columns == MissingSourceColumns::kNull) {
    resolved.source.missing_columns = MissingColumns::kNull;
  }
  if (open) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, open(run.get()));
    ARROW_ASSIGN_OR_RAISE(
        resolved.source,
        SpoolMergeSource(run.get(), resolved.source.missing_columns, stream.get()));
    resolved.source.ignore_table_log = true;  // it is where scratch is
  }
  ARROW_RETURN_NOT_OK(
      MergeAndPublish(run.get(), resolved, open != nullptr, publication.get(), &report));
  run->Complete(&report);
  return report;
}

/// `options` with a name for what is not among the inputs.
arrow::Result<MergeOptions> FromStream(const MergeOptions& options) {
  if (!options.source.inputs.empty()) {
    return Error(ErrorKind::kInvalidOption, "a stream and inputs exclude each other");
  }
  if (!options.source.include.empty() || !options.source.exclude.empty()) {
    return Error(ErrorKind::kInvalidOption,
                 "a stream has no files to include or exclude: leave that out");
  }
  MergeOptions named = options;
  named.source.inputs = {"-"};
  return named;
}

}  // namespace

arrow::Result<Report> Merge(const MergeOptions& options, const RunContext& context) {
  return WithoutExceptions([&] { return RunMerge(options, context, {}); });
}

arrow::Result<Report> MergeStream(const std::shared_ptr<arrow::RecordBatchReader>& source,
                                  const MergeOptions& options,
                                  const RunContext& context) {
  ARROW_ASSIGN_OR_RAISE(const MergeOptions named, FromStream(options));
  return WithoutExceptions(
      [&] { return RunMerge(named, context, [&](Run*) { return source; }); });
}

arrow::Result<Report> MergeIpcStream(std::shared_ptr<arrow::io::InputStream> source,
                                     const MergeOptions& options,
                                     const RunContext& context) {
  ARROW_ASSIGN_OR_RAISE(const MergeOptions named, FromStream(options));
  const auto open = [&](Run* run) {
    return ReadIpcStream(std::move(source), "source", run->pool());
  };
  return WithoutExceptions([&] { return RunMerge(named, context, open); });
}

}  // namespace planish
