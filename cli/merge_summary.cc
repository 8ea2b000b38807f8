// SPDX-License-Identifier: Apache-2.0
#include "cli/merge_summary.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/dedup_summary.h"
#include "cli/terminal.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

constexpr size_t kLabelWidth = 12;

std::string Line(std::string label, const std::string& text) {
  label.resize(std::max(label.size() + 1, kLabelWidth), ' ');
  return label + text + "\n";
}

std::string Count(int64_t count, const std::string& what) {
  return FormatCount(count) + " " + what;
}

/// Those of the counts that are not zero.
std::string Counts(const std::vector<std::pair<int64_t, std::string>>& counts) {
  std::string text;
  for (const auto& [count, what] : counts) {
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + Count(count, what);
  }
  return text;
}

std::string Source(const MergeReport& merge) {
  const std::string more =
      Counts({{merge.source_duplicates, "repeated a key"}, {merge.ignored, "of no use"}});
  return Line("source", Count(merge.source_rows, "rows") +
                            (more.empty() ? "" : ", of them " + more));
}

std::string Target(const MergeReport& merge) {
  std::string text = Counts({{merge.inserted, "inserted"},
                             {merge.updated, "updated"},
                             {merge.deleted, "deleted"},
                             {merge.unchanged, "unchanged"},
                             {merge.stale, "stale"}});
  if (text.empty()) text = "nothing to change";
  if (merge.moved > 0) text += " (" + Count(merge.moved, "moved to another partition)");
  return Line("target", text) + Line("rows", Count(merge.target_rows_before, "before, ") +
                                                 Count(merge.target_rows_after, "after"));
}

/// What the user has to do again once the target can be read.
std::string Withheld(const MergeReport& merge) {
  if (merge.withheld == 0) return "";
  return Line("withheld",
              Count(merge.withheld, merge.withheld == 1 ? "row" : "rows") +
                  " of the source did not come in: their key may be in what could not be "
                  "read of the target");
}

}  // namespace

std::string MergeSummary(const Report& report, const std::string& result) {
  const MergeReport& merge = *report.merge;
  const bool planned = report.dry_run;
  const bool in_place = report.publish.mode != "directory" && !planned;
  std::string text;
  if (planned) text += Line("dry run", "nothing was written; this is what would be done");
  text += Source(merge) + Target(merge);
  text += Line("files", Fates(report.files, planned) +
                            (planned ? "" : ", " + Count(merge.new_files, "new")));
  if (merge.added_columns > 0) {
    text += Line("columns", Count(merge.added_columns, planned ? "to add" : "added"));
  }
  text += Line("row groups", Fates(report.row_groups, planned));
  if (merge.pruned_row_groups > 0) {
    text +=
        Line("not scanned", Count(merge.pruned_row_groups,
                                  "row groups, which cannot have a key of the source"));
  }
  if (!planned) {
    text += Line("bytes", FormatByteSize(report.bytes_read) + " read, " +
                              FormatByteSize(report.bytes_copied) + " copied, " +
                              FormatByteSize(report.bytes_decoded) + " decoded, " +
                              FormatByteSize(report.bytes_written) + " written");
  }
  text += RunSummary(report);
  if (!planned) {
    text += Line(
        in_place ? "in place" : "output",
        Printable(result) +
            (report.verified ? " (verified: pages, and a second merge changes nothing)"
                             : ""));
  }
  return text + SidecarSummary(report.publish) + BackupSummary(report.publish, result) +
         SkippedSummary(report) + Withheld(merge);
}

}  // namespace planish::cli
