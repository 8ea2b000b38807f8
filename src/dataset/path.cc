// SPDX-License-Identifier: Apache-2.0
#include "dataset/path.h"

#include <filesystem>
#include <system_error>

namespace planish {

std::vector<std::string_view> PathComponents(std::string_view path) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const size_t end = path.find('/');
    const std::string_view component = path.substr(0, end);
    if (!component.empty()) components.push_back(component);
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return components;
}

std::string NormalizePath(std::string_view path) {
  std::string out;
  if (path.starts_with('/')) out = "/";
  for (std::string_view component : PathComponents(path)) {
    if (component == ".") continue;
    if (!out.empty() && out.back() != '/') out += '/';
    out += component;
  }
  return out.empty() ? "." : out;
}

std::string AbsolutePath(std::string_view path) {
  std::filesystem::path absolute{std::string(path)};
  if (absolute.is_relative()) {
    std::error_code ignored;
    const auto current = std::filesystem::current_path(ignored);
    if (!ignored) absolute = current / absolute;
  }
  return NormalizePath(absolute.lexically_normal().string());
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory == ".") return std::string(name);
  std::string out(directory);
  if (!out.empty() && out.back() != '/') out += '/';
  out += name;
  return out;
}

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace planish
