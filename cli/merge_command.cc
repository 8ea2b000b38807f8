// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/merge_summary.h"
#include "cli/messages.h"
#include "cli/report_file.h"
#include "cli/standard_streams.h"
#include "planish/merge.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

constexpr char kVerb[] = "merge";
constexpr char kInputGroup[] = "Input";
constexpr char kRowsGroup[] = "Which rows change, and how";
constexpr char kColumnsGroup[] = "Columns and partitions";
constexpr char kResultGroup[] = "Where the result goes";
constexpr char kRunGroup[] = "How it runs (never changes a result)";

struct MergeArguments {
  MergeOptions options;
  RunArguments run;
};

void AddInputOptions(CLI::App* verb, MergeOptions* options) {
  verb->add_option("TARGET", options->target, "The dataset to change: its directory")
      ->required()
      ->type_name("DIR");
  verb->add_flag("--create", options->create,
                 "With insert and upsert: make a target that does not exist, which is an "
                 "error otherwise")
      ->disable_flag_override()
      ->group(kInputGroup);
  verb->add_option("--source", options->source.inputs,
                   "What to bring in: directories, files and globs of Parquet or Arrow "
                   "IPC; - reads an IPC stream from standard input, alone. May be "
                   "repeated")
      ->required()
      ->type_name("PATH")
      ->group(kInputGroup);
  AddFileChoice(verb, &options->include, &options->exclude, kInputGroup);
  AddIgnoreTableLog(verb, &options->ignore_table_log, kInputGroup);
  AddTrust(verb, &options->trust);
  AddAllowSymlinks(verb, &options->source.allow_symlinks, kInputGroup);
  AddOnError(
      verb, &options->on_error, &options->retries,
      "What to do about what cannot be read: end the run; retry makes failed reads "
      "again first, N times; or leave it as it is and withhold rows whose key it "
      "may have (exit code 3)");
}

void AddRowOptions(CLI::App* verb, MergeOptions* options) {
  AddColumns(verb, "--key", "COL[,COL...]", &options->key,
             "Columns that identify a row in both. May be repeated. A comma in a name is "
             "written \"\\,\"")
      ->required()
      ->group(kRowsGroup);
  AddChoice<MergeStrategy>(
      verb, "--strategy", &options->strategy,
      {{"upsert", MergeStrategy::kUpsert},
       {"insert", MergeStrategy::kInsert},
       {"update", MergeStrategy::kUpdate},
       {"delete", MergeStrategy::kDelete},
       {"sync", MergeStrategy::kSync}},
      "insert: rows with new keys come in; update: rows with known keys change; upsert: "
      "both; delete: rows with known keys go; sync: upsert, and rows whose key the "
      "source lacks go")
      ->group(kRowsGroup);
  AddChoice<SourceDuplicates>(verb, "--source-duplicates", &options->source_duplicates,
                              {{"last", SourceDuplicates::kLast},
                               {"first", SourceDuplicates::kFirst},
                               {"error", SourceDuplicates::kError}},
                              "Which of several source rows with one key counts")
      ->group(kRowsGroup);
  AddColumns(verb, "--source-order-by", "COL[,-COL...]", &options->source_order_by,
             "What last refers to; without it, and among equals, the order of the source")
      ->group(kRowsGroup);
  verb->add_option(
          "--newer-by", options->newer_by,
          "Change a row only where the source's value in this column is greater; "
          "without --source-order-by, the newest of several source rows with "
          "one key counts")
      ->type_name("COL")
      ->group(kRowsGroup);
  verb->add_option("--delete-when", options->delete_when,
                   "With upsert: source rows with true in this column are deletions")
      ->type_name("COL")
      ->group(kRowsGroup);
  verb->add_flag("--allow-empty-source", options->allow_empty_source,
                 "Let sync empty the target when the source has no rows")
      ->disable_flag_override()
      ->group(kRowsGroup);
}

void AddColumnOptions(CLI::App* verb, MergeOptions* options) {
  AddChoice<MissingSourceColumns>(
      verb, "--missing-columns", &options->missing_columns,
      {{"error", MissingSourceColumns::kError},
       {"keep", MissingSourceColumns::kKeep},
       {"null", MissingSourceColumns::kNull}},
      "What columns and struct fields that the source lacks become: kept in "
      "updated rows (null in new ones), or null")
      ->group(kColumnsGroup);
  AddChoice<ExtraSourceColumns>(
      verb, "--extra-columns", &options->extra_columns,
      {{"error", ExtraSourceColumns::kError},
       {"ignore", ExtraSourceColumns::kIgnore},
       {"add", ExtraSourceColumns::kAdd}},
      "Whether the source may have columns that the target lacks: they are left out, or "
      "added to files that are written anyway")
      ->group(kColumnsGroup);
  AddChoice<PartitionChange>(
      verb, "--on-partition-change", &options->on_partition_change,
      {{"error", PartitionChange::kError}, {"move", PartitionChange::kMove}},
      "What to do about rows whose hive columns differ between target and source")
      ->group(kColumnsGroup);
  verb->add_option(
          "--assume-timezone", options->assume_timezone,
          "Take the source's timestamps without time zone for times in this one, "
          "where the target's have a time zone")
      ->type_name("UTC")
      ->check(OneOf({"UTC"}))
      ->group(kColumnsGroup);
}

void AddResultOptions(CLI::App* verb, MergeOptions* options) {
  verb->add_flag("--in-place", options->in_place,
                 "Change the target where it lies, all or nothing")
      ->disable_flag_override()
      ->group(kResultGroup);
  verb->add_option("--output", options->output,
                   "Directory for the result, new or empty; the target stays as it is")
      ->type_name("DIR")
      ->group(kResultGroup);
  verb->add_flag("--dry-run", options->dry_run, "Decide and count, but write nothing")
      ->disable_flag_override()
      ->group(kResultGroup);
  verb->add_flag(
          "--verify", options->verify,
          "Read the result again before it appears: every page that was written or "
          "copied, and merging once more must find nothing to do")
      ->disable_flag_override()
      ->group(kResultGroup);
  AddCompression(verb, &options->writer.compression,
                 "Codec of what is written anew; otherwise as the target has it")
      ->group(kResultGroup);
  verb->add_option_function<int>(
          "--compression-level",
          [options](int level) { options->writer.compression_level = level; },
          "Level of that codec")
      ->type_name("N")
      ->check(WholeNumber(-1'000'000, 1'000'000))
      ->group(kResultGroup);
  verb->add_option_function<std::string>(
          "--target-file-size",
          [options](const std::string& text) {
            const auto bytes = ParseByteSize(text, 0);
            if (!bytes.ok()) {
              throw CLI::ValidationError(
                  "--target-file-size", "must be a size above 0, such as 256MB: " + text);
            }
            options->target_file_bytes = *bytes;
          },
          "Size at which a file of new rows ends and the next begins")
      ->type_name("SIZE")
      ->default_str(FormatByteSize(options->target_file_bytes))
      ->group(kResultGroup);
}

void AddEngineOptions(CLI::App* verb, MergeArguments* arguments) {
  AddChoice<Engine>(verb, "--engine", &arguments->options.engine,
                    {{"auto", Engine::kAuto}, {"reference", Engine::kReference}},
                    "reference is the naive algorithm: slow, in memory, same rows")
      ->group(kRunGroup);
  AddRunOptions(verb, &arguments->run);
  verb->add_flag_callback(
          "--no-sync", [arguments] { arguments->run.context.sync = false; },
          "Do not wait until the result is on disk (a power cut may then undo it)")
      ->disable_flag_override()
      ->group(kRunGroup);
  verb->add_flag_callback(
          "--no-prune", [arguments] { arguments->options.prune = false; },
          "Scan even row groups whose statistics, page indexes or bloom filters exclude "
          "every key of the source")
      ->disable_flag_override()
      ->group(kRunGroup);
}

/// Mistakes that only the command line can make; the library checks the rest.
bool IsUsable(const MergeOptions& options) {
  const int places = static_cast<int>(!options.output.empty()) +
                     static_cast<int>(options.in_place) +
                     static_cast<int>(options.dry_run);
  if (places == 0) {
    PrintUsageError("none of --output, --in-place and --dry-run given", kVerb,
                    "name a new directory with --output, change the target itself with "
                    "--in-place, or see what would happen with --dry-run");
    return false;
  }
  if (places > 1 && !(options.in_place && options.dry_run && places == 2)) {
    PrintUsageError("--output, --in-place and --dry-run exclude each other", kVerb,
                    "leave out all but one");
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
  const auto& inputs = options.source.inputs;
  const bool stream = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  if (stream && inputs.size() > 1) {
    PrintUsageError("--source - must be the only source", kVerb,
                    "standard input is one stream: leave out the others");
    return false;
  }
  return true;
}

std::string ResultOf(const MergeOptions& options) {
  return options.in_place ? options.target : options.output;
}

arrow::Result<Report> MergeAsAsked(const MergeOptions& options,
                                   const RunContext& context) {
  if (options.source.inputs.front() != "-") {
    MergeOptions from_files = options;
    from_files.source.ignore_table_log = options.ignore_table_log;
    return Merge(from_files, context);
  }
  MergeOptions from_stream = options;
  from_stream.source.inputs.clear();
  return MergeIpcStream(StandardInput(), from_stream, context);
}

int RunMerge(MergeArguments* arguments) {
  std::vector<std::string> data = arguments->options.source.inputs;
  data.insert(data.end(), {arguments->options.target, arguments->options.output});
  if (!IsUsable(arguments->options) ||
      !AreRunOptionsUsable(arguments->run, data, kVerb)) {
    return kFailed;
  }
  auto files = ReportFiles::Make(arguments->run.report, arguments->run.metrics);
  if (!files.ok()) return Fail(files.status());
  RunContext context = arguments->run.context;
  if (arguments->options.dry_run) UseSystemTempDir(&context);
  context.cancel = CatchInterrupts();
  ProgressDisplay display(arguments->run.progress, arguments->run.log_level);
  display.Attach(&context);
  const auto report = MergeAsAsked(arguments->options, context);
  display.Finish();
  if (!report.ok()) return Fail(report.status());

  const std::string json = report->ToJson();
  const std::string shown =
      ShownBy(arguments->run, json, MergeSummary(*report, ResultOf(arguments->options)));
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

void AddMergeCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      kVerb, "Insert, update and delete rows of a dataset by key, from another");
  auto arguments = std::make_shared<MergeArguments>();
  AddInputOptions(verb, &arguments->options);
  AddRowOptions(verb, &arguments->options);
  AddColumnOptions(verb, &arguments->options);
  AddResultOptions(verb, &arguments->options);
  AddInPlaceOptions(verb, &arguments->options.in_place_options);
  AddEngineOptions(verb, arguments.get());
  AddReportOptions(verb, &arguments->run);
  verb->footer(
      "Examples:\n"
      "  New and changed rows, in the dataset itself, all or nothing:\n"
      "    planish merge users/ --source today/ --key id --in-place\n"
      "  What that would do:\n"
      "    planish merge users/ --source today/ --key id --dry-run\n"
      "  Late arrivals do not undo what is newer:\n"
      "    planish merge users/ --source late/ --key id --newer-by updated_at "
      "--in-place\n"
      "  A change stream with deletions:\n"
      "    planish merge users/ --source log/ --key id --source-order-by seq \\\n"
      "        --delete-when deleted --extra-columns ignore --in-place\n"
      "  One column of many:\n"
      "    planish merge users/ --source scores.parquet --key id --strategy update \\\n"
      "        --missing-columns keep --in-place\n"
      "  Into a new directory, from a pipe:\n"
      "    producer | planish merge users/ --source - --key id --output users2/");
  verb->callback([action, arguments] {
    *action = [arguments] { return RunMerge(arguments.get()); };
  });
}

}  // namespace planish::cli
