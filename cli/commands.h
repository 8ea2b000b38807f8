// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace planish::cli {

/// What a verb does once its arguments are parsed; returns the exit code.
using Action = std::function<int()>;

/// Declares the whole command line on `app`. Parsing sets `*action` to that of the verb
/// given.
void AddCommands(CLI::App* app, Action* action);

// Each declares one verb on `app`; parsing it sets `*action`.
void AddDedupCommand(CLI::App* app, Action* action);
void AddMergeCommand(CLI::App* app, Action* action);
void AddCheckCommand(CLI::App* app, Action* action);
void AddRecoverCommand(CLI::App* app, Action* action);
void AddRestoreCommand(CLI::App* app, Action* action);
void AddInspectCommand(CLI::App* app, Action* action);
void AddCompletionCommand(CLI::App* app, Action* action);
void AddHelpCommand(CLI::App* app, Action* action);

}  // namespace planish::cli
