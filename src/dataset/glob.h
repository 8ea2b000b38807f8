// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace planish {

/// Whether `path` has a `*`, `?` or `[`.
bool HasWildcard(std::string_view path);

/// Whether `name`, one component of a path, matches `pattern`: `*` is any run of
/// characters, `?` one character, `[a-z]` one of a set, `[!a-z]` or `[^a-z]` one not of
/// it. A `[` without `]` is itself. Characters are those of UTF-8; a byte that is none
/// counts as one. Case matters.
bool MatchesGlob(std::string_view pattern, std::string_view name);

}  // namespace planish
