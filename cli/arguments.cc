// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <charconv>

#include "cli/column_list.h"
#include "planish/local_path.h"

namespace planish::cli {
namespace {

constexpr char kInputGroup[] = "Input";
constexpr char kReportGroup[] = "What it says";

}  // namespace

CLI::Validator WholeNumber(int64_t least, int64_t most) {
  auto check = [least, most](std::string& text) -> std::string {
    int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stop == end && number >= least && number <= most)
      return "";
    std::string range = "at least " + std::to_string(least);
    if (most != std::numeric_limits<int64_t>::max()) {
      range = "from " + std::to_string(least) + " to " + std::to_string(most);
    }
    return "must be a whole number, " + range + ": " + text;
  };
  return CLI::Validator(check, "");
}

void ProtectBracketedInputs(const CLI::App& app, std::vector<std::string>* words) {
  if (words->empty()) return;
  const auto verbs = app.get_subcommands(
      [&](const CLI::App* verb) { return verb->get_name() == words->front(); });
  if (verbs.empty()) return;
  for (size_t i = 1; i < words->size(); ++i) {
    std::string& word = (*words)[i];
    if (!word.starts_with('[') || !word.ends_with(']')) continue;
    const CLI::Option* before = verbs[0]->get_option_no_throw((*words)[i - 1]);
    const bool is_value = before != nullptr && before->get_items_expected_max() > 0 &&
                          !before->get_positional();
    if (!is_value) word.insert(0, "./");
  }
}

ValueMistake FindValueMistake(const CLI::App& app,
                              const std::vector<std::string>& words) {
  if (words.empty()) return {};
  const std::string& name = words.front();
  const auto verbs =
      app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; });
  if (verbs.empty()) return {};
  const auto option_at = [&](const std::string& word) -> const CLI::Option* {
    if (!word.starts_with("--") || word.size() == 2) return nullptr;
    return verbs[0]->get_option_no_throw(word.substr(0, word.find('=')));
  };
  for (size_t i = 1; i < words.size() && words[i] != "--"; ++i) {
    const CLI::Option* option = option_at(words[i]);
    if (option == nullptr || option->get_items_expected_max() == 0) continue;
    const size_t equals = words[i].find('=');
    const std::string flag = words[i].substr(0, equals);
    if (equals == std::string::npos) ++i;
    const bool is_there = i < words.size();
    const bool is_empty = equals == std::string::npos ? is_there && words[i].empty()
                                                      : equals + 1 == words[i].size();
    if (is_empty) {
      return {name, flag + " has an empty value",
              "give it a value, or leave it out; is a variable of the shell not set?"};
    }
    if (equals != std::string::npos) continue;
    if (!is_there) return {name, flag + " needs a value", ""};
    if (option_at(words[i]) != nullptr) {
      return {name, flag + " needs a value, and is followed by an option: " + words[i],
              "if that is the value, write " + flag + "=" + words[i]};
    }
  }
  return {};
}

CLI::Validator OneOf(std::vector<std::string> names) {
  auto check = [names = std::move(names)](std::string& text) -> std::string {
    std::string listed;
    for (const std::string& name : names) {
      if (text == name) return "";
      listed += (listed.empty() ? "" : ", ") + name;
    }
    return "must be one of " + listed + ": " + text;
  };
  return CLI::Validator(check, "");
}

CLI::Option* AddCompression(CLI::App* verb, std::string* codec, const std::string& text) {
  const auto lower = [](std::string& name) -> std::string {
    name = CLI::detail::to_lower(name);
    return "";
  };
  return verb->add_option("--compression", *codec, text)
      ->type_name("none|snappy|gzip|brotli|zstd|lz4")
      ->transform(CLI::Validator(lower, ""))
      ->check(OneOf({"none", "snappy", "gzip", "brotli", "zstd", "lz4"}));
}

CLI::Option* AddColumns(CLI::App* verb, const std::string& flag, const std::string& type,
                        std::vector<std::string>* columns, const std::string& text) {
  auto append = [flag, columns](const std::vector<std::string>& given) {
    for (const std::string& list : given) {
      const auto names = SplitColumnList(list);
      if (!names.ok()) throw CLI::ValidationError(flag, names.status().message());
      columns->insert(columns->end(), names->begin(), names->end());
    }
    return true;
  };
  // One value at a time, so that `--key id data/` does not take the input for a column,
  // and
  // `--order-by -ts` takes its value although it looks like an option.
  return verb->add_option_function<std::vector<std::string>>(flag, append, text)
      ->type_name(type)
      ->allow_extra_args(false);
}

void AddInputs(CLI::App* verb, DatasetOptions* dataset) {
  verb->add_option("INPUT", dataset->inputs,
                   "Directories (with all below them), files (Parquet or Arrow IPC), or "
                   "quoted globs")
      ->type_name("PATH")
      ->required()
      ->group(kInputGroup);
  AddFileChoice(verb, &dataset->include, &dataset->exclude, kInputGroup);
  AddIgnoreTableLog(verb, &dataset->ignore_table_log, kInputGroup);
  AddAllowSymlinks(verb, &dataset->allow_symlinks, kInputGroup);
  AddChoice<MissingColumns>(
      verb, "--missing-columns", &dataset->missing_columns,
      {{"error", MissingColumns::kError}, {"null", MissingColumns::kNull}},
      "What a column, or a field of a struct, that some files lack means where its "
      "values are compared: an error, or null in all their rows")
      ->group(kInputGroup);
}

void AddFileChoice(CLI::App* verb, std::vector<std::string>* include,
                   std::vector<std::string>* exclude, const std::string& group) {
  // One value at a time, so that the next word is not taken for another.
  const auto add = [&](const std::string& flag, std::vector<std::string>* patterns,
                       const std::string& text) {
    verb->add_option(flag, *patterns, text)
        ->type_name("GLOB")
        ->allow_extra_args(false)
        ->group(group);
  };
  add("--include", include,
      "Only files that match are part of the dataset: 'year=2024/**', or '*.dat' for "
      "files that are not called .parquet, .parq or .pq. Paths are below the input; a "
      "pattern without / matches names at any depth. May be repeated");
  add("--exclude", exclude,
      "Files that match are not part of the dataset, and stay as they are. May be "
      "repeated");
}

void AddIgnoreTableLog(CLI::App* verb, bool* ignore, const std::string& group) {
  verb->add_flag("--ignore-table-log", *ignore,
                 "Take the files of a Delta Lake, Iceberg, Hudi or similar table as they "
                 "lie, without its log")
      ->disable_flag_override()
      ->group(group);
}

void AddTrust(CLI::App* verb, Trust* trust) {
  AddChoice<Trust>(verb, "--trust", trust,
                   {{"statistics", Trust::kStatistics}, {"nothing", Trust::kNothing}},
                   "Whether files are believed what their statistics, page indexes and "
                   "bloom filters say of keys; nothing reads the keys instead, for files "
                   "from strangers")
      ->group(kInputGroup);
}

void AddAllowSymlinks(CLI::App* verb, bool* allow, const std::string& group) {
  verb->add_flag("--allow-symlinks", *allow,
                 "Follow links that lead out of an input; in place, take in links to "
                 "files: one whose rows have to go becomes a file")
      ->disable_flag_override()
      ->group(group);
}

void AddOnError(CLI::App* verb, OnError* on_error, std::optional<int>* retries,
                const std::string& text) {
  auto set = [=](const std::string& given) {
    const std::string name = given.substr(0, given.find('='));
    const bool counts = name.size() < given.size();
    const std::string count = counts ? given.substr(name.size() + 1) : "3";
    int number = 0;
    const auto [stop, error] =
        std::from_chars(count.data(), count.data() + count.size(), number);
    const bool whole = error == std::errc() && stop == count.data() + count.size();
    const bool known = name == "skip" || name == "fail" || name == "retry";
    if (!known || (counts && name != "retry") || !whole || number < 1) {
      throw CLI::ValidationError("--on-error",
                                 "must be skip, fail, retry, or retry=N with N at least "
                                 "1: " +
                                     given);
    }
    *on_error = name == "skip"   ? OnError::kSkip
                : name == "fail" ? OnError::kFail
                                 : OnError::kRetry;
    if (counts) *retries = number;
  };
  const char* const by_default = *on_error == OnError::kSkip ? "skip" : "fail";
  verb->add_option_function<std::string>("--on-error", set, text)
      ->type_name("skip|fail|retry[=N]")
      ->default_str(by_default)
      ->group(kInputGroup);
}

void AddOnError(CLI::App* verb, OnError* on_error, std::optional<int>* retries) {
  AddOnError(
      verb, on_error, retries,
      "What to do about row groups and files that cannot be read: leave them out and "
      "name them, or end the run; retry makes failed reads again, N times, then ends "
      "the run");
}

namespace {

void AddMetricLabels(CLI::App* verb, MetricLabels* labels) {
  auto add = [labels](const std::vector<std::string>& given) {
    for (const std::string& label : given) {
      const size_t equals = label.find('=');
      if (equals == std::string::npos) {
        throw CLI::ValidationError("--metrics-label", "must be NAME=VALUE: " + label);
      }
      labels->emplace_back(label.substr(0, equals), label.substr(equals + 1));
    }
    const arrow::Status checked = CheckMetricLabels(*labels);
    if (!checked.ok()) throw CLI::ValidationError("--metrics-label", checked.message());
    return true;
  };
  verb->add_option_function<std::vector<std::string>>(
          "--metrics-label", add,
          "A label that every sample in the file of --metrics bears, such as "
          "dataset=events. May be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group(kReportGroup);
}

}  // namespace

void AddReportOptions(CLI::App* verb, RunArguments* arguments) {
  verb->add_flag("--json", arguments->json,
                 "Print the result as JSON, and nothing else, on standard output")
      ->disable_flag_override()
      ->group(kReportGroup);
  verb->add_option("--report", arguments->report, "Write the JSON to a file as well")
      ->type_name("FILE")
      ->group(kReportGroup);
  verb->add_option("--metrics", arguments->metrics,
                   "Write its figures to a file as Prometheus reads them")
      ->type_name("FILE")
      ->group(kReportGroup);
  AddMetricLabels(verb, &arguments->metric_labels);
  CLI::Option* const progress =
      AddChoice<ProgressStyle>(verb, "--progress", &arguments->progress,
                               {{"auto", ProgressStyle::kAuto},
                                {"bar", ProgressStyle::kBar},
                                {"log", ProgressStyle::kLog},
                                {"none", ProgressStyle::kNone}},
                               "Progress on standard error; auto is a bar on a terminal, "
                               "and elsewhere log lines of runs that take longer than "
                               "five seconds");
  progress->group(kReportGroup);
  CLI::Option* const log_level =
      AddChoice<LogLevel>(verb, "--log-level", &arguments->log_level,
                          {{"debug", LogLevel::kDebug},
                           {"info", LogLevel::kInfo},
                           {"warning", LogLevel::kWarning},
                           {"error", LogLevel::kError}},
                          "Least important messages to show on standard error");
  log_level->group(kReportGroup);
  const auto be_quiet = [arguments] {
    arguments->quiet = true;
    arguments->progress = ProgressStyle::kNone;
    arguments->log_level = LogLevel::kError;
  };
  CLI::Option* const quiet =
      verb->add_flag_callback("-q,--quiet", be_quiet,
                              "Say nothing but errors; --json prints its result anyway")
          ->disable_flag_override()
          ->excludes(progress)
          ->excludes(log_level);
  quiet->group(kReportGroup);
  verb->add_flag_callback(
          "-v,--verbose", [arguments] { arguments->log_level = LogLevel::kInfo; },
          "Show what is done, as --log-level info does")
      ->disable_flag_override()
      ->excludes(log_level)
      ->excludes(quiet)
      ->group(kReportGroup);
}

std::string ShownBy(const RunArguments& arguments, const std::string& json,
                    const std::string& summary) {
  if (arguments.json) return json;
  return arguments.quiet ? "" : summary;
}

void TakeFileUrls(CLI::App* verb) {
  const auto to_path = [](std::string& text) -> std::string {
    if (!text.starts_with("file:") && !text.starts_with("FILE:")) return "";
    const auto path = LocalPath(text, "");
    if (!path.ok()) return "must be a path or file:///path: " + text;
    text = *path;
    return "";
  };
  for (CLI::Option* option : verb->get_options()) {
    const std::string type = option->get_type_name();
    if (type == "PATH" || type == "DIR" || type == "FILE" || type == "DATASET") {
      option->transform(CLI::Validator(to_path, ""));
    }
  }
}

}  // namespace planish::cli
