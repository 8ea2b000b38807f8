// SPDX-License-Identifier: Apache-2.0
#include "planish/dedup.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "dataset/inventory.h"
#include "dataset/ipc_import.h"
#include "dataset/order_by.h"
#include "jobs/dataset_rewrite.h"
#include "jobs/dedup_decision.h"
#include "jobs/dedup_question.h"
#include "jobs/false_statistics.h"
#include "jobs/in_place_publication.h"
#include "jobs/option_checks.h"
#include "jobs/other_files.h"
#include "jobs/page_verification.h"
#include "jobs/plan_report.h"
#include "jobs/publication.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "jobs/unfinished_inputs.h"
#include "jobs/winner_search.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

namespace {

/// The question whether `result` has a key twice. A column that only files without
/// surviving rows had is null in every row left, and tells none of them apart.
arrow::Result<DedupQuestion> UniquenessQuestion(const Inventory& result,
                                                DedupOptions options) {
  const bool keyed = !options.key.empty();
  options.order_by.clear();
  std::erase_if(options.key, [&](const std::string& name) {
    return result.schema()->GetFieldIndex(name) < 0;
  });
  ARROW_ASSIGN_OR_RAISE(DedupQuestion question, ResolveQuestion(result, options));
  if (keyed && options.key.empty()) {
    question.key_columns = ScopedKey(result, {}, options.scope);
  }
  return question;
}

/// Proves that the result, read at `view`, holds the rows it must and no key twice.
arrow::Status Verify(Run* run, const DedupOptions& options, const Inventory& source,
                     const RewritePlan& plan, const std::string& view) {
  ARROW_RETURN_NOT_OK(run->EnterStage("verify", plan.rows_kept, 0));
  DatasetOptions dataset = options.dataset;
  dataset.inputs = {view};
  // What is held against the values is not to be taken from what files say of them.
  dataset.trust = Trust::kNothing;
  const bool loop = options.semantics == Semantics::kLoop;
  ARROW_ASSIGN_OR_RAISE(auto result, Inventory::MakeOfOwnFiles(run->fs(), dataset, !loop,
                                                               loop, run->pool()));
  if (result->num_rows() != plan.rows_kept) {
    return Error(ErrorKind::kVerification, "output has a wrong number of rows")
        .Fact("expected", std::to_string(plan.rows_kept))
        .Fact("written", std::to_string(result->num_rows()))
        .Hint("this is a defect of planish; nothing was published");
  }
  ARROW_ASSIGN_OR_RAISE(const DedupQuestion question,
                        UniquenessQuestion(*result, options));
  WinnerQuestion asked = WinnerQuestionOf(question, options);
  asked.stage = "verify";
  WinnerSearch search(run, result, std::move(asked));
  ARROW_ASSIGN_OR_RAISE(const RowBitmap losers, search.FindLosers());
  if (losers.Count() == 0) return arrow::Status::OK();
  if (source.trust() == Trust::kStatistics) {
    ARROW_ASSIGN_OR_RAISE(const DedupQuestion trusted, ResolveQuestion(source, options));
    ARROW_RETURN_NOT_OK(CheckStatisticsAreTrue(run, source, trusted.key_columns));
  }
  return Error(ErrorKind::kVerification, "output still has duplicate keys")
      .Fact("rows", std::to_string(losers.Count()))
      .Hint("this is a defect of planish; nothing was published");
}

RewritePlan PlanOf(const DedupOptions& options, const DedupDecision& decision,
                   const SkippedChunks& skipped) {
  const bool naive = options.engine == Engine::kReference;
  RewritePlan plan = MakeRewritePlan(decision.inventory->files(), decision.losers,
                                     options.optimizations.copy_files && !naive,
                                     options.optimizations.copy_row_groups && !naive);
  for (const int file : skipped.files_copied_by_row_groups()) {
    FilePlan& planned = plan.files[static_cast<size_t>(file)];
    if (planned.fate == Fate::kCopy) planned.fate = Fate::kTranscode;
  }
  if (options.in_place) LeaveFilesWithoutLosers(&plan);
  return plan;
}

/// Bytes of the files that are written anew: about what that takes.
int64_t BytesToStage(const Inventory& inventory, const RewritePlan& plan) {
  int64_t bytes = 0;
  for (const FilePlan& file : plan.files) {
    if (!file.WritesFile()) continue;
    bytes += inventory.files()[static_cast<size_t>(file.file)].identity.size;
  }
  return bytes;
}

arrow::Status Write(Run* run, const DedupOptions& options, const DedupDecision& decision,
                    const RewritePlan& plan, Publication* publication,
                    SkippedChunks* skipped, Report* report) {
  const int64_t bytes = BytesToStage(*decision.inventory, plan);
  ARROW_RETURN_NOT_OK(publication->CheckSpace(bytes));
  ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication->files());
  ARROW_RETURN_NOT_OK(run->EnterStage("rewrite", decision.inventory->num_rows(), bytes));
  const bool naive = options.engine == Engine::kReference;
  return (naive ? RewriteDatasetNaively : RewriteDataset)(run, *decision.inventory, plan,
                                                          decision.losers, options.writer,
                                                          files, skipped, report);
}

/// Reads again what was written: the inventory's files that the plan writes.
arrow::Status VerifyWritten(Run* run, const Inventory& inventory, const RewritePlan& plan,
                            Publication* publication, SkippedChunks* skipped,
                            Report* report) {
  ARROW_ASSIGN_OR_RAISE(StagedFiles * staged, publication->files());
  std::vector<WrittenFile> written;
  for (const FilePlan& planned : plan.files) {
    if (!planned.WritesFile()) continue;
    const DataFile& source = inventory.files()[static_cast<size_t>(planned.file)];
    std::vector<int> row_groups;
    for (const RowGroupPlan& group : planned.row_groups) {
      if (group.fate == Fate::kDrop || group.fate == Fate::kSkip) continue;
      row_groups.push_back(group.row_group);
    }
    written.push_back(
        {staged->PathOf(source.relative_path), &source, std::move(row_groups)});
  }
  return VerifyPages(run, inventory, written, skipped, report);
}

/// What is to be written, and about which files.
struct Outcome {
  std::shared_ptr<const Inventory> inventory;
  RewritePlan plan;
};

/// Decides, plans, and writes unless that is not wanted, until nothing more turns up that
/// cannot be read: a row that cannot be written must not have won against another.
arrow::Result<Outcome> DecideAndWrite(Run* run, const DedupOptions& options,
                                      std::shared_ptr<const Inventory> inventory,
                                      SkippedChunks* skipped, Publication* publication,
                                      Report* report) {
  ARROW_ASSIGN_OR_RAISE(const DedupQuestion question,
                        ResolveQuestion(*inventory, options));
  while (true) {
    Report attempt = *report;
    ARROW_ASSIGN_OR_RAISE(
        const DedupDecision decision,
        DecideLosers(run, options, question, std::move(inventory), skipped, &attempt));
    RewritePlan plan = PlanOf(options, decision, *skipped);
    DescribePlan(*decision.inventory, plan, *skipped, options.dry_run, &attempt);
    const size_t known = skipped->num_findings();
    const bool writes =
        publication != nullptr &&
        !(publication->in_place() && ChangesOf(*decision.inventory, plan).empty());
    if (writes) {
      ARROW_RETURN_NOT_OK(
          Write(run, options, decision, plan, publication, skipped, &attempt));
    }
    if (writes && options.verify && skipped->num_findings() == known) {
      ARROW_RETURN_NOT_OK(
          VerifyWritten(run, *decision.inventory, plan, publication, skipped, &attempt));
    }
    if (skipped->num_findings() == known) {
      *report = std::move(attempt);
      return Outcome{decision.inventory, std::move(plan)};
    }
    report->bytes_read = attempt.bytes_read;
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(decision.inventory));
    ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication->files());
    ARROW_RETURN_NOT_OK(files->Clear());
  }
}

/// What there is to read. In place, that has to be Parquet.
arrow::Result<std::shared_ptr<const Inventory>> TakeInventory(Run* run,
                                                              const DedupOptions& options,
                                                              SkippedChunks* skipped,
                                                              Report* report) {
  const bool loop = options.semantics == Semantics::kLoop;
  const IpcImport import(run->fs(), run->scratch(), run->context().memory_limit,
                         options.writer, run->pool());
  ARROW_ASSIGN_OR_RAISE(
      auto found, Inventory::Make(run->fs(), options.dataset, !loop, loop, run->pool(),
                                  skipped->FileSkipper(), &import));
  NoteOtherFiles(run, *found, report);
  ARROW_ASSIGN_OR_RAISE(auto inventory, skipped->Rest(found));
  for (const DataFile& file : inventory->files()) {
    if (!options.in_place || file.stored_path == file.path) continue;
    return Error(ErrorKind::kUnsupported, "an Arrow IPC file cannot be changed in place")
        .File(file.path)
        .Hint(
            "write the result to a new directory, or leave that file out with "
            "`exclude`");
  }
  return inventory;
}

/// Opens every staged file once more: its footer has to be whole, and to have the rows
/// that were to stay.
arrow::Status CheckStagedRows(Run* run, const Inventory& inventory,
                              const RewritePlan& plan, Publication* publication) {
  ARROW_ASSIGN_OR_RAISE(StagedFiles * files, publication->files());
  for (const FilePlan& planned : plan.files) {
    if (!planned.WritesFile()) continue;
    const DataFile& source = inventory.files()[static_cast<size_t>(planned.file)];
    const std::string path = files->PathOf(source.relative_path);
    ARROW_ASSIGN_OR_RAISE(const auto input, run->fs()->OpenInput(path));
    ARROW_ASSIGN_OR_RAISE(const auto staged, ParquetFile::Open(input, run->pool()));
    int64_t rows = 0;
    for (int group = 0; group < staged->footer().num_row_groups(); ++group) {
      rows += staged->footer().row_group_num_rows(group);
    }
    if (rows == planned.rows_kept) continue;
    return Error(ErrorKind::kVerification, "staged file has a wrong number of rows")
        .File(path)
        .Fact("expected", std::to_string(planned.rows_kept))
        .Fact("written", std::to_string(rows))
        .Hint("this is a defect of planish; nothing was published");
  }
  return arrow::Status::OK();
}

arrow::Status VerifyAndPublish(Run* run, const DedupOptions& options,
                               const Outcome& outcome, Publication* publication,
                               Report* report) {
  const DatasetChanges changes = ChangesOf(*outcome.inventory, outcome.plan);
  const bool unchanged = publication->in_place() && changes.empty();
  if (options.verify && !unchanged) {
    ARROW_ASSIGN_OR_RAISE(const std::string view,
                          publication->View(*outcome.inventory, changes));
    ARROW_RETURN_NOT_OK(Verify(run, options, *outcome.inventory, outcome.plan, view));
    report->verified = true;
  }
  if (unchanged) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
  if (publication->in_place()) {
    ARROW_RETURN_NOT_OK(
        CheckStagedRows(run, *outcome.inventory, outcome.plan, publication));
  }
  return publication->Publish(changes, &report->publish);
}

arrow::Result<std::unique_ptr<Publication>> PlaceResult(Run* run,
                                                        const DedupOptions& options,
                                                        PublishReport* report) {
  if (options.in_place) {
    return PublishInPlace(run, options.dataset, DirectoryFiles::kParquetAndIpc,
                          options.in_place_options, report);
  }
  ARROW_RETURN_NOT_OK(CheckOutsideTables(run->fs(), options.output,
                                         options.dataset.ignore_table_log, "the output"));
  return PublishToDirectory(run, options.output);
}

arrow::Result<Report> RunDedup(const DedupOptions& options, const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<Run> run,
      Run::Make(context, ReadRetries(options.on_error, options.retries)));
  Report report;
  report.verb = "dedup";
  report.dry_run = options.dry_run;
  report.options = DescribeOptions(options, context);

  ARROW_RETURN_NOT_OK(run->EnterStage("dataset", 0, 0));
  std::unique_ptr<Publication> publication;
  if (!options.dry_run) {
    ARROW_ASSIGN_OR_RAISE(publication, PlaceResult(run.get(), options, &report.publish));
  } else if (options.in_place) {
    ARROW_RETURN_NOT_OK(
        CheckIsDirectory(run->fs(), options.dataset.inputs.front(), "the dataset"));
  }
  ARROW_RETURN_NOT_OK(CheckInputsFinished(run->fs(), options.dataset));
  SkippedChunks skipped(run.get(), options.on_error, options.in_place);
  ARROW_ASSIGN_OR_RAISE(auto inventory,
                        TakeInventory(run.get(), options, &skipped, &report));
  ARROW_ASSIGN_OR_RAISE(const Outcome outcome,
                        DecideAndWrite(run.get(), options, std::move(inventory), &skipped,
                                       publication.get(), &report));
  // In place, publishing asks that, and whether files have come.
  if (!options.in_place) {
    ARROW_RETURN_NOT_OK(CheckUnchanged(run->fs(), *outcome.inventory));
  }
  if (publication != nullptr) {
    ARROW_RETURN_NOT_OK(
        VerifyAndPublish(run.get(), options, outcome, publication.get(), &report));
  }
  run->Complete(&report);
  return report;
}

}  // namespace

arrow::Result<Report> Dedup(const DedupOptions& options, const RunContext& context) {
  return WithoutExceptions([&] { return RunDedup(options, context); });
}

}  // namespace planish
