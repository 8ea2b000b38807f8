// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <arrow/config.h>

#include <memory>

#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/messages.h"
#include "planish/version.h"

namespace planish::cli {

void AddHelpCommand(CLI::App* app, Action* action) {
  std::string verbs;
  for (const CLI::App* verb :
       app->get_subcommands([](const CLI::App*) { return true; })) {
    verbs += (verbs.empty() ? "" : "|") + verb->get_name();
  }
  CLI::App* help =
      app->add_subcommand("help", "Show the help of planish, or of one command");
  auto name = std::make_shared<std::string>();
  help->add_option("COMMAND", *name, "The command to explain")->type_name(verbs);
  help->callback([app, action, name] {
    *action = [app, name]() -> int {
      if (name->empty()) {
        // Not app->help(), which would explain the verb that was given: this one.
        const auto mode = CLI::AppFormatMode::Normal;
        return Deliver(app->get_formatter()->make_help(app, app->get_name(), mode),
                       kDone);
      }
      const auto explained = app->get_subcommands(
          [&](const CLI::App* verb) { return verb->get_name() == *name; });
      if (!explained.empty()) return Deliver(explained[0]->help("planish"), kDone);
      PrintUsageError("unknown command: " + *name, "");
      return kFailed;
    };
  });
}

void AddCommands(CLI::App* app, Action* action) {
  app->name("planish");
  app->description(
      "Removes duplicate rows from Parquet datasets: exactly, in bounded memory, and at "
      "a cost close to copying bytes.");
  app->formatter(std::make_shared<HelpFormatter>());
  app->set_help_flag("-h,--help", "Show this help");
  app->set_version_flag("--version",
                        std::string("planish ") + Version() + " (Arrow " +
                            arrow::GetBuildInfo().version_string + ")",
                        "Show the versions of planish and Arrow");
  app->require_subcommand(1);
  app->footer(
      "Examples:\n"
      "  planish inspect events/\n"
      "  planish check events/ --key user_id,ts\n"
      "  planish dedup events/ --output clean/ --key user_id,ts --keep last\n"
      "\n"
      "Exit codes: 0 done; 1 check found duplicates; 2 error, nothing changed; 3 done, "
      "but\n"
      "chunks that could not be read were skipped; 130 interrupted, nothing changed.");
  AddDedupCommand(app, action);
  AddMergeCommand(app, action);
  AddCheckCommand(app, action);
  AddInspectCommand(app, action);
  AddRecoverCommand(app, action);
  AddRestoreCommand(app, action);
  AddCompletionCommand(app, action);
  AddHelpCommand(app, action);
  for (CLI::App* verb : app->get_subcommands([](const CLI::App*) { return true; })) {
    TakeFileUrls(verb);
  }
}

}  // namespace planish::cli
