// SPDX-License-Identifier: Apache-2.0
#include "jobs/dedup_decision.h"

#include <utility>

#include "jobs/estimate.h"
#include "jobs/winner_search.h"
#include "reference/naive_winners.h"

namespace planish {
namespace {

/// By the reference engine, which ends at the first chunk it cannot read.
arrow::Result<DedupDecision> DecideOneByOne(Run* run, const NaiveQuestion& question,
                                            std::shared_ptr<const Inventory> inventory,
                                            SkippedChunks* skipped, Report* report) {
  ARROW_RETURN_NOT_OK(run->EnterStage("winners", inventory->num_rows(), 0));
  report->engine.name = "reference";
  report->engine.key_form = "rows";
  report->engine.records = inventory->num_rows();
  while (true) {
    auto losers =
        FindLosersNaively(run->fs(), inventory, question, run->pool(), run->budget());
    if (losers.ok()) return DedupDecision{std::move(inventory), *std::move(losers)};
    if (skipped == nullptr) return losers.status();
    ARROW_RETURN_NOT_OK(skipped->SkipWhatFailed(*inventory, losers.status()));
    ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
  }
}

}  // namespace

arrow::Result<DedupDecision> DecideLosers(Run* run, const DedupOptions& options,
                                          const DedupQuestion& question,
                                          std::shared_ptr<const Inventory> inventory,
                                          SkippedChunks* skipped, Report* report) {
  if (options.engine == Engine::kReference) {
    return DecideOneByOne(run, NaiveQuestionOf(question, options), std::move(inventory),
                          skipped, report);
  }
  while (true) {
    WinnerSearch search(run, inventory, WinnerQuestionOf(question, options), skipped);
    Workload load = search.workload();
    load.rewrites = options.dry_run || options.in_place || !options.output.empty();
    load.syncs = load.rewrites && run->context().sync;
    run->Expect(EstimateRun(load), report);
    auto losers = search.FindLosers();
    report->engine = search.engine();
    report->chunks = search.chunks();
    report->chunk_sizes = search.chunk_sizes();
    report->bytes_read += search.bytes_read();
    if (!losers.ok() && !search.is_void()) return losers.status();
    if (skipped != nullptr) {
      ARROW_ASSIGN_OR_RAISE(inventory, skipped->Rest(inventory));
    }
    if (losers.ok()) return DedupDecision{std::move(inventory), *std::move(losers)};
  }
}

}  // namespace planish
