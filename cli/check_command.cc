// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/arguments.h"
#include "cli/check_summary.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/report_file.h"
#include "planish/check.h"

namespace planish::cli {
namespace {

constexpr char kVerb[] = "check";
constexpr char kRowsGroup[] = "Which rows are duplicates";

struct CheckArguments {
  CheckOptions options;
  RunArguments run;
};

int RunCheck(CheckArguments* arguments) {
  if (!AreRunOptionsUsable(arguments->run, arguments->options.dataset.inputs, kVerb))
    return kFailed;
  auto files = ReportFiles::Make(arguments->run.report, arguments->run.metrics);
  if (!files.ok()) return Fail(files.status());
  RunContext context = arguments->run.context;
  UseSystemTempDir(&context);
  context.cancel = CatchInterrupts();
  ProgressDisplay display(arguments->run.progress, arguments->run.log_level);
  display.Attach(&context);
  const auto result = Check(arguments->options, context);
  display.Finish();
  if (!result.ok()) return Fail(result.status());

  const std::string json = result->ToJson();
  const arrow::Status written =
      files->Finish(json, result->ToPrometheus(arguments->run.metric_labels));
  if (!written.ok()) return Fail(written);
  const ExitCode done = result->report.skipped.empty() ? kDone : kChunksSkipped;
  return Deliver(ShownBy(arguments->run, json, CheckSummary(*result)),
                 result->duplicated_keys > 0 ? kDuplicatesFound : done);
}

void AddRowOptions(CLI::App* verb, CheckOptions* options) {
  AddColumns(
      verb, "--key", "COL[,COL...]", &options->key,
      "Rows with equal values in these columns are duplicates; without it, rows equal in "
      "all columns. May be repeated. A comma in a name is written \"\\,\"")
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
}

}  // namespace

void AddCheckCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      kVerb, "Tell whether a dataset has duplicate rows, and which; writes nothing");
  auto arguments = std::make_shared<CheckArguments>();
  AddInputs(verb, &arguments->options.dataset);
  AddTrust(verb, &arguments->options.dataset.trust);
  AddOnError(verb, &arguments->options.on_error, &arguments->options.retries);
  AddRowOptions(verb, &arguments->options);
  AddRunOptions(verb, &arguments->run);
  AddReportOptions(verb, &arguments->run);
  verb->add_option("--worst-keys", arguments->options.worst_keys,
                   "How many of the most frequent duplicated keys to name")
      ->type_name("N")
      ->default_str(std::to_string(arguments->options.worst_keys))
      ->check(WholeNumber(0, 1'000'000))
      ->group("What it says");
  verb->footer(
      "Exit code 1 means that there are duplicates, 0 that there are none.\n"
      "\n"
      "Examples:\n"
      "  planish check events/ --key user_id,ts\n"
      "  planish check events/ --key id --worst-keys 100 --json > duplicates.json");
  verb->callback([action, arguments] {
    *action = [arguments] { return RunCheck(arguments.get()); };
  });
}

}  // namespace planish::cli
