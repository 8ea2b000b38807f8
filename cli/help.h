// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace planish::cli {

/// Lays out --help: one line of purpose, usage, options by group with descriptions
/// wrapped at 90 columns and defaults named, then the footer as it is.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

/// How the verb is called, what it is for, and its footer, which has examples.
std::string ShortHelp(const CLI::App& verb);

/// "--key COL[,COL...]" or "-h, --help": how an option is written, with its value.
std::string OptionSpelling(const CLI::Option& option);

}  // namespace planish::cli
