// SPDX-License-Identifier: Apache-2.0
#include "planish/local_path.h"

#include <charconv>
#include <string_view>

#include "base/error_builder.h"

namespace planish {
namespace {

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The scheme of a URL, in lower case; empty for what is none.
std::string SchemeOf(const std::string& text) {
  const size_t end = text.find("://");
  if (end == std::string::npos || !IsLetter(text.front())) return "";
  std::string scheme;
  for (const char c : text.substr(0, end)) {
    const bool belongs =
        IsLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!belongs) return "";
    scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return scheme;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

Error NotLocal(const std::string& given, const std::string& option) {
  return Error(ErrorKind::kInvalidOption,
               "`" + option + "` is not a local path: " + given)
      .Hint(
          "planish works on local files only; a directory that is really called so is "
          "./" +
          given);
}

}  // namespace

arrow::Result<std::string> LocalPath(const std::string& given,
                                     const std::string& option) {
  const std::string scheme = SchemeOf(given);
  if (scheme.empty()) return given;
  if (scheme != "file") return NotLocal(given, option);
  const std::string_view rest = std::string_view(given).substr(scheme.size() + 3);
  const size_t slash = rest.find('/');
  const std::string_view host = rest.substr(0, slash);
  if (slash == std::string_view::npos || (!host.empty() && host != "localhost")) {
    return Error(ErrorKind::kInvalidOption,
                 "`" + option + "` is not the URL of a local file: " + given)
        .Hint("write it file:///path, or give the path itself");
  }
  return PercentDecoded(rest.substr(slash));
}

arrow::Status CheckLocalPath(const std::string& path, const std::string& option) {
  if (SchemeOf(path).empty()) return arrow::Status::OK();
  return NotLocal(path, option);
}

}  // namespace planish
