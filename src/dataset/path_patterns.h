// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arrow/status.h"

/// \file
/// The patterns of DatasetOptions::include and exclude.

namespace planish {

/// Patterns of paths below a root. One without a slash is compared with each name on a
/// path, one with a slash with the path from its root, where "**" crosses directories. A
/// directory that matches brings all that is below it.
class PathPatterns {
 public:
  enum class Match {
    kNone,
    kFound,  ///< the path, or a directory on it
    kNamed,  ///< the path itself, by a pattern that NamesItsMatches
  };

  explicit PathPatterns(const std::vector<std::string>& patterns);

  bool empty() const { return patterns_.empty(); }
  Match Find(const std::string& path) const;

 private:
  struct Pattern {
    std::vector<std::string> components;
    bool from_root = false;
    bool directories_only = false;
    bool names_its_matches = false;
  };
  static Match FindOne(const Pattern& pattern,
                       const std::vector<std::string_view>& names);

  std::vector<Pattern> patterns_;
};

/// An error (kInvalidOption) if a pattern names nothing or has "..". `option` is called
/// so in it.
arrow::Status CheckPathPatterns(const std::vector<std::string>& patterns,
                                const char* option);

}  // namespace planish
