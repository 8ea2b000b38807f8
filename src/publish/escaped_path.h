// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

/// \file
/// How files of planish's own have paths and checksums as JSON.

namespace planish {

/// File names may hold any byte, JSON only UTF-8: what is not plain ASCII is escaped as
/// in a URL.
std::string EscapePath(const std::string& path);
/// Appends to `path`; false if `text` is not what EscapePath makes.
bool UnescapePath(const std::string& text, std::string* path);

/// Whether a path can only lead to a file below the directory it is taken from, and not
/// to what planish keeps there.
bool StaysInside(const std::string& path);

/// Of 16 digits.
std::string Hexadecimal(uint64_t value);

}  // namespace planish
