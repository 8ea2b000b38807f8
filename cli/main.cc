// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "cli/usage_error.h"

int main(int argc, char** argv) {
  planish::cli::GuardStandardStreams();
  CLI::App app;
  planish::cli::Action action;
  planish::cli::AddCommands(&app, &action);
  std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
  if (std::ranges::find(words.begin(), std::ranges::find(words, "--"), "--json") !=
      std::ranges::find(words, "--")) {
    planish::cli::UseJsonErrors(true);
  }
  if (planish::cli::ShowShortHelp(app, words)) return planish::cli::kFailed;
  const auto mistake = planish::cli::FindValueMistake(app, words);
  if (!mistake.message.empty()) {
    planish::cli::PrintUsageError(mistake.message, mistake.verb, mistake.hint);
    return planish::cli::kFailed;
  }
  planish::cli::ProtectBracketedInputs(app, &words);
  std::ranges::reverse(words);  // as the parser wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return planish::cli::EndParse(app, error);
  }
  return action();
}
