// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_verification.h"

#include <utility>

#include "base/error_builder.h"
#include "jobs/false_statistics.h"
#include "jobs/merge_by_lookup.h"
#include "jobs/merge_question.h"
#include "jobs/merge_target.h"

namespace planish {

namespace {

/// What is done in its lifetime is measured as one stage, whatever stages it enters.
class OneStage {
 public:
  OneStage(Run* run, const std::string& name) : run_(run) { run->MeasureAllAs(name); }
  ~OneStage() { run_->MeasureAllAs(""); }
  OneStage(const OneStage&) = delete;
  OneStage& operator=(const OneStage&) = delete;

 private:
  Run* const run_;
};

/// Rows of the result that have a key of the source.
int64_t RowsToMatch(const MergeOptions& options, const MergeReport& done,
                    int64_t matched) {
  // Those that sync deletes are the others.
  const int64_t gone = options.strategy == MergeStrategy::kSync ? 0 : done.deleted;
  return matched - gone + done.inserted;
}

arrow::Status Judge(const MergeReport& again, int64_t expected, int64_t matched) {
  const bool nothing_left = again.inserted + again.updated + again.deleted == 0;
  if (nothing_left && matched == expected) return arrow::Status::OK();
  Error error(ErrorKind::kVerification, "the result is not what the merge was to give");
  if (again.inserted > 0) {
    error.Fact("keys that are missing", std::to_string(again.inserted));
  }
  if (again.updated > 0) {
    error.Fact("rows with other values", std::to_string(again.updated));
  }
  if (again.deleted > 0) {
    error.Fact("rows that should be gone", std::to_string(again.deleted));
  }
  return error.Fact("rows with keys of the source", std::to_string(matched))
      .Fact("expected", std::to_string(expected))
      .Hint("this is a defect of planish; nothing was published");
}

/// Keys that a file hides are there twice in the result, and no fault of the merge.
arrow::Status CheckWhatWasTrusted(Run* run, const Inventory& target,
                                  const Inventory& source, const MergeOptions& options) {
  for (const Inventory* const side : {&target, &source}) {
    if (side->trust() == Trust::kNothing) continue;
    std::vector<int> columns;
    for (const std::string& name : options.key) {
      columns.push_back(side->schema()->GetFieldIndex(name));
    }
    ARROW_RETURN_NOT_OK(CheckStatisticsAreTrue(run, *side, columns));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status VerifyMerge(Run* run, const MergeOptions& options, const Inventory& target,
                          const std::shared_ptr<const Inventory>& source,
                          const std::string& view, int64_t matched, Report* report) {
  const OneStage verify(run, "verify");
  ARROW_ASSIGN_OR_RAISE(auto result, OpenResult(run, view, target));
  if (options.extra_columns == ExtraSourceColumns::kAdd) {
    ARROW_ASSIGN_OR_RAISE(result, WithColumnsOf(*source, options, std::move(result)));
  }
  ARROW_ASSIGN_OR_RAISE(const MergeQuestion question,
                        ResolveMerge(*result, *source, options));
  // Statistics that are wrong would hide what they are to be held against.
  MergeOptions all = options;
  all.prune = false;
  MergeSkips none(run, all, /*spooled=*/false);
  Report again;
  again.merge.emplace();
  ARROW_ASSIGN_OR_RAISE(const RowsToInsert left,
                        ChangeTargetByLookup(run, {{result, true}, source}, question, all,
                                             nullptr, &none, &again));
  report->bytes_read += again.bytes_read;
  const arrow::Status judged =
      Judge(*again.merge, RowsToMatch(options, *report->merge, matched), left.matched);
  if (!judged.ok()) {
    ARROW_RETURN_NOT_OK(CheckWhatWasTrusted(run, target, *source, options));
  }
  ARROW_RETURN_NOT_OK(judged);
  report->verified = true;
  return arrow::Status::OK();
}

}  // namespace planish
