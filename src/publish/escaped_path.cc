// SPDX-License-Identifier: Apache-2.0
#include "publish/escaped_path.h"

#include <algorithm>
#include <cctype>
#include <cinttypes>
#include <cstdio>

namespace planish {

std::string Hexadecimal(uint64_t value) {
  char text[17] = {};
  std::snprintf(text, sizeof(text), "%016" PRIx64, value);
  return text;
}

std::string EscapePath(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%') {
      escaped += c;
      continue;
    }
    char code[4] = {};
    std::snprintf(code, sizeof(code), "%%%02X", byte);
    escaped += code;
  }
  return escaped;
}

bool UnescapePath(const std::string& text, std::string* path) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      path->push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() ||
        std::isxdigit(static_cast<unsigned char>(text[i + 1])) == 0 ||
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) == 0) {
      return false;
    }
    path->push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
    i += 2;
  }
  return true;
}

bool StaysInside(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string::npos) {
    return false;
  }
  bool first = true;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (name.empty() || name == "." || name == ".." || (first && name == ".planish")) {
      return false;
    }
    first = false;
    begin = end + 1;
  }
  return true;
}

}  // namespace planish
