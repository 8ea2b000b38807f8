// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/inspect_summary.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "planish/inspect.h"

namespace planish::cli {
namespace {

struct InspectArguments {
  DatasetOptions dataset;
  RunContext context;
  bool all_columns = false;
  bool json = false;
};

int RunInspect(const InspectArguments& arguments) {
  RunContext context = arguments.context;
  context.cancel = CatchInterrupts();
  const auto result = Inspect(arguments.dataset, context);
  if (!result.ok()) return Fail(result.status());
  return Deliver(
      arguments.json ? result->ToJson() : InspectSummary(*result, arguments.all_columns),
      result->unreadable.empty() && result->disagreements.empty() ? kDone
                                                                  : kChunksSkipped);
}

}  // namespace

void AddInspectCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      "inspect", "Show what a dataset is made of, from its footers; writes nothing");
  auto arguments = std::make_shared<InspectArguments>();
  AddInputs(verb, &arguments->dataset);
  verb->get_option("INPUT")->description(
      "Directories (with all below them), Parquet files, or quoted globs");
  AddMemoryLimit(verb, &arguments->context);
  verb->add_flag("--all-columns", arguments->all_columns,
                 "Show every column of a wide schema, and values in full")
      ->disable_flag_override();
  verb->add_flag("--json", arguments->json,
                 "Print everything as JSON, and nothing else, on standard output")
      ->disable_flag_override();
  verb->footer(
      "Exit code 3 means that files cannot be read, or disagree on their columns; all of "
      "it\n"
      "is shown.\n"
      "\n"
      "Examples:\n"
      "  planish inspect events/\n"
      "  planish inspect 'events/2024-*/*.parquet' --json");
  verb->callback(
      [action, arguments] { *action = [arguments] { return RunInspect(*arguments); }; });
}

}  // namespace planish::cli
