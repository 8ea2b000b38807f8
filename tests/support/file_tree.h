// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace planish {

/// All that is below a directory, hidden or not: bytes of files by their paths; a
/// directory's path ends in a slash, a symbolic link's bytes are "-> " and where it
/// leads.
using FileTree = std::map<std::string, std::string>;

inline void WriteTextFile(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  EXPECT_TRUE(file.flush().good()) << path;
}

inline std::string ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline FileTree ReadTree(const std::string& directory) {
  namespace stdfs = std::filesystem;
  FileTree tree;
  for (const auto& entry : stdfs::recursive_directory_iterator(directory)) {
    const std::string path = entry.path().lexically_relative(directory).string();
    if (entry.is_symlink()) {
      tree[path] = "-> " + stdfs::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      tree[path + "/"] = "";
    } else {
      tree[path] = ReadTextFile(entry.path().string());
    }
  }
  return tree;
}

/// Makes `directory` hold that, and nothing else. No links.
inline void WriteTree(const FileTree& tree, const std::string& directory) {
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  for (const auto& [path, bytes] : tree) {
    if (path.back() == '/') {
      std::filesystem::create_directories(directory + "/" + path);
    } else {
      WriteTextFile(directory + "/" + path, bytes);
    }
  }
}

/// The names alone, for messages: with all bytes they would be unreadable.
inline std::string NamesOf(const FileTree& tree) {
  std::string names;
  for (const auto& [path, bytes] : tree) {
    names += path + (path.back() == '/' ? "" : ":" + std::to_string(bytes.size())) + " ";
  }
  return names;
}

}  // namespace planish
