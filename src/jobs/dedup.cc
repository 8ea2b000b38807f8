// SPDX-License-Identifier: Apache-2.0
#include "planish/dedup.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/error_builder.h"
#include "dataset/inventory.h"
#include "dataset/order_by.h"
#include "jobs/dataset_rewrite.h"
#include "jobs/dedup_question.h"
#include "jobs/plan_report.h"
#include "jobs/run.h"
#include "jobs/winner_search.h"
#include "publish/staged_directory.h"
#include "reference/naive_winners.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

namespace {

arrow::Result<RowBitmap> FindLosers(Run* run, const DedupOptions& options,
                                    const std::shared_ptr<const Inventory>& inventory,
                                    const DedupQuestion& question, Report* report) {
  if (options.engine == Engine::kReference) {
    ARROW_RETURN_NOT_OK(run->EnterStage("winners", inventory->num_rows(), 0));
    report->engine.name = "reference";
    report->engine.key_form = "rows";
    report->engine.records = inventory->num_rows();
    return FindLosersNaively(run->fs(), inventory, NaiveQuestionOf(question, options),
                             run->pool());
  }
  WinnerSearch search(run, inventory, WinnerQuestionOf(question, options));
  ARROW_ASSIGN_OR_RAISE(RowBitmap losers, search.FindLosers());
  report->engine = search.engine();
  report->chunks = search.chunks();
  report->bytes_read += search.bytes_read();
  return losers;
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

arrow::Status WriteResult(Run* run, const DedupOptions& options,
                          const Inventory& inventory, const RewritePlan& plan,
                          const RowBitmap& losers, StagedDirectory* staged,
                          Report* report) {
  ARROW_RETURN_NOT_OK(
      run->EnterStage("rewrite", inventory.num_rows(), inventory.num_bytes()));
  const bool naive = options.engine == Engine::kReference;
  ARROW_RETURN_NOT_OK((naive ? RewriteDatasetNaively : RewriteDataset)(
      run, inventory, plan, losers, options.writer, staged, report));
  if (options.verify) {
    ARROW_RETURN_NOT_OK(Verify(run, options, plan, *staged));
    report->verified = true;
  }
  ARROW_RETURN_NOT_OK(run->EnterStage("publish", 0, 0));
  return staged->Publish();
}

}  // namespace

arrow::Result<Report> Dedup(const DedupOptions& options, const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<Run> run, Run::Make(context));
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
  }
  const bool loop = options.semantics == Semantics::kLoop;
  ARROW_ASSIGN_OR_RAISE(auto inventory, Inventory::Make(run->fs(), options.dataset, !loop,
                                                        loop, run->pool()));
  ARROW_ASSIGN_OR_RAISE(DedupQuestion question, ResolveQuestion(*inventory, options));

  ARROW_ASSIGN_OR_RAISE(const RowBitmap losers,
                        FindLosers(run.get(), options, inventory, question, &report));
  const bool naive = options.engine == Engine::kReference;
  const RewritePlan plan = MakeRewritePlan(
      inventory->files(), losers, options.optimizations.copy_files && !naive,
      options.optimizations.copy_row_groups && !naive);
  DescribePlan(*inventory, plan, options.dry_run, run->threads(), &report);
  if (!options.dry_run) {
    ARROW_RETURN_NOT_OK(
        WriteResult(run.get(), options, *inventory, plan, losers, &*staged, &report));
  }
  run->Complete(&report);
  return report;
}

}  // namespace planish
