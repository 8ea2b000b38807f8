// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/dedup_stream.h"
#include "cli/dedup_summary.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/report_file.h"
#include "planish/dedup.h"

namespace planish::cli {
namespace {

constexpr char kVerb[] = "dedup";
constexpr char kRowsGroup[] = "Which rows are duplicates, and which one stays";
constexpr char kResultGroup[] = "Where the result goes";
constexpr char kRunGroup[] = "How it runs (never changes a result)";

struct DedupArguments {
  DedupOptions options;
  RunArguments run;
};

void AddRowOptions(CLI::App* verb, DedupOptions* options) {
  AddColumns(
      verb, "--key", "COL[,COL...]", &options->key,
      "Rows with equal values in these columns are duplicates; without it, rows equal in "
      "all columns. May be repeated. A comma in a name is written \"\\,\"")
      ->group(kRowsGroup);
  AddChoice<Keep>(verb, "--keep", &options->keep,
                  {{"first", Keep::kFirst}, {"last", Keep::kLast}, {"none", Keep::kNone}},
                  "Which row of each key stays; none drops them all")
      ->group(kRowsGroup);
  AddColumns(
      verb, "--order-by", "COL[,-COL...]", &options->order_by,
      "What first and last refer to, descending with \"-\" before the name or \" desc\" "
      "behind it; without it, and among equals, the order of the input")
      ->group(kRowsGroup);
  AddChoice<Scope>(verb, "--scope", &options->scope,
                   {{"dataset", Scope::kDataset}, {"partition", Scope::kPartition}},
                   "Whether rows of different hive partitions can be duplicates")
      ->group(kRowsGroup);
  verb->add_flag_callback(
          "--nan-distinct", [options] { options->nan_equal = false; },
          "No NaN equals another; normally all of them are one value")
      ->disable_flag_override()
      ->group(kRowsGroup);
  AddChoice<Semantics>(
      verb, "--semantics", &options->semantics,
      {{"planish", Semantics::kPlanish}, {"loop", Semantics::kLoop}},
      "loop gives what a Python loop over to_pylist() gave: NaN distinct, "
      "smallest files first, hive columns invisible, no nested keys")
      ->group(kRowsGroup);
}

void AddResultOptions(CLI::App* verb, DedupOptions* options) {
  verb->add_flag(
          "--in-place", options->in_place,
          "Change the dataset where it lies, all or nothing; INPUT is its directory")
      ->disable_flag_override()
      ->group(kResultGroup);
  verb->add_option(
          "--output", options->output,
          "Directory for the result, new or empty; - streams Arrow IPC to standard "
          "output, which is the default if INPUT is -")
      ->type_name("DIR")
      ->group(kResultGroup);
  verb->add_flag("--dry-run", options->dry_run,
                 "Decide and show the plan, but write nothing")
      ->disable_flag_override()
      ->group(kResultGroup);
  verb->add_flag("--verify", options->verify,
                 "Read the result again before it appears: every page that was written "
                 "or copied, "
                 "row counts, and that keys are unique")
      ->disable_flag_override()
      ->group(kResultGroup);
  AddCompression(verb, &options->writer.compression,
                 "Codec of row groups that are written anew; otherwise as they were")
      ->group(kResultGroup);
  verb->add_option_function<int>(
          "--compression-level",
          [options](int level) { options->writer.compression_level = level; },
          "Level of that codec")
      ->type_name("N")
      ->check(WholeNumber(-1'000'000, 1'000'000))
      ->group(kResultGroup);
}

void AddSwitch(CLI::App* verb, const std::string& flag, bool* on,
               const std::string& text) {
  verb->add_flag_callback(
          flag, [on] { *on = false; }, text)
      ->disable_flag_override()
      ->group(kRunGroup);
}

void AddEngineOptions(CLI::App* verb, DedupArguments* arguments) {
  DedupOptions* options = &arguments->options;
  AddChoice<Engine>(verb, "--engine", &options->engine,
                    {{"auto", Engine::kAuto}, {"reference", Engine::kReference}},
                    "reference is the naive algorithm: slow, in memory, same rows")
      ->group(kRunGroup);
  AddRunOptions(verb, &arguments->run);
  AddSwitch(verb, "--no-sync", &arguments->run.context.sync,
            "Do not wait until the result is on disk (a power cut may then undo it)");
  Optimizations* on = &options->optimizations;
  AddSwitch(verb, "--no-copy-row-groups", &on->copy_row_groups,
            "Decode even row groups that keep every row");
  AddSwitch(verb, "--no-copy-files", &on->copy_files,
            "Rebuild even files that keep every row");
  AddSwitch(verb, "--no-inline-keys", &on->inline_keys, "Hash even keys of a few bytes");
  AddSwitch(verb, "--no-key-digests", &on->key_digests,
            "Hold long keys in memory in full, not as digests");
  AddSwitch(verb, "--no-key-ranges", &on->key_ranges,
            "Decide all row groups together, even if their keys cannot meet");
  AddSwitch(verb, "--no-spill", &on->spill,
            "Fail where key records do not fit the memory limit");
}

/// Mistakes that only the command line can make; the library checks the rest.
bool IsUsable(const DedupArguments& arguments) {
  const DedupOptions& options = arguments.options;
  if (options.output.empty() && !options.dry_run && !options.in_place) {
    PrintUsageError("none of --output, --in-place and --dry-run given", kVerb,
                    "name a new directory with --output, change the dataset itself with "
                    "--in-place, or see the plan with --dry-run");
    return false;
  }
  if (!options.output.empty() && options.in_place) {
    PrintUsageError("--output and --in-place exclude each other", kVerb,
                    "leave out one of the two");
    return false;
  }
  if (!options.output.empty() && options.dry_run) {
    PrintUsageError("--output and --dry-run exclude each other", kVerb,
                    "a dry run writes nothing: leave out one of the two");
    return false;
  }
  if (options.dry_run && options.verify) {
    PrintUsageError("--dry-run leaves nothing to --verify", kVerb,
                    "leave out one of the two");
    return false;
  }
  if (options.writer.compression_level && options.writer.compression.empty()) {
    PrintUsageError("--compression-level without --compression", kVerb,
                    "name the codec too, for example --compression zstd");
    return false;
  }
  return true;
}

/// Where the result is.
std::string ResultOf(const DedupOptions& options) {
  const bool one_input = options.dataset.inputs.size() == 1;
  return options.in_place && one_input ? options.dataset.inputs.front() : options.output;
}

int RunDedup(DedupArguments* arguments) {
  if (IsStreamed(arguments->options)) {
    if (!AreRunOptionsUsable(arguments->run, arguments->options.dataset.inputs, kVerb))
      return kFailed;
    return RunStreamedDedup(arguments->options, arguments->run);
  }
  std::vector<std::string> data = arguments->options.dataset.inputs;
  data.push_back(arguments->options.output);
  if (!IsUsable(*arguments) || !AreRunOptionsUsable(arguments->run, data, kVerb)) {
    return kFailed;
  }
  auto files = ReportFiles::Make(arguments->run.report, arguments->run.metrics);
  if (!files.ok()) return Fail(files.status());
  RunContext context = arguments->run.context;
  if (arguments->options.dry_run) UseSystemTempDir(&context);
  context.cancel = CatchInterrupts();
  ProgressDisplay display(arguments->run.progress, arguments->run.log_level);
  display.Attach(&context);
  const auto report = Dedup(arguments->options, context);
  display.Finish();
  if (!report.ok()) return Fail(report.status());

  const std::string json = report->ToJson();
  const std::string shown =
      ShownBy(arguments->run, json, DedupSummary(*report, ResultOf(arguments->options)));
  // The result is there: what fails now must not claim that nothing was changed.
  for (const arrow::Status& told :
       {files->Finish(json, report->ToPrometheus(arguments->run.metric_labels)),
        WriteOutput(shown)}) {
    if (told.ok()) continue;
    if (report->dry_run) return Fail(told);
    PrintWarning("the result is complete, but " + told.message());
  }
  return report->skipped.empty() ? kDone : kChunksSkipped;
}

}  // namespace

void AddDedupCommand(CLI::App* app, Action* action) {
  CLI::App* verb =
      app->add_subcommand(kVerb, "Write a dataset again without its duplicate rows");
  auto arguments = std::make_shared<DedupArguments>();
  AddInputs(verb, &arguments->options.dataset);
  AddTrust(verb, &arguments->options.dataset.trust);
  AddOnError(verb, &arguments->options.on_error, &arguments->options.retries);
  AddRowOptions(verb, &arguments->options);
  AddResultOptions(verb, &arguments->options);
  AddInPlaceOptions(verb, &arguments->options.in_place_options);
  AddEngineOptions(verb, arguments.get());
  AddReportOptions(verb, &arguments->run);
  verb->footer(
      "Examples:\n"
      "  Exact duplicates, keeping the first of each:\n"
      "    planish dedup events/ --output clean/\n"
      "  The newest row of each user:\n"
      "    planish dedup events/ --output clean/ --key user_id --order-by -updated_at\n"
      "  In the dataset itself, all or nothing:\n"
      "    planish dedup events/ --in-place --key user_id\n"
      "  What would happen:\n"
      "    planish dedup 'events/2024-*.parquet' --key id --dry-run\n"
      "  In a pipe of Arrow IPC streams (- reads standard input, alone):\n"
      "    producer | planish dedup - --key id | consumer\n"
      "  For a script:\n"
      "    planish dedup events/ --output clean/ --key id --json --progress none");
  verb->callback([action, arguments] {
    *action = [arguments] { return RunDedup(arguments.get()); };
  });
}

}  // namespace planish::cli
