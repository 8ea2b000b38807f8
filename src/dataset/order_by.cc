// SPDX-License-Identifier: Apache-2.0
#include "dataset/order_by.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "base/error_builder.h"
#include "dataset/column_list.h"

namespace planish {
namespace {

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Insertions, deletions and substitutions of bytes that make `b` of `a`.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

/// Without what people write in different ways: case, and the characters between words.
std::string Skeleton(std::string_view name) {
  std::string out = LowerCase(name);
  std::erase_if(out, [](char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; });
  return out;
}

/// The column most like `name`, if one is like it at all.
std::optional<std::string> ClosestColumn(const arrow::Schema& schema,
                                         std::string_view name) {
  const std::string wanted = Skeleton(name);
  std::optional<std::string> closest;
  size_t least = std::max<size_t>(wanted.size() / 3, 1) + 1;
  for (const auto& field : schema.fields()) {
    const size_t distance = EditDistance(wanted, Skeleton(field->name()));
    if (distance < least && distance < wanted.size()) {
      least = distance;
      closest = field->name();
    }
  }
  return closest;
}

Error MissingColumn(const arrow::Schema& schema, std::string_view name,
                    std::string_view role) {
  const std::string given(name), quoted = "\"" + given + "\"";
  if (schema.GetAllFieldIndices(given).size() > 1) {
    return Error(ErrorKind::kSchemaMismatch, "two columns have the name of a " +
                                                 std::string(role) + " column: " + quoted)
        .Column(given)
        .Hint("rename one of them");
  }
  Error error(ErrorKind::kMissingColumn,
              std::string(role) + " column not found: " + quoted);
  error.Fact("has", ListColumns(schema));
  const std::string_view top_level = name.substr(0, name.find('.'));
  if (top_level.size() < name.size()) {
    if (auto parent = schema.GetFieldByName(std::string(top_level))) {
      error.Hint("only whole top-level columns can be used; \"" + parent->name() +
                 "\" is one (" + parent->type()->ToString() + ")");
      return error;
    }
  }
  if (auto closest = ClosestColumn(schema, name)) {
    error.Hint("did you mean \"" + *closest + "\"?");
  }
  return error;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// An item taken apart.
struct ParsedItem {
  std::string_view name;
  std::optional<bool> descending;  ///< as a trailing word says
};

ParsedItem ParseItem(std::string_view item) {
  ParsedItem parsed;
  parsed.name = Trim(item);
  const size_t space = parsed.name.find_last_of(" \t");
  if (space != std::string_view::npos) {
    const std::string word = LowerCase(parsed.name.substr(space + 1));
    if (word == "asc" || word == "desc") {
      parsed.descending = word == "desc";
      parsed.name = Trim(parsed.name.substr(0, space));
    }
  }
  return parsed;
}

}  // namespace

arrow::Result<OrderByColumn> ResolveOrderBy(const arrow::Schema& schema,
                                            std::string_view item) {
  const auto find = [&](std::string_view name) {
    return schema.GetFieldIndex(std::string(name));
  };
  if (const int column = find(item); column >= 0) return OrderByColumn{column, false};
  ParsedItem parsed = ParseItem(item);
  if (parsed.descending) {
    if (const int column = find(parsed.name); column >= 0) {
      return OrderByColumn{column, *parsed.descending};
    }
  }
  if (parsed.name.starts_with('-')) {
    if (parsed.descending) {
      return Error(ErrorKind::kInvalidOption,
                   "order column has two directions: \"" + std::string(item) + "\"")
          .Hint("write either \"-column\" or \"column desc\"");
    }
    parsed.descending = true;
    parsed.name = Trim(parsed.name.substr(1));
  }
  if (parsed.name.empty()) {
    return Error(ErrorKind::kInvalidOption,
                 "order column has no name: \"" + std::string(item) + "\"");
  }
  if (const int column = find(parsed.name); column >= 0) {
    return OrderByColumn{column, parsed.descending.value_or(false)};
  }
  return MissingColumn(schema, parsed.name, "order");
}

arrow::Result<std::vector<int>> ResolveColumns(const arrow::Schema& schema,
                                               const std::vector<std::string>& names,
                                               std::string_view role) {
  std::vector<int> columns;
  std::unordered_set<int> seen;
  for (const std::string& name : names) {
    // As it is, if there is such a column, or without the blanks around it.
    int column = schema.GetFieldIndex(name);
    if (column < 0) column = schema.GetFieldIndex(std::string(Trim(name)));
    if (column < 0) return MissingColumn(schema, Trim(name), role);
    if (!seen.insert(column).second) {
      return Error(ErrorKind::kInvalidOption,
                   std::string(role) + " column given twice: \"" + name + "\"");
    }
    columns.push_back(column);
  }
  return columns;
}

}  // namespace planish
