// SPDX-License-Identifier: Apache-2.0
#include "cli/column_list.h"

namespace planish::cli {

arrow::Result<std::vector<std::string>> SplitColumnList(std::string_view text) {
  std::vector<std::string> names(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() &&
                         (text[i + 1] == ',' || text[i + 1] == '\\');
    if (escapes) {
      names.back() += text[++i];
    } else if (text[i] == ',') {
      names.emplace_back();
    } else {
      names.back() += text[i];
    }
  }
  for (const std::string& name : names) {
    if (name.empty()) return arrow::Status::Invalid("empty column name in: ", text);
  }
  return names;
}

}  // namespace planish::cli
