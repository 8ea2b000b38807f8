// SPDX-License-Identifier: Apache-2.0
#include "planish/error_text.h"

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "planish/error.h"

namespace planish {
namespace {

/// An option whose name alone, or with the value `on`, says all: a switch.
struct Switch {
  std::string_view field;
  bool on;  ///< what asking for it sets the field to
  std::string_view flag;
};

constexpr std::array<Switch, 16> kSwitches = {{
    {"in_place", true, "--in-place"},
    {"dry_run", true, "--dry-run"},
    {"verify", true, "--verify"},
    {"allow_symlinks", true, "--allow-symlinks"},
    {"create", true, "--create"},
    {"allow_empty_source", true, "--allow-empty-source"},
    {"ignore_table_log", true, "--ignore-table-log"},
    {"nan_equal", false, "--nan-distinct"},
    {"prune", false, "--no-prune"},
    {"sync", false, "--no-sync"},
    {"spill", false, "--no-spill"},
    {"copy_row_groups", false, "--no-copy-row-groups"},
    {"copy_files", false, "--no-copy-files"},
    {"inline_keys", false, "--no-inline-keys"},
    {"key_digests", false, "--no-key-digests"},
    {"key_ranges", false, "--no-key-ranges"},
}};

/// Options that take a value, and are called alike everywhere.
constexpr std::array<std::string_view, 37> kValued = {{"output",
                                                       "key",
                                                       "keep",
                                                       "order_by",
                                                       "scope",
                                                       "semantics",
                                                       "missing_columns",
                                                       "on_error",
                                                       "retries",
                                                       "publish",
                                                       "keep_backup",
                                                       "lock_timeout",
                                                       "include",
                                                       "exclude",
                                                       "source",
                                                       "strategy",
                                                       "source_order_by",
                                                       "source_duplicates",
                                                       "newer_by",
                                                       "delete_when",
                                                       "extra_columns",
                                                       "trust",
                                                       "on_partition_change",
                                                       "assume_timezone",
                                                       "compression",
                                                       "compression_level",
                                                       "engine",
                                                       "threads",
                                                       "memory_limit",
                                                       "temp_dir",
                                                       "temp_limit",
                                                       "chunk",
                                                       "chunk_rows",
                                                       "chunk_bytes",
                                                       "worst_keys",
                                                       "report",
                                                       "metrics"}};

/// Those that the command calls otherwise. It takes some as arguments without a flag.
struct Renamed {
  std::string_view field, flag;
};
constexpr std::array<Renamed, 5> kRenamed = {{{"target_file_bytes", "--target-file-size"},
                                              {"inputs", "INPUT"},
                                              {"target", "TARGET"},
                                              {"dataset", "DATASET"},
                                              {"backup", "--from"}}};

std::string FlagOf(std::string_view field) {
  std::string flag = "--" + std::string(field);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string SwitchText(const Switch& option, OptionStyle style) {
  if (style == OptionStyle::kFlag) return std::string(option.flag);
  return std::string(option.field) + (option.on ? "=True" : "=False");
}

/// Of what stands between backquotes, "field" or "field=value"; empty if it is no option.
std::string Rendered(std::string_view marked, OptionStyle style) {
  const size_t equals = marked.find('=');
  const std::string_view field = marked.substr(0, equals);
  for (const Switch& option : kSwitches) {
    if (option.field == field) return SwitchText(option, style);
  }
  std::string flag;
  for (const Renamed& option : kRenamed) {
    if (option.field == field) flag = option.flag;
  }
  if (std::ranges::find(kValued, field) != kValued.end()) flag = FlagOf(field);
  if (flag.empty()) return "";
  const bool is_flag = style == OptionStyle::kFlag;
  if (equals == std::string_view::npos) return is_flag ? flag : std::string(field);
  const std::string value(marked.substr(equals + 1));
  const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
  if (is_flag) return flag + " " + value;
  return std::string(field) + "=" + (is_number ? value : "\"" + value + "\"");
}

}  // namespace

std::string WithOptions(const std::string& text, OptionStyle style) {
  if (style == OptionStyle::kField) return text;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '`' ? text.find('`', i + 1) : std::string::npos;
    const std::string option =
        end == std::string::npos
            ? ""
            : Rendered(std::string_view(text).substr(i + 1, end - i - 1), style);
    if (option.empty()) {
      out += text[i++];
    } else {
      out += option;
      i = end + 1;
    }
  }
  return out;
}

std::string FormatError(const arrow::Status& status, OptionStyle style) {
  const ErrorDetail* detail = GetErrorDetail(status);
  const std::string message = WithOptions(status.message(), style);
  if (detail == nullptr) return status.ok() ? "" : message;
  auto worded = std::make_shared<ErrorDetail>(*detail);
  worded->hint = WithOptions(detail->hint, style);
  return FormatError(arrow::Status(status.code(), message, std::move(worded)));
}

std::string ErrorToJson(const arrow::Status& status, OptionStyle style) {
  using Json = nlohmann::ordered_json;
  static const ErrorDetail kNone;
  const ErrorDetail* detail = GetErrorDetail(status);
  const ErrorDetail& known = detail == nullptr ? kNone : *detail;
  const auto text = [](const std::string& given) {
    return given.empty() ? Json() : Json(given);
  };
  Json error;
  error["kind"] = detail == nullptr ? "unknown" : ErrorKindName(known.kind);
  error["message"] = WithOptions(status.message(), style);
  error["file"] = text(known.file);
  error["row_group"] = known.row_group < 0 ? Json() : Json(known.row_group);
  error["column"] = text(known.column);
  error["facts"] = Json::object();
  for (const auto& [name, value] : known.facts) error["facts"][name] = value;
  error["hint"] = text(WithOptions(known.hint, style));
  const Json json = {{"error", error}};
  // Paths and names are bytes: what is not UTF-8 in them is replaced.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace planish
