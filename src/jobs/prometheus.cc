// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "planish/report.h"

namespace planish {
namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

/// Unlike printf, not subject to the process's locale.
std::string Number(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, end.ptr);
}

std::string Number(int64_t value) {
  return std::to_string(value);
}

std::string Escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

/// Builds the text metric by metric. Every sample bears the verb.
class Exposition {
 public:
  explicit Exposition(std::string verb) : verb_(std::move(verb)) {}

  /// Begins a metric; its samples follow.
  void Begin(const std::string& name, const std::string& help) {
    name_ = "planish_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " gauge\n";
  }

  template <typename T>
  void Sample(const Labels& labels, T value) {
    text_ += name_ + "{verb=\"" + Escaped(verb_) + "\"";
    for (const auto& [name, text] : labels) {
      text_ += std::string(",") + name + "=\"" + Escaped(text) + "\"";
    }
    text_ += "} " + Number(value) + "\n";
  }

  template <typename T>
  void Add(const std::string& name, const std::string& help, T value) {
    Begin(name, help);
    Sample({}, value);
  }

  std::string text() && { return std::move(text_); }

 private:
  const std::string verb_;
  std::string name_, text_;
};

void AddAmounts(const Report& report, Exposition* out) {
  out->Begin("info", "Versions in use; always 1.");
  out->Sample({{"version", report.planish_version}, {"arrow", report.arrow_version}},
              int64_t{1});
  out->Add("dry_run", "1 if nothing was written, else 0.", int64_t{report.dry_run});
  out->Begin("rows", "Rows of the input (in), and what became of them.");
  out->Sample({{"kind", "in"}}, report.rows_in);
  out->Sample({{"kind", "kept"}}, report.rows_kept);
  out->Sample({{"kind", "dropped"}}, report.rows_dropped);
  out->Begin("files", "Data files read (in) and written (out), and others passed over.");
  out->Sample({{"kind", "in"}}, report.files_in);
  out->Sample({{"kind", "out"}}, report.files_out);
  out->Sample({{"kind", "other"}}, report.other_files);
  out->Begin("bytes", "Bytes of the input files (in), and what was done with bytes.");
  out->Sample({{"kind", "in"}}, report.bytes_in);
  out->Sample({{"kind", "read"}}, report.bytes_read);
  out->Sample({{"kind", "copied"}}, report.bytes_copied);
  out->Sample({{"kind", "decoded"}}, report.bytes_decoded);
  out->Sample({{"kind", "written"}}, report.bytes_written);
  out->Begin("row_groups", "Row groups by what became of them.");
  out->Sample({{"fate", "copied"}}, report.row_groups.copied);
  out->Sample({{"fate", "transcoded"}}, report.row_groups.transcoded);
  out->Sample({{"fate", "dropped"}}, report.row_groups.dropped);
  out->Sample({{"fate", "skipped"}}, report.row_groups.skipped);
}

void AddMerge(const MergeReport& merge, Exposition* out) {
  out->Begin("merge_rows", "Rows of a merge by what became of them.");
  out->Sample({{"kind", "source"}}, merge.source_rows);
  out->Sample({{"kind", "source_duplicates"}}, merge.source_duplicates);
  out->Sample({{"kind", "inserted"}}, merge.inserted);
  out->Sample({{"kind", "updated"}}, merge.updated);
  out->Sample({{"kind", "unchanged"}}, merge.unchanged);
  out->Sample({{"kind", "deleted"}}, merge.deleted);
  out->Sample({{"kind", "stale"}}, merge.stale);
  out->Sample({{"kind", "withheld"}}, merge.withheld);
  out->Sample({{"kind", "target_before"}}, merge.target_rows_before);
  out->Sample({{"kind", "target_after"}}, merge.target_rows_after);
}

void AddChunks(const Report& report, Exposition* out) {
  const ChunkSizes& sizes = report.chunk_sizes;
  out->Add("chunks", "Pieces in which rows were scanned.", report.chunks);
  out->Begin("chunk_rows", "Rows of the smallest, the mean and the largest chunk.");
  out->Sample({{"kind", "min"}}, sizes.min_rows);
  out->Sample({{"kind", "mean"}}, sizes.mean_rows);
  out->Sample({{"kind", "max"}}, sizes.max_rows);
  out->Begin("chunk_bytes", "Compressed bytes of them, over all columns.");
  out->Sample({{"kind", "min"}}, sizes.min_bytes);
  out->Sample({{"kind", "mean"}}, sizes.mean_bytes);
  out->Sample({{"kind", "max"}}, sizes.max_bytes);
  out->Add("skipped_chunks", "Parts of the input that could not be read.",
           static_cast<int64_t>(report.skipped.size()));
}

template <typename Get>
void AddStages(const Report& report, const char* name, const char* help, const Get& get,
               Exposition* out) {
  out->Begin(name, help);
  for (const StageReport& stage : report.stages) {
    out->Sample({{"stage", stage.name}}, std::invoke(get, stage));
  }
}

void AddCosts(const Report& report, Exposition* out) {
  out->Add("wall_seconds", "Time the run took.", report.wall_seconds);
  out->Add("cpu_seconds", "Processor time of all its threads.", report.cpu_seconds);
  AddStages(report, "stage_wall_seconds", "Time a stage took.",
            &StageReport::wall_seconds, out);
  AddStages(report, "stage_cpu_seconds", "Processor time of a stage, all threads.",
            &StageReport::cpu_seconds, out);
  AddStages(report, "stage_spilled_bytes", "Bytes a stage wrote to scratch.",
            &StageReport::spilled_bytes, out);
  AddStages(report, "stage_spilled_blocks", "Writes to scratch of a stage.",
            &StageReport::spilled_blocks, out);
  out->Add("scratch_peak_bytes", "Most bytes of scratch at one time.",
           report.scratch.peak_bytes);
  out->Begin("memory_bytes", "Memory: the limit, and the most that was in use.");
  out->Sample({{"kind", "limit"}}, report.memory.limit_bytes);
  out->Sample({{"kind", "peak_resident"}}, report.memory.peak_resident_bytes);
  out->Sample({{"kind", "peak_accounted"}}, report.memory.peak_accounted_bytes);
  out->Sample({{"kind", "peak_pool"}}, report.memory.peak_pool_bytes);
}

void AddEstimates(const Report& report, Exposition* out) {
  const auto add = [&](const char* name, const char* help, auto figure) {
    out->Begin(name, help);
    out->Sample({{"kind", "estimated"}}, std::invoke(figure, report.estimated));
    out->Sample({{"kind", "actual"}}, std::invoke(figure, report.actual));
  };
  add("expected_rows", "Rows of the input, before the run and after.", &RunFigures::rows);
  add("expected_bytes", "Bytes to move, before the run and after.", &RunFigures::bytes);
  add("expected_peak_memory_bytes", "Peak memory, before the run and after.",
      &RunFigures::peak_memory_bytes);
  add("expected_spilled_bytes", "Bytes to spill, before the run and after.",
      &RunFigures::spilled_bytes);
  add("expected_seconds", "Time to take, before the run and after.",
      &RunFigures::seconds);
}

}  // namespace

std::string Report::ToPrometheus() const {
  Exposition out(verb);
  AddAmounts(*this, &out);
  if (merge) AddMerge(*merge, &out);
  AddChunks(*this, &out);
  AddCosts(*this, &out);
  AddEstimates(*this, &out);
  return std::move(out).text();
}

}  // namespace planish
