// SPDX-License-Identifier: Apache-2.0
#include "jobs/merge_by_lookup.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/array_primitive.h"
#include "base/error_builder.h"
#include "dataset/inventory.h"
#include "jobs/key_match.h"
#include "jobs/key_pruning.h"
#include "jobs/merge_rewrite.h"
#include "jobs/patch_rows.h"
#include "jobs/row_pairs.h"
#include "jobs/winner_search.h"
#include "jobs/withheld_rows.h"
#include "scan/key_scanner.h"

namespace planish {

namespace {

/// A merge by the engine `auto`, step by step.
class Merger {
 public:
  Merger(Run* run, const MergeOptions& options, const MergeSides& sides,
         const MergeQuestion* question, MergeSkips* skips, Report* report)
      : run_(run),
        options_(options),
        target_(sides.target.inventory),
        source_(sides.source),
        question_(question),
        skips_(skips),
        known_findings_(skips->num_findings()),
        report_(report),
        bitmaps_(run->budget()) {}

  arrow::Result<RowsToInsert> ChangeTarget(MergeOutput* output) {
    ARROW_RETURN_NOT_OK(FindSourceLosers());
    ARROW_RETURN_NOT_OK(CheckNotVoid());
    ARROW_RETURN_NOT_OK(FindDeletions());
    RowPairs pairs(run_);
    ARROW_RETURN_NOT_OK(Match(&pairs));
    ARROW_RETURN_NOT_OK(CheckNotVoid());
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
    ARROW_ASSIGN_OR_RAISE(merge.withheld,
                          WithholdRows(run_, *target_, source_, *question_, &inserts.rows,
                                       &report_->bytes_read));
    merge.inserted = inserts.rows.Count();
    ARROW_ASSIGN_OR_RAISE(
        TargetChanges changes,
        planish::ChangeTarget(run_, *target_, source_, *question_, options_,
                              patches ? &matched_ : nullptr,
                              patches ? &*patches : nullptr, &dropped, merge.inserted > 0,
                              output, skips_->target(), report_));
    merge.deleted = dropped.Count() - merge.moved;
    inserts.moved = std::move(changes.moved);
    inserts.matched = matched_.Count();
    return inserts;
  }

 private:
  arrow::Result<RowBitmap> NewBitmap(int64_t num_rows) {
    ARROW_RETURN_NOT_OK(bitmaps_.Grow(RowBitmap::BytesFor(num_rows), "row selection"));
    return RowBitmap(num_rows);
  }

  /// An error, of no interest, once chunks have been found that cannot be read: what was
  /// decided with them does not hold.
  arrow::Status CheckNotVoid() const {
    return skips_->num_findings() == known_findings_
               ? arrow::Status::OK()
               : arrow::Status::Cancelled("chunks have been skipped");
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
    WinnerSearch search(run_, source_, std::move(asked), skips_->source());
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
                   question_, skips_->target());
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
    for (const RowGroupRef& group : target_->RowGroups()) {
      for (int64_t row = group.first_row; row < group.first_row + group.num_rows; ++row) {
        if (matched_.Contains(row) == deletes) dropped.Add(row);
      }
    }
    return dropped;
  }

  /// Source rows that the target lacks; counts those that are of no use.
  arrow::Result<RowBitmap> RowsToComeIn() {
    ARROW_ASSIGN_OR_RAISE(RowBitmap rows, NewBitmap(source_->num_rows()));
    for (const RowGroupRef& group : source_->RowGroups()) {
      for (int64_t row = group.first_row; row < group.first_row + group.num_rows; ++row) {
        if (losers_.Contains(row)) continue;
        const bool met = met_.Contains(row);
        const bool deletion = question_->delete_when >= 0 && deletions_.Contains(row);
        if (!met && !deletion && Inserts(options_.strategy)) {
          rows.Add(row);
        } else if (!met || options_.strategy == MergeStrategy::kInsert) {
          ++report_->merge->ignored;
        }
      }
    }
    return rows;
  }

  Run* const run_;
  const MergeOptions& options_;
  const std::shared_ptr<const Inventory> target_, source_;
  const MergeQuestion* const question_;
  MergeSkips* const skips_;
  const size_t known_findings_;
  Report* const report_;
  MemoryReservation bitmaps_;
  RowBitmap losers_, deletions_;  ///< of the source
  RowBitmap matched_;             ///< target rows whose key is in the source
  RowBitmap met_;                 ///< source rows whose key is in the target
};

}  // namespace

arrow::Result<RowsToInsert> ChangeTargetByLookup(Run* run, const MergeSides& sides,
                                                 const MergeQuestion& question,
                                                 const MergeOptions& options,
                                                 MergeOutput* output, MergeSkips* skips,
                                                 Report* report) {
  return Merger(run, options, sides, &question, skips, report).ChangeTarget(output);
}

}  // namespace planish
