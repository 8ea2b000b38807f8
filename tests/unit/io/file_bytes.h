// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "io/file_system.h"
#include "support/arrow_assertions.h"

namespace planish {

inline void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Bytes that show it when a range of them is moved.
inline std::string PatternBytes(int64_t size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  uint32_t state = 1;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

inline std::shared_ptr<InputFile> OpenFile(const std::string& path) {
  auto file = LocalFileSystem()->OpenInput(path);
  EXPECT_OK(file);
  return file.ok() ? *file : nullptr;
}

}  // namespace planish
