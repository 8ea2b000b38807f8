// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

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

namespace planish::cli {

int RunCommandLine(int argc, char** argv) {
  GuardStandardStreams();
  CLI::App app;
  Action action;
  AddCommands(&app, &action);
  std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
  const auto options_end = std::ranges::find(words, "--");
  if (std::find(words.begin(), options_end, "--json") != options_end) {
    UseJsonErrors(true);
  }
  if (ShowShortHelp(app, words)) return kFailed;
  const auto mistake = FindValueMistake(app, words);
  if (!mistake.message.empty()) {
    PrintUsageError(mistake.message, mistake.verb, mistake.hint);
    return kFailed;
  }
  ProtectBracketedInputs(app, &words);
  std::ranges::reverse(words);  // as the parser wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return EndParse(app, error);
  }
  return action();
}

}  // namespace planish::cli
