// SPDX-License-Identifier: Apache-2.0
#include "cli/dedup_summary.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/terminal.h"
#include "cli/text_table.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

using Align = TextTable::Align;
constexpr size_t kLabelWidth = 12;
constexpr size_t kListedFiles = 20;

std::string Line(std::string label, const std::string& text) {
  label.resize(std::max(label.size() + 1, kLabelWidth), ' ');
  return label + text + "\n";
}

/// "10.0 %"; never "0.0 %" or "100.0 %" for what is only nearly so.
std::string Percent(int64_t part, int64_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  if (part == whole) return "100 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.01) return "< 0.01 %";
  if (percent > 99.99) return "> 99.99 %";
  char text[32];
  std::snprintf(text, sizeof(text), percent < 1 || percent > 99 ? "%.2f %%" : "%.1f %%",
                percent);
  return text;
}

std::string Count(int64_t count, const std::string& what) {
  return FormatCount(count) + " " + what;
}

std::string Rows(const Report& report) {
  const std::string share = " (" + Percent(report.rows_dropped, report.rows_in) + ")";
  return Line("rows", Count(report.rows_in, "in, ") + Count(report.rows_kept, "kept, ") +
                          Count(report.rows_dropped, "dropped") + share);
}

std::string PlannedFiles(const std::vector<PlannedFile>& plan) {
  if (plan.empty()) return "\nEvery file stays as it is.\n";
  TextTable table({Align::kRight, Align::kRight, Align::kRight, Align::kRight,
                   Align::kRight, Align::kLeft});
  table.Add({"rows", "dropped", "copy", "re-encode", "drop", "file"});
  const size_t listed = std::min(plan.size(), kListedFiles);
  for (size_t i = 0; i < listed; ++i) {
    const PlannedFile& file = plan[i];
    table.Add({FormatCount(file.rows), FormatCount(file.rows_dropped),
               FormatCount(file.row_groups.copied),
               FormatCount(file.row_groups.transcoded),
               FormatCount(file.row_groups.dropped), Printable(file.file)});
  }
  std::string out =
      "\nFiles with work, and the fate of their row groups:\n" + table.ToString(2);
  const auto more = static_cast<int64_t>(plan.size() - listed);
  if (more > 0) out += "  and " + FormatCount(more) + " more (--json lists all)\n";
  return out;
}

std::string Estimate(const RunFigures& figures) {
  if (figures.rows == 0) return "";
  return Line("estimate", "about " + FormatSeconds(figures.seconds) + " in all, " +
                              FormatByteSize(figures.peak_memory_bytes) + " of memory, " +
                              FormatByteSize(figures.spilled_bytes) + " of scratch");
}

std::string Plan(const Report& report) {
  const std::string kept = FormatCount(report.files_out) + " out: ";
  return Line("dry run", "nothing was written; this is what would be done") +
         Rows(report) +
         Line("files",
              Count(report.files_in, "in, ") + kept + Fates(report.files, true)) +
         Line("row groups", Fates(report.row_groups, true)) +
         Line("bytes", FormatByteSize(report.bytes_in) + " in, " +
                           FormatByteSize(report.bytes_copied) + " to copy, " +
                           FormatByteSize(report.bytes_decoded) + " to decode") +
         Estimate(report.estimated) + RunSummary(report) + PlannedFiles(report.plan) +
         SkippedSummary(report);
}

/// What has become of the files of a dataset that was changed in place.
std::string Published(const PublishReport& publish) {
  std::string text;
  if (!publish.recovered.empty()) {
    text = Line("recovered",
                "an interrupted run was " +
                    std::string(publish.recovered == "rolled_back" ? "rolled back"
                                                                   : "rolled forward") +
                    " first");
  }
  if (publish.mode != "files" && publish.mode != "swap") return text;
  return text +
         Line("published", Count(publish.files_replaced, "replaced, ") +
                               Count(publish.files_removed, "removed") +
                               (publish.mode == "swap" ? ", in one exchange" : "")) +
         SidecarSummary(publish);
}

/// As a shell takes it for one word; printable.
std::string AsShellWord(const std::string& text) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=+:@%,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return Printable(quoted + "'");
}

std::string Memory(const MemoryReport& memory, bool planned) {
  std::string text = planned && memory.estimated_bytes > 0
                         ? FormatByteSize(memory.estimated_bytes) + " estimated, "
                         : "";
  text += FormatByteSize(memory.peak_resident_bytes) + " peak resident" +
          (planned ? " so far" : "") + ", limit " + FormatByteSize(memory.limit_bytes);
  return Line("memory", text);
}

/// What went to disk because it did not fit in memory; empty if nothing did.
std::string Scratch(const ScratchReport& scratch) {
  if (scratch.spilled_bytes == 0) return "";
  return Line("scratch", FormatByteSize(scratch.spilled_bytes) + " written, " +
                             FormatByteSize(scratch.peak_bytes) + " at a time");
}

std::string SkippedTable(const std::vector<SkippedChunk>& skipped) {
  TextTable table(
      {Align::kLeft, Align::kRight, Align::kRight, Align::kLeft, Align::kLeft});
  table.Add({"skipped", "row group", "rows", "column", "cause"});
  const size_t listed = std::min(skipped.size(), kListedFiles);
  for (size_t i = 0; i < listed; ++i) {
    const SkippedChunk& chunk = skipped[i];
    table.Add({Printable(chunk.file),
               chunk.row_group < 0 ? "all" : std::to_string(chunk.row_group),
               chunk.rows < 0 ? "?" : FormatCount(chunk.rows), Printable(chunk.column),
               Printable(chunk.cause)});
  }
  std::string out = "\n" + table.ToString(2);
  if (listed < skipped.size()) {
    out += "  and " + FormatCount(static_cast<int64_t>(skipped.size() - listed)) +
           " more (--json lists all)\n";
  }
  return out + "\n";
}

}  // namespace

std::string SidecarSummary(const PublishReport& publish) {
  std::vector<std::string> fates;
  for (const MetadataFileReport& file : publish.metadata_files) {
    if (fates.size() == kListedFiles) {
      fates.push_back("others (--json lists all)");
      break;
    }
    const std::string reason = file.reason.empty() ? "" : " (" + file.reason + ")";
    fates.push_back(file.file + " " + file.outcome + reason);
  }
  if (publish.checksums_removed > 0) {
    fates.push_back(
        Count(publish.checksums_removed, publish.checksums_removed == 1
                                             ? "checksum file (.crc) removed"
                                             : "checksum files (.crc) removed"));
  }
  std::string text;
  for (const std::string& fate : fates) {
    text += (text.empty() ? "" : ", ") + Printable(fate);
  }
  return text.empty() ? "" : Line("sidecars", text);
}

std::string Fates(const FateCounts& fates, bool planned) {
  std::string text;
  if (fates.untouched > 0) {
    text = Count(fates.untouched, planned ? "to leave, " : "untouched, ");
  }
  if (fates.copied > 0 || fates.untouched == 0) {
    text += Count(fates.copied, planned ? "to copy, " : "copied, ");
  }
  text += Count(fates.transcoded, planned ? "to re-encode, " : "re-encoded, ") +
          Count(fates.dropped, planned ? "to drop" : "dropped");
  if (fates.skipped > 0) text += ", " + Count(fates.skipped, "skipped");
  return text;
}

std::string BackupSummary(const PublishReport& publish, const std::string& dataset) {
  if (publish.backup.empty()) return "";
  return Line("backup", Printable(publish.backup) + " (planish restore " +
                            AsShellWord(dataset) + " --from " +
                            AsShellWord(publish.backup) + " puts it back)");
}

std::string SkippedSummary(const Report& report) {
  if (report.skipped.empty()) return "";
  int64_t files = 0, row_groups = 0, rows = 0;
  bool all_known = true;
  for (const SkippedChunk& chunk : report.skipped) {
    (chunk.row_group < 0 ? files : row_groups) += 1;
    rows += std::max<int64_t>(chunk.rows, 0);
    all_known = all_known && chunk.rows >= 0;
  }
  std::string what;
  if (files > 0) what = Count(files, files == 1 ? "file" : "files");
  if (row_groups > 0) {
    if (files > 0) what += " and ";
    what += Count(row_groups, row_groups == 1 ? "row group" : "row groups");
  }
  if (row_groups > 0) {
    what += std::string(all_known ? " of " : " of at least ") +
            Count(rows, rows == 1 ? "row" : "rows");
  }
  return SkippedTable(report.skipped) +
         Line("skipped", what + " could not be read and took no part");
}

std::string RunSummary(const Report& report) {
  char speed[64];
  std::snprintf(speed, sizeof(speed), "%.0f MB/s, ", report.megabytes_per_second());
  std::string stages;
  for (const StageReport& stage : report.stages) {
    if (!stages.empty()) stages += ", ";
    stages += stage.name + " " + FormatSeconds(stage.wall_seconds);
  }
  const std::string others =
      report.other_files == 0
          ? ""
          : Line("other files", FormatCount(report.other_files) +
                                    " not part of the dataset (--log-level info names "
                                    "them)");
  return others +
         Line("time",
              FormatSeconds(report.wall_seconds) + " (" +
                  FormatSeconds(report.cpu_seconds) + " of CPU), " + speed +
                  Count(static_cast<int64_t>(report.rows_per_second()), "rows/s")) +
         Line("stages", stages) + Memory(report.memory, report.dry_run) +
         Scratch(report.scratch);
}

std::string DedupSummary(const Report& report, const std::string& output) {
  if (report.dry_run) return Plan(report);
  const std::string files =
      Count(report.files_in, "in, ") + FormatCount(report.files_out) + " out: ";
  return Rows(report) + Line("files", files + Fates(report.files, false)) +
         Line("row groups", Fates(report.row_groups, false)) +
         Line("bytes", FormatByteSize(report.bytes_in) + " in, " +
                           FormatByteSize(report.bytes_read) + " read, " +
                           FormatByteSize(report.bytes_copied) + " copied, " +
                           FormatByteSize(report.bytes_decoded) + " decoded, " +
                           FormatByteSize(report.bytes_written) + " written") +
         RunSummary(report) + Published(report.publish) +
         BackupSummary(report.publish, output) +
         Line(
             "output",
             Printable(output) +
                 (report.verified ? " (verified: pages, row counts, unique keys)" : "")) +
         SkippedSummary(report);
}

}  // namespace planish::cli
