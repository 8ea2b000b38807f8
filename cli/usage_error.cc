// SPDX-License-Identifier: Apache-2.0
#include "cli/usage_error.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/help.h"
#include "cli/messages.h"

namespace planish::cli {
namespace {

/// Insertions, deletions and substitutions between two words.
int EditDistance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const int substituted = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// "did you mean X?" for a name close enough to be a slip; else empty.
std::string Suggestion(const std::string& given, const std::vector<std::string>& names) {
  std::string nearest;
  int least = static_cast<int>(given.size() + 5) / 4 + 1;
  for (const std::string& name : names) {
    const int distance = EditDistance(given, name);
    if (distance < least) nearest = name;
    least = std::min(least, distance);
  }
  return nearest.empty() ? "" : "did you mean " + nearest + "?";
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> VerbNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

/// Says what an argument that nothing takes was probably meant to be.
void PrintUnexpected(const CLI::App& where, const std::string& verb,
                     std::string argument) {
  if (argument.starts_with("-")) {
    argument = argument.substr(0, argument.find('='));
    PrintUsageError("unknown option: " + argument, verb,
                    Suggestion(argument, OptionNames(where)));
  } else if (verb.empty()) {
    PrintUsageError("unknown command: " + argument, verb,
                    Suggestion(argument, VerbNames(where)));
  } else {
    PrintUsageError("unexpected argument: " + argument, verb);
  }
}

/// The parser's own text, except where that speaks of counts and overrides.
std::string Reworded(const CLI::ParseError& error) {
  const std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return text;
  const std::string option = text.substr(0, text.find_first_of(": "));
  if (text.ends_with(" missing")) return option + " needs a value";
  if (text.find("At Most") != std::string::npos) return option + " given more than once";
  if (text.ends_with(" override")) return "--" + option + " takes no value";
  return text;
}

}  // namespace

bool ShowShortHelp(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.size() != 1) return false;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_name() != words.front()) continue;
    const auto needed = verb->get_options(
        [](const CLI::Option* option) { return option->get_required(); });
    if (needed.empty()) return false;
    PrintText(ShortHelp(*verb));
    return true;
  }
  return false;
}

int EndParse(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    return Deliver(std::string(error.what()) + "\n", kDone);
  }
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) {
    return Deliver(app.help(), kDone);
  }
  const std::vector<CLI::App*> given = app.get_subcommands();
  const CLI::App& where = given.empty() ? app : *given.back();
  const std::string verb = given.empty() ? "" : where.get_name();
  const std::vector<std::string> unexpected = app.remaining(/*recurse=*/true);
  if (!unexpected.empty()) {
    PrintUnexpected(where, verb, unexpected.front());
  } else if (given.empty()) {
    return Deliver(app.help(), kDone);
  } else {
    PrintUsageError(Reworded(error), verb);
  }
  return kFailed;
}

}  // namespace planish::cli
