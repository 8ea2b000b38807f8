// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace planish {

/// Whether `path` has a `*`, `?` or `[`.
bool HasWildcard(std::string_view path);

/// Whether `name`, one component of a path, matches `pattern`: `*` is any run of
/// characters, `?` one character, `[a-z]` one of a set, `[!a-z]` or `[^a-z]` one not of
/// it. A `[` without `]` is itself. Characters are those of UTF-8; a byte that is none
/// counts as one. Case matters.
bool MatchesGlob(std::string_view pattern, std::string_view name);

/// The same for paths, component by component, where a component `**` of `pattern` is any
/// number of components.
bool MatchesGlobPath(const std::vector<std::string>& pattern,
                     std::span<const std::string_view> path);

/// Whether `pattern` ends in an extension, as "*.bak", or in a name without wildcards.
/// Who writes such a pattern names the files that it matches.
bool NamesItsMatches(std::string_view pattern);

}  // namespace planish
