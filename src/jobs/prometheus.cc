// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "planish/check.h"
#include "planish/report.h"

namespace planish {
namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

/// Labels that planish's own metrics have.
constexpr const char* kTaken[] = {"verb",  "kind",    "fate", "stage",   "plan",
                                  "arrow", "version", "le",   "quantile"};

bool IsLabelName(const std::string& name) {
  if (name.empty() || name.starts_with("__")) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return true;
}

/// Prometheus takes UTF-8 only; paths can be any bytes.
std::string AsUtf8(const std::string& text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

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

/// Builds the text metric by metric. Every sample bears the verb and the caller's labels.
class Exposition {
 public:
  Exposition(const Report& report, const MetricLabels& labels) {
    common_ = "{verb=\"" + Escaped(report.verb) + "\"";
    // What a dry run counts has not been done, so it is not among what has.
    if (report.dry_run) common_ += ",plan=\"1\"";
    const bool named = std::ranges::any_of(
        labels, [](const auto& label) { return label.first == "dataset"; });
    const std::string dataset = DatasetOf(report);
    if (!named && !dataset.empty()) AddLabel("dataset", dataset);
    for (const auto& [name, value] : labels) AddLabel(name, value);
  }

  /// Begins a metric; its samples follow.
  void Begin(const std::string& name, const std::string& help) {
    name_ = "planish_" + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " gauge\n";
  }

  template <typename T>
  void Sample(const Labels& labels, T value) {
    text_ += name_ + common_;
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
  void AddLabel(const std::string& name, const std::string& value) {
    common_ += "," + name + "=\"" + Escaped(AsUtf8(value)) + "\"";
  }

  /// By default two datasets side by side are told apart by their paths.
  static std::string DatasetOf(const Report& report) {
    for (const char* option : {"target", "inputs"}) {
      const auto found = report.options.find(option);
      if (found != report.options.end()) return found->second;
    }
    return "";
  }

  std::string common_;
  std::string name_, text_;
};

void AddFates(const char* name, const char* help, const FateCounts& fates,
              Exposition* out) {
  out->Begin(name, help);
  out->Sample({{"fate", "copied"}}, fates.copied);
  out->Sample({{"fate", "transcoded"}}, fates.transcoded);
  out->Sample({{"fate", "dropped"}}, fates.dropped);
  out->Sample({{"fate", "skipped"}}, fates.skipped);
  out->Sample({{"fate", "untouched"}}, fates.untouched);
}

void AddAmounts(const Report& report, Exposition* out) {
  out->Begin("info", "Versions in use; always 1.");
  out->Sample({{"version", report.planish_version}, {"arrow", report.arrow_version}},
              int64_t{1});
  out->Add("finished_timestamp_seconds", "When the run ended, in seconds since 1970.",
           report.finished_seconds);
  out->Add("dry_run", "1 if nothing was written, else 0.", int64_t{report.dry_run});
  out->Begin("rows", "Rows of the input (in), and what became of them.");
  out->Sample({{"kind", "in"}}, report.rows_in);
  if (report.verb != "check") {  // which drops none
    out->Sample({{"kind", "kept"}}, report.rows_kept);
    out->Sample({{"kind", "dropped"}}, report.rows_dropped);
  }
  out->Begin(
      "files",
      "Data files of the input (in) and of the result (out), and files that are not "
      "part of the dataset (other).");
  out->Sample({{"kind", "in"}}, report.files_in);
  out->Sample({{"kind", "out"}}, report.files_out);
  out->Sample({{"kind", "other"}}, report.other_files);
  out->Begin("bytes", "Bytes of the input files (in), and what was done with bytes.");
  out->Sample({{"kind", "in"}}, report.bytes_in);
  out->Sample({{"kind", "read"}}, report.bytes_read);
  out->Sample({{"kind", "copied"}}, report.bytes_copied);
  out->Sample({{"kind", "decoded"}}, report.bytes_decoded);
  out->Sample({{"kind", "written"}}, report.bytes_written);
  AddFates("file_fates", "Data files of the input by what became of them.", report.files,
           out);
  AddFates("row_groups", "Row groups of the input by what became of them.",
           report.row_groups, out);
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
  out->Sample({{"kind", "moved"}}, merge.moved);
  out->Sample({{"kind", "ignored"}}, merge.ignored);
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

void AddAll(const Report& report, Exposition* out) {
  AddAmounts(report, out);
  if (report.merge) AddMerge(*report.merge, out);
  AddChunks(report, out);
  AddCosts(report, out);
  AddEstimates(report, out);
}

}  // namespace

arrow::Status CheckMetricLabels(const MetricLabels& labels) {
  std::set<std::string> seen;
  for (const auto& [name, value] : labels) {
    if (!IsLabelName(name)) {
      return Error(ErrorKind::kInvalidOption, "not a label's name: " + name)
          .Hint("letters, digits and _, beginning with a letter");
    }
    if (std::ranges::find(kTaken, name) != std::end(kTaken)) {
      return Error(ErrorKind::kInvalidOption, "planish uses that label itself: " + name);
    }
    if (!seen.insert(name).second) {
      return Error(ErrorKind::kInvalidOption, "label given twice: " + name);
    }
  }
  return arrow::Status::OK();
}

std::string Report::ToPrometheus(const MetricLabels& labels) const {
  Exposition out(*this, labels);
  AddAll(*this, &out);
  return std::move(out).text();
}

std::string CheckResult::ToPrometheus(const MetricLabels& labels) const {
  Exposition out(report, labels);
  AddAll(report, &out);
  out.Add("duplicated_keys", "Keys that more than one row has.", duplicated_keys);
  out.Add("surplus_rows", "Rows of these keys beyond the first of each.", surplus_rows);
  return std::move(out).text();
}

}  // namespace planish
