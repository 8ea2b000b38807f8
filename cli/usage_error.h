// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace planish::cli {

/// Ends a parse that did not lead to an action: prints the help or the version that was
/// asked for, or says what is wrong with the command line. Returns the exit code.
int EndParse(const CLI::App& app, const CLI::ParseError& error);

}  // namespace planish::cli
