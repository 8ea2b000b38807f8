// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "cli/terminal.h"

namespace planish::cli {
namespace {

constexpr int kColumns = 90;
constexpr int kTextColumn = 26;
constexpr char kUngrouped[] = "Options";
// A space at which no line is broken.
constexpr char kFixedSpace = '\x1f';

/// Words of `text` in lines up to kColumns, all but the first indented by `indent`.
std::string Wrap(const std::string& text, int indent) {
  std::istringstream words(text);
  std::string out, word;
  int column = indent;
  while (words >> word) {
    const int width = DisplayWidth(word);
    if (column > indent && column + 1 + width > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
  }
  std::replace(out.begin(), out.end(), kFixedSpace, ' ');
  return out;
}

std::string Entry(const std::string& left, const std::string& text) {
  std::string line = "  " + left;
  const int width = DisplayWidth(line);
  line += width + 2 > kTextColumn ? "\n" + std::string(kTextColumn, ' ')
                                  : std::string(kTextColumn - width, ' ');
  return line + Wrap(text, kTextColumn) + "\n";
}

std::string OptionEntry(const CLI::Option& option) {
  std::string text = option.get_description();
  const std::string initial = option.get_default_str();
  if (!initial.empty()) text += std::string(" (default:") + kFixedSpace + initial + ")";
  return Entry(OptionSpelling(option), text);
}

std::string Usage(const CLI::App& app, const std::string& name) {
  std::string line = "Usage: " + name;
  for (const CLI::Option* option :
       app.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    std::string value = option->get_name(true);
    if (option->get_items_expected_max() > 1) value += "...";
    line += option->get_required() ? " " + value : " [" + value + "]";
  }
  const bool has_verbs =
      !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  return line + (has_verbs ? " COMMAND" : "") + " [OPTIONS]\n";
}

std::string Verbs(const CLI::App& app) {
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  if (verbs.empty()) return "";
  std::string out = "\nCommands:\n";
  for (const CLI::App* verb : verbs)
    out += Entry(verb->get_name(), verb->get_description());
  return out;
}

}  // namespace

std::string ShortHelp(const CLI::App& verb) {
  const std::string name = "planish " + verb.get_name();
  std::string out = Usage(verb, name) + "\n" + Wrap(verb.get_description(), 0) + "\n";
  if (!verb.get_footer().empty()) out += "\n" + verb.get_footer() + "\n";
  return out + "\n" + name + " --help lists all options\n";
}

std::string OptionSpelling(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string spelling;
  for (const std::string& name : option.get_snames()) spelling += "-" + name + ", ";
  for (const std::string& name : option.get_lnames()) spelling += "--" + name + ", ";
  spelling.resize(spelling.size() - 2);
  const bool takes_value = option.get_items_expected_max() > 0;
  return takes_value ? spelling + " " + option.get_type_name() : spelling;
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode) const {
  std::string out =
      Wrap(app->get_description(), 0) + "\n\n" + Usage(*app, name) + Verbs(*app);
  std::vector<std::string> groups = app->get_groups();
  // What has no group of its own, --help above all, comes last.
  std::ranges::stable_partition(groups,
                                [](const auto& group) { return group != kUngrouped; });
  for (const std::string& group : groups) {
    const auto options = app->get_options(
        [&](const CLI::Option* option) { return option->get_group() == group; });
    if (options.empty()) continue;
    out += "\n" + group + ":\n";
    for (const CLI::Option* option : options) out += OptionEntry(*option);
  }
  if (!app->get_footer().empty()) out += "\n" + app->get_footer() + "\n";
  return out;
}

}  // namespace planish::cli
