// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <vector>

namespace planish::cli {
namespace {

/// What may follow an option, or stand for a positional argument.
enum class ValueKind { kNone, kChoice, kFile, kDirectory, kText };

struct Argument {
  std::string flag;  ///< "--keep"; empty for a positional argument
  std::string text;
  std::string type;
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> choices;
  bool repeats = false;
};

struct Verb {
  std::string name;
  std::string text;
  std::vector<Argument> arguments;
};

std::vector<std::string> SplitChoices(const std::string& type) {
  std::vector<std::string> choices(1);
  for (char c : type) {
    if (c == '|') {
      choices.emplace_back();
    } else {
      choices.back() += c;
    }
  }
  // What may follow a choice is not for completion: "retry[=N]".
  for (std::string& choice : choices) choice = choice.substr(0, choice.find('['));
  return choices;
}

ValueKind KindOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() == 0) return ValueKind::kNone;
  if (type.find('|') != std::string::npos) return ValueKind::kChoice;
  if (type == "FILE" || type == "PATH") return ValueKind::kFile;
  if (type == "DIR") return ValueKind::kDirectory;
  return ValueKind::kText;
}

std::vector<Argument> ArgumentsOf(const CLI::App& app) {
  std::vector<Argument> arguments;
  for (const CLI::Option* option : app.get_options()) {
    Argument argument;
    argument.text = option->get_description();
    argument.type = option->get_type_name();
    argument.kind = KindOf(*option);
    argument.repeats = option->get_items_expected_max() > 1;
    if (argument.kind == ValueKind::kChoice)
      argument.choices = SplitChoices(argument.type);
    if (option->get_positional()) arguments.push_back(argument);
    for (const std::string& name : option->get_lnames()) {
      argument.flag = "--" + name;
      arguments.push_back(argument);
    }
  }
  return arguments;
}

std::vector<Verb> VerbsOf(const CLI::App& app) {
  std::vector<Verb> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back({verb->get_name(), verb->get_description(), ArgumentsOf(*verb)});
  }
  return verbs;
}

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// `text` between single quotes, as sh, zsh and (nearly) fish read them.
std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// The same with the characters escaped that mean something in a zsh argument
/// specification.
std::string ZshText(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string BashAction(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::kChoice:
      return "COMPREPLY=($(compgen -W " + Quoted(Join(argument.choices)) +
             " -- \"$cur\"))";
    case ValueKind::kFile:
      return "compopt -o filenames; IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$cur\"))";
    case ValueKind::kDirectory:
      return "compopt -o filenames; IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$cur\"))";
    default:
      return "COMPREPLY=()";
  }
}

std::string BashVerb(const Verb& verb) {
  std::string values, flags, positional = "COMPREPLY=()";
  for (const Argument& argument : verb.arguments) {
    if (argument.flag.empty()) {
      positional = BashAction(argument);
      continue;
    }
    flags += (flags.empty() ? "" : " ") + argument.flag;
    if (argument.kind == ValueKind::kNone) continue;
    values += "        " + argument.flag + ") " + BashAction(argument) + "; return ;;\n";
  }
  return "    " + verb.name + ")\n      case \"$prev\" in\n" + values +
         "      esac\n      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W " +
         Quoted(flags) + " -- \"$cur\"))\n      else\n        " + positional +
         "\n      fi ;;\n";
}

std::string ZshAction(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return ":value:(" + Join(argument.choices) + ")";
    case ValueKind::kFile:
      return ":file:_files";
    case ValueKind::kDirectory:
      return ":directory:_files -/";
    case ValueKind::kText:
      break;
  }
  return ":" + ZshText(argument.type) + ": ";
}

std::string ZshArgument(const Argument& argument) {
  if (argument.flag.empty())
    return Quoted((argument.repeats ? "*" : "1") + ZshAction(argument));
  return Quoted((argument.repeats ? "*" : "") + argument.flag + "[" +
                ZshText(argument.text) + "]" + ZshAction(argument));
}

std::string FishAction(const Argument& argument) {
  switch (argument.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return " -x -a " + Quoted(Join(argument.choices));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::kText:
      break;
  }
  return " -x";
}

/// Fish keeps backslashes in single quotes unless they escape a quote or a backslash.
std::string FishText(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  std::string names, cases;
  for (const Verb& verb : VerbsOf(app)) {
    names += (names.empty() ? "" : " ") + verb.name;
    cases += BashVerb(verb);
  }
  return "# bash completion for planish\n"
         "_planish() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local IFS=$' \\t\\n'\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         " --help --version' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "}\n"
         "complete -F _planish planish\n";
}

std::string ZshCompletion(const CLI::App& app) {
  std::string names, cases;
  for (const Verb& verb : VerbsOf(app)) {
    names += "    " + Quoted(verb.name + ":" + verb.text) + "\n";
    cases += "    " + verb.name + ")\n      _arguments -s";
    for (const Argument& argument : verb.arguments) {
      cases += " \\\n        " + ZshArgument(argument);
    }
    cases += " ;;\n";
  }
  return "#compdef planish\n"
         "_planish() {\n"
         "  local -a commands=(\n" +
         names +
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=${words[2]}\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _planish ]]; then\n"
         "  _planish \"$@\"\n"
         "else\n"
         "  compdef _planish planish\n"
         "fi\n";
}

std::string FishCompletion(const CLI::App& app) {
  std::string out = "# fish completion for planish\ncomplete -c planish -f\n";
  for (const Verb& verb : VerbsOf(app)) {
    out += "complete -c planish -n __fish_use_subcommand -a " + verb.name + " -d " +
           FishText(verb.text) + "\n";
    const std::string prefix =
        "complete -c planish -n '__fish_seen_subcommand_from " + verb.name + "'";
    for (const Argument& argument : verb.arguments) {
      if (argument.flag.empty()) {
        out += prefix + FishAction(argument) + "\n";
      } else {
        out += prefix + " -l " + argument.flag.substr(2) + FishAction(argument) + " -d " +
               FishText(argument.text) + "\n";
      }
    }
  }
  return out;
}

}  // namespace planish::cli
