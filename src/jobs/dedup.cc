// SPDX-License-Identifier: Apache-2.0
#include "planish/dedup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/error_builder.h"
#include "dataset/inventory.h"
#include "dataset/ipc_import.h"
#include "dataset/order_by.h"
#include "jobs/dataset_rewrite.h"
#include "jobs/dedup_question.h"
#include "jobs/plan_report.h"
#include "jobs/run.h"
#include "jobs/skipped_chunks.h"
#include "jobs/winner_search.h"
#include "publish/staged_directory.h"
#include "reference/naive_winners.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

namespace {

/// A decision: who loses, in what has turned out to be readable.
struct Decision {
  std::shared_ptr<const Inventory> inventory;
  RowBitmap losers;
};

/// As FindLosers, by the reference engine. It ends at the first chunk it cannot read.
arrow::Result<Decision> FindLosersOneByOne(Run* run, const NaiveQuestion& question,
                                           std::shared_ptr<const Inventory> inventory,
                                           SkippedChunks* skipped, Report* report) {
  ARROW_RETURN_NOT_OK(run->EnterStage("winners", inventory->num_rows(), 0));
  report->engine.name = "reference";
  report->engine.key_form = "rows";
  report->engine.records = inventory->num_rows();
  while (true) {
    auto losers = FindLosersNaively(run->fs(), inventory, question, run->pool());
    if (losers.ok()) return Decision{std::move(inventory), *std::move(losers)};
    ARROW_RETURN_NOT_OK(skipped->SkipWhatFailed(*inventory, losers.status()));
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
  }
}

/// Decides on the rows of all chunks that can be read: chunks whose key or order columns
/// cannot be are skipped.
arrow::Result<Decision> FindLosers(Run* run, const DedupOptions& options,
                                   const DedupQuestion& question,
                                   std::shared_ptr<const Inventory> inventory,
                                   SkippedChunks* skipped, Report* report) {
  if (options.engine == Engine::kReference) {
    return FindLosersOneByOne(run, NaiveQuestionOf(question, options),
                              std::move(inventory), skipped, report);
  }
  while (true) {
    WinnerSearch search(run, inventory, WinnerQuestionOf(question, options), skipped);
    Workload load = search.workload();
    load.rewrites = true;
    load.syncs = run->context().sync;
    run->Expect(EstimateRun(load), report);
    auto losers = search.FindLosers();
    report->engine = search.engine();
    report->chunks = search.chunks();
    report->chunk_sizes = search.chunk_sizes();
    report->bytes_read += search.bytes_read();
    if (!losers.ok() && !search.is_void()) return losers.status();
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
    if (losers.ok()) return Decision{std::move(inventory), *std::move(losers)};
  }
}

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

/// Proves that the staged result holds the rows it must and no key twice.
arrow::Status Verify(Run* run, const DedupOptions& options, const RewritePlan& plan,
                     const StagedDirectory& staged) {
  ARROW_RETURN_NOT_OK(run->EnterStage("verify", plan.rows_kept, 0));
  DatasetOptions dataset = options.dataset;
  dataset.inputs = {staged.path()};
  const bool loop = options.semantics == Semantics::kLoop;
  ARROW_ASSIGN_OR_RAISE(auto result,
                        Inventory::Make(run->fs(), dataset, !loop, loop, run->pool()));
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
  return Error(ErrorKind::kVerification, "output still has duplicate keys")
      .Fact("rows", std::to_string(losers.Count()))
      .Hint("this is a defect of planish; nothing was published");
}

RewritePlan PlanOf(const DedupOptions& options, const Decision& decision,
                   const SkippedChunks& skipped) {
  const bool naive = options.engine == Engine::kReference;
  RewritePlan plan = MakeRewritePlan(decision.inventory->files(), decision.losers,
                                     options.optimizations.copy_files && !naive,
                                     options.optimizations.copy_row_groups && !naive);
  for (const int file : skipped.files_copied_by_row_groups()) {
    FilePlan& planned = plan.files[static_cast<size_t>(file)];
    if (planned.fate == Fate::kCopy) planned.fate = Fate::kTranscode;
  }
  return plan;
}

/// Decides, plans, and writes unless that is not wanted, until nothing more turns up that
/// cannot be read: a row that cannot be written must not have won against another.
arrow::Result<RewritePlan> DecideAndWrite(Run* run, const DedupOptions& options,
                                          std::shared_ptr<const Inventory> inventory,
                                          SkippedChunks* skipped, StagedDirectory* staged,
                                          Report* report) {
  ARROW_ASSIGN_OR_RAISE(const DedupQuestion question,
                        ResolveQuestion(*inventory, options));
  while (true) {
    Report attempt = *report;
    ARROW_ASSIGN_OR_RAISE(
        const Decision decision,
        FindLosers(run, options, question, std::move(inventory), skipped, &attempt));
    RewritePlan plan = PlanOf(options, decision, *skipped);
    DescribePlan(*decision.inventory, plan, *skipped, options.dry_run, run->threads(),
                 &attempt);
    const size_t known = skipped->num_findings();
    if (staged != nullptr) {
      ARROW_RETURN_NOT_OK(run->EnterStage("rewrite", decision.inventory->num_rows(),
                                          decision.inventory->num_bytes()));
      const bool naive = options.engine == Engine::kReference;
      ARROW_RETURN_NOT_OK((naive ? RewriteDatasetNaively : RewriteDataset)(
          run, *decision.inventory, plan, decision.losers, options.writer, staged,
          skipped, &attempt));
    }
    if (skipped->num_findings() == known) {
      *report = std::move(attempt);
      return plan;
    }
    report->bytes_read = attempt.bytes_read;
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(decision.inventory));
    ARROW_RETURN_NOT_OK(staged->Clear());
  }
}

}  // namespace

arrow::Result<Report> Dedup(const DedupOptions& options, const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<Run> run,
      Run::Make(context, ReadRetries(options.on_error, options.retries)));
  Report report;
  report.verb = "dedup";
  report.dry_run = options.dry_run;
  report.options = DescribeOptions(options, context);

  ARROW_RETURN_NOT_OK(run->EnterStage("dataset", 0, 0));
  std::optional<StagedDirectory> staged;
  if (!options.dry_run) {
    ARROW_ASSIGN_OR_RAISE(StagedDirectory directory,
                          StagedDirectory::Make(run->fs(), options.output, context.sync));
    staged.emplace(std::move(directory));
    ARROW_RETURN_NOT_OK(run->PlaceScratch(options.output));
  }
  const bool loop = options.semantics == Semantics::kLoop;
  SkippedChunks skipped(run.get(), options.on_error);
  const IpcImport import(run->fs(), run->scratch(), context.memory_limit, options.writer,
                         run->pool());
  ARROW_ASSIGN_OR_RAISE(
      auto found, Inventory::Make(run->fs(), options.dataset, !loop, loop, run->pool(),
                                  skipped.FileSkipper(), &import));
  ARROW_ASSIGN_OR_RAISE(auto inventory, skipped.Rest(found));
  ARROW_ASSIGN_OR_RAISE(const RewritePlan plan,
                        DecideAndWrite(run.get(), options, std::move(inventory), &skipped,
                                       staged ? &*staged : nullptr, &report));
  if (options.verify) {
    ARROW_RETURN_NOT_OK(Verify(run.get(), options, plan, *staged));
    report.verified = true;
  }
  if (staged) {
    ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
    ARROW_RETURN_NOT_OK(staged->Publish());
  }
  run->Complete(&report);
  return report;
}

}  // namespace planish
