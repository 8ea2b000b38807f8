// SPDX-License-Identifier: Apache-2.0
#include "rewrite/rewrite_plan.h"

#include <algorithm>

namespace planish {

namespace {

FilePlan PlanFile(const DataFile& file, int index, const RowBitmap& losers,
                  bool copy_files, bool copy_row_groups) {
  FilePlan plan;
  plan.file = index;
  int64_t first_row = file.first_row;
  for (size_t i = 0; i < file.row_group_rows.size(); ++i) {
    RowGroupPlan group;
    group.row_group = static_cast<int>(i);
    group.first_row = first_row;
    group.num_rows = file.row_group_rows[i];
    first_row += group.num_rows;
    if (file.skipped_row_groups.contains(group.row_group)) {
      group.fate = Fate::kSkip;
      plan.row_groups.push_back(group);
      continue;
    }
    group.rows_kept = group.num_rows - losers.Count(group.first_row, first_row);
    if (group.rows_kept == 0 && group.num_rows > 0) {
      group.fate = Fate::kDrop;
    } else if (group.rows_kept < group.num_rows || !copy_row_groups) {
      group.fate = Fate::kTranscode;
    }
    plan.rows_kept += group.rows_kept;
    plan.rows_dropped += group.num_rows - group.rows_kept;
    plan.row_groups.push_back(group);
  }
  const bool skips = !file.skipped_row_groups.empty();
  if (skips && file.skipped_row_groups.size() == file.row_group_rows.size()) {
    plan.fate = Fate::kSkip;
  } else if (plan.rows_dropped > 0 && plan.rows_kept == 0) {
    plan.fate = Fate::kDrop;
  } else if (plan.rows_dropped > 0 || skips || !copy_files || !copy_row_groups) {
    plan.fate = Fate::kTranscode;
  }
  return plan;
}

}  // namespace

RewritePlan MakeRewritePlan(const std::vector<DataFile>& files, const RowBitmap& losers,
                            bool copy_files, bool copy_row_groups) {
  RewritePlan plan;
  bool any_file = false;
  for (size_t i = 0; i < files.size(); ++i) {
    const DataFile& file = files[i];
    plan.files.push_back(
        PlanFile(file, static_cast<int>(i), losers, copy_files, copy_row_groups));
    const FilePlan& planned = plan.files.back();
    plan.rows_kept += planned.rows_kept;
    plan.rows_dropped += planned.rows_dropped;
    any_file = any_file || planned.WritesFile();
  }
  // All its row groups are dropped, so splicing it writes a footer and nothing else.
  const auto first_read = std::ranges::find_if(
      plan.files, [](const FilePlan& file) { return file.fate != Fate::kSkip; });
  if (!any_file && first_read != plan.files.end()) first_read->fate = Fate::kTranscode;
  return plan;
}

void LeaveFilesWithoutLosers(RewritePlan* plan) {
  for (FilePlan& file : plan->files) {
    if (file.rows_dropped > 0 || !file.WritesFile()) continue;
    file.fate = Fate::kLeave;
    for (RowGroupPlan& group : file.row_groups) group.fate = Fate::kLeave;
  }
}

}  // namespace planish
