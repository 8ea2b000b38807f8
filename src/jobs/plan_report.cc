// SPDX-License-Identifier: Apache-2.0
#include "jobs/plan_report.h"

#include <algorithm>

namespace planish {

namespace {

/// Where a file that is not dropped stands: with any row group decoded it counts as
/// transcoded.
Fate FateOf(const FilePlan& plan) {
  if (plan.fate != Fate::kTranscode) return plan.fate;
  const bool decodes =
      std::any_of(plan.row_groups.begin(), plan.row_groups.end(),
                  [](const RowGroupPlan& g) { return g.fate == Fate::kTranscode; });
  return decodes ? Fate::kTranscode : Fate::kCopy;
}

void Count(Fate fate, FateCounts* counts) {
  if (fate == Fate::kCopy) ++counts->copied;
  if (fate == Fate::kDrop) ++counts->dropped;
  if (fate == Fate::kTranscode) ++counts->transcoded;
  if (fate == Fate::kLeave) ++counts->untouched;
}

}  // namespace

void DescribePlan(const Inventory& inventory, const RewritePlan& plan,
                  const SkippedChunks& skipped, bool dry_run, Report* report) {
  skipped.Describe(inventory, report);
  report->rows_in = inventory.num_rows();
  report->rows_kept = plan.rows_kept;
  report->rows_dropped = plan.rows_dropped;
  for (const FilePlan& planned : plan.files) {
    const DataFile& source = inventory.files()[static_cast<size_t>(planned.file)];
    Count(FateOf(planned), &report->files);
    if (planned.WritesFile() || planned.fate == Fate::kLeave) ++report->files_out;
    PlannedFile listed{source.path, source.num_rows, planned.rows_dropped, {}};
    listed.row_groups.skipped = static_cast<int64_t>(source.skipped_row_groups.size());
    for (const RowGroupPlan& group : planned.row_groups) {
      Count(group.fate, &report->row_groups);
      Count(group.fate, &listed.row_groups);
      if (!dry_run) continue;
      const int64_t bytes = source.row_group_bytes[static_cast<size_t>(group.row_group)];
      if (group.fate == Fate::kCopy) report->bytes_copied += bytes;
      if (group.fate == Fate::kTranscode) report->bytes_decoded += bytes;
    }
    const bool has_work = planned.fate != Fate::kCopy && planned.fate != Fate::kLeave;
    if (dry_run && has_work) report->plan.push_back(std::move(listed));
  }
}

}  // namespace planish
