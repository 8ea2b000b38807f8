// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace planish::cli {

/// Lines of aligned columns, two spaces apart. Cells must be printable.
class TextTable {
 public:
  enum class Align { kLeft, kRight };

  explicit TextTable(std::vector<Align> columns) : columns_(std::move(columns)) {}

  /// At most one cell a column; missing ones are empty.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Every line starts with `indent` spaces, ends in a newline, and has no trailing
  /// spaces.
  std::string ToString(int indent = 0) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace planish::cli
