// SPDX-License-Identifier: Apache-2.0
#include "cli/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

namespace planish {

std::string Normalized(std::string text) {
  // The padding before a right-aligned amount goes with it.
  static const std::pair<std::regex, const char*> kPatterns[] = {
      {std::regex(R"(\b\d+ (h|min) \d+ (min|s)\b|\b\d+(\.\d+)? s\b)"), "<time>"},
      {std::regex(R"(\b[\d,]+ (MB|rows)/s)"), "<speed>"},
      {std::regex(R"( *\b\d+(\.\d+)? (B|kB|MB|GB)\b)"), " <size>"},
      {std::regex(R"(\b\d+ bytes\b)"), "<size>"},
      {std::regex(R"(\b\d+\.\d+\.\d+(-SNAPSHOT)?)"), "<version>"},
  };
  for (const auto& [pattern, placeholder] : kPatterns) {
    text = std::regex_replace(text, pattern, placeholder);
  }
  return text;
}

void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(PLANISH_GOLDEN_DIR) + "/" + name + ".txt";
  const std::string actual = Normalized(text);
  if (std::getenv("PLANISH_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << "no golden file " << path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(expected.str(), actual)
      << "PLANISH_UPDATE_GOLDEN=1 accepts this for " << path;
}

}  // namespace planish
