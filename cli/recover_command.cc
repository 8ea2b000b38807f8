// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "planish/quantities.h"
#include "planish/recover.h"

namespace planish::cli {
namespace {

struct RecoverArguments {
  RecoverOptions options;
  bool json = false;
};

std::string Summary(const Recovery& recovery) {
  if (recovery.outcome == Recovery::Outcome::kNothingToDo) {
    return "nothing to do: no run was interrupted\n";
  }
  const bool forward = recovery.outcome == Recovery::Outcome::kRolledForward;
  std::string text = forward ? "rolled forward: the dataset is the new one\n"
                             : "rolled back: the dataset is the old one\n";
  text += "why         " + Printable(recovery.reason) + "\n";
  if (!recovery.created.empty())
    text += "committed   " + Printable(recovery.created) + "\n";
  if (recovery.files_replaced + recovery.files_added + recovery.files_removed > 0) {
    text += "files       " + FormatCount(recovery.files_replaced) + " replaced, " +
            FormatCount(recovery.files_added) + " added, " +
            FormatCount(recovery.files_removed) + " removed\n";
  }
  if (!recovery.kept.empty()) {
    text += "kept        " + Printable(recovery.kept) + " (the backup asked for)\n";
  }
  return text;
}

int RunRecover(const RecoverArguments& arguments) {
  RunContext context;
  context.cancel = CatchInterrupts();
  const auto recovery = Recover(arguments.options, context);
  if (!recovery.ok()) return Fail(recovery.status());
  return Deliver(arguments.json ? recovery->ToJson() : Summary(*recovery), kDone);
}

}  // namespace

void AddRecoverCommand(CLI::App* app, Action* action) {
  CLI::App* verb = app->add_subcommand(
      "recover",
      "Settle what an interrupted run has left of changing a dataset in place");
  auto arguments = std::make_shared<RecoverArguments>();
  verb->add_option("DATASET", arguments->options.dataset,
                   "The dataset's directory; also the output of a killed run, "
                   "which need not exist")
      ->required()
      ->type_name("DATASET");
  AddLockTimeout(verb, &arguments->options.lock_timeout);
  verb->add_flag("--json", arguments->json,
                 "Print what was done as JSON, and nothing else, on standard output")
      ->disable_flag_override();
  verb->footer(
      "What had been committed is completed, anything else is taken back; what cannot "
      "be\n"
      "settled safely is an error that changes and deletes nothing. Every run that "
      "writes\n"
      "into a dataset does the same before it starts.\n"
      "\n"
      "Examples:\n"
      "  planish recover events/");
  verb->callback(
      [action, arguments] { *action = [arguments] { return RunRecover(*arguments); }; });
}

}  // namespace planish::cli
