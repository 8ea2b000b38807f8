// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// \file
/// Paths as text: nothing here looks at a file system, so symbolic links do not matter.

namespace planish {

/// `path` without "." components, repeated slashes and trailing slashes. ".." stays: what
/// it leads to depends on symbolic links. "." for a path that names nothing else.
std::string NormalizePath(std::string_view path);

/// `path` from the root, with ".." components resolved as if there were no symbolic
/// links. Two spellings of one path give the same; two paths that give the same may still
/// differ.
std::string AbsolutePath(std::string_view path);

/// Components between slashes; a leading slash gives none. `path` must outlive them.
std::vector<std::string_view> PathComponents(std::string_view path);

/// The normalised `directory` and a name in it.
std::string JoinPath(std::string_view directory, std::string_view name);

/// The last component.
std::string_view BaseName(std::string_view path);

}  // namespace planish
