// SPDX-License-Identifier: Apache-2.0
#include "dataset/path_patterns.h"

#include <algorithm>
#include <span>

#include "base/error_builder.h"
#include "dataset/glob.h"
#include "dataset/path.h"

namespace planish {

PathPatterns::PathPatterns(const std::vector<std::string>& patterns) {
  for (const std::string& text : patterns) {
    Pattern& pattern = patterns_.emplace_back();
    const std::string normal = NormalizePath(text);
    for (const std::string_view component : PathComponents(normal)) {
      pattern.components.emplace_back(component);
    }
    pattern.directories_only = text.ends_with('/');
    pattern.from_root =
        pattern.components.size() > 1 || text.starts_with('/') || text.starts_with("./");
    pattern.names_its_matches = NamesItsMatches(pattern.components.back());
  }
}

PathPatterns::Match PathPatterns::FindOne(const Pattern& pattern,
                                          const std::vector<std::string_view>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_path_itself = i + 1 == names.size();
    if (is_path_itself && pattern.directories_only) continue;
    const std::span<const std::string_view> part = pattern.from_root
                                                       ? std::span(names).first(i + 1)
                                                       : std::span(names).subspan(i, 1);
    if (!MatchesGlobPath(pattern.components, part)) continue;
    return is_path_itself && pattern.names_its_matches ? Match::kNamed : Match::kFound;
  }
  return Match::kNone;
}

PathPatterns::Match PathPatterns::Find(const std::string& path) const {
  if (empty()) return Match::kNone;
  const std::vector<std::string_view> names = PathComponents(path);
  Match best = Match::kNone;
  for (const Pattern& pattern : patterns_) {
    best = std::max(best, FindOne(pattern, names));
  }
  return best;
}

arrow::Status CheckPathPatterns(const std::vector<std::string>& patterns,
                                const char* option) {
  for (const std::string& pattern : patterns) {
    const std::string normal = NormalizePath(pattern);
    const auto names = PathComponents(normal);
    if (pattern.empty() || names.empty() || normal == ".") {
      return Error(ErrorKind::kInvalidOption,
                   std::string(option) + " has a pattern that names nothing: " + pattern)
          .Hint("give a pattern of relative paths, such as 'backup/**' or '*.bak'");
    }
    if (std::ranges::find(names, "..") != names.end()) {
      return Error(ErrorKind::kInvalidOption,
                   std::string(option) + " has a pattern with ..: " + pattern)
          .Hint("patterns are compared with paths below the dataset's directory");
    }
  }
  return arrow::Status::OK();
}

}  // namespace planish
