// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace planish::cli {

/// Ends a parse that did not lead to an action: prints the help or the version that was
/// asked for, or says what is wrong with the command line. Returns the exit code.
int EndParse(const CLI::App& app, const CLI::ParseError& error);

/// Where `words` are a verb alone that cannot do without an argument: prints how it is
/// called and what it does, on standard error. Else false, and nothing is printed.
/// `words` are those after the program's name.
bool ShowShortHelp(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace planish::cli
