// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/progress_display.h"
#include "planish/dataset_options.h"
#include "planish/in_place_options.h"
#include "planish/on_error.h"
#include "planish/report.h"
#include "planish/run_context.h"

/// \file
/// Options that several verbs share, and the kinds of values options take. Help and
/// completion are generated from what is declared here: a type name "a|b|c" lists the
/// choices.

namespace planish::cli {

/// How a verb runs and reports, apart from what it does.
struct RunArguments {
  RunContext context;
  ProgressStyle progress = ProgressStyle::kAuto;
  LogLevel log_level = LogLevel::kWarning;
  bool json = false;
  bool quiet = false;   ///< says errors only; what is asked for as JSON comes anyway
  std::string report;   ///< path; empty for none
  std::string metrics;  ///< path; empty for none
  MetricLabels metric_labels;
};

void AddInputs(CLI::App* verb, DatasetOptions* dataset);
/// Options that say which files of a directory are part of the dataset.
void AddFileChoice(CLI::App* verb, std::vector<std::string>* include,
                   std::vector<std::string>* exclude, const std::string& group);
void AddIgnoreTableLog(CLI::App* verb, bool* ignore, const std::string& group);
void AddTrust(CLI::App* verb, Trust* trust);
void AddAllowSymlinks(CLI::App* verb, bool* allow, const std::string& group);
/// `*retries` is set for "retry=N" alone. `text` says what becomes of what cannot be
/// read; `*on_error` is the default.
void AddOnError(CLI::App* verb, OnError* on_error, std::optional<int>* retries,
                const std::string& text);
/// The same for verbs that read a dataset and skip what they cannot.
void AddOnError(CLI::App* verb, OnError* on_error, std::optional<int>* retries);
void AddMemoryLimit(CLI::App* verb, RunContext* context);
void AddRunOptions(CLI::App* verb, RunArguments* arguments);
/// Refuses, saying why, what only the command line can get wrong about them. `data` are
/// paths where reports would be taken for data.
bool AreRunOptionsUsable(const RunArguments& arguments,
                         const std::vector<std::string>& data, const std::string& verb);
/// For runs without an output, beside which scratch would be put.
void UseSystemTempDir(RunContext* context);
/// Options of a verb that can change a dataset where it lies.
void AddInPlaceOptions(CLI::App* verb, InPlaceOptions* options);
CLI::Option* AddLockTimeout(CLI::App* verb, std::chrono::milliseconds* timeout);
void AddReportOptions(CLI::App* verb, RunArguments* arguments);
/// What a run prints in the end: its JSON, its summary, or nothing.
std::string ShownBy(const RunArguments& arguments, const std::string& json,
                    const std::string& summary);

/// Every option that takes a path takes the file:// URL of one, too. Call when all
/// options of the verb are there. URLs of other schemes stay, for the library to refuse.
void TakeFileUrls(CLI::App* verb);

/// An option that may be repeated, each time with one or more column names.
CLI::Option* AddColumns(CLI::App* verb, const std::string& flag, const std::string& type,
                        std::vector<std::string>* columns, const std::string& text);

/// The parser takes a word "[a,b]" apart as if it were a list. An input can be such a
/// glob, so it becomes "./[a,b]". `words` are those after the program's name.
void ProtectBracketedInputs(const CLI::App& app, std::vector<std::string>* words);

/// What is wrong with the values of options: an option that takes one has none, or an
/// empty one, as from a variable of the shell that is not set. The parser would take the
/// next word for it. Empty if nothing is. `words` are those after the program's name.
struct ValueMistake {
  std::string verb, message, hint;
};
ValueMistake FindValueMistake(const CLI::App& app, const std::vector<std::string>& words);

/// A whole number from `least` to `most`.
CLI::Validator WholeNumber(int64_t least,
                           int64_t most = std::numeric_limits<int64_t>::max());

/// Of `names`, the one given; its error lists them.
CLI::Validator OneOf(std::vector<std::string> names);

/// --compression, by the codec's name whatever the case of its letters.
CLI::Option* AddCompression(CLI::App* verb, std::string* codec, const std::string& text);

/// An option that takes one of several names. Its default is the name of `*value`.
template <typename T>
CLI::Option* AddChoice(CLI::App* verb, const std::string& flag, T* value,
                       const std::vector<std::pair<std::string, T>>& choices,
                       const std::string& text) {
  std::vector<std::string> names;
  std::string type, initial;
  for (const auto& [name, choice] : choices) {
    names.push_back(name);
    type += (type.empty() ? "" : "|") + name;
    if (choice == *value) initial = name;
  }
  auto choose = [value, choices](const std::string& given) {
    for (const auto& [name, choice] : choices) {
      if (given == name) *value = choice;
    }
  };
  return verb->add_option_function<std::string>(flag, choose, text)
      ->type_name(type)
      ->default_str(initial)
      ->check(OneOf(names));
}

}  // namespace planish::cli
