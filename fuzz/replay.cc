// SPDX-License-Identifier: Apache-2.0
// Gives files to a fuzz target, one after the other: its corpus as a test, a finding
// again.
//   fuzz_replay_TARGET FILE|DIRECTORY...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "targets/fuzz_target.h"

namespace {

namespace stdfs = std::filesystem;

bool Replay(const stdfs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file),
                          std::istreambuf_iterator<char>()};
  if (!file) {
    std::fprintf(stderr, "cannot be read: %s\n", path.c_str());
    return false;
  }
  // A sanitizer's report does not name the file.
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<stdfs::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!stdfs::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : stdfs::directory_iterator(argv[i])) files.push_back(entry);
  }
  // An empty corpus would prove nothing.
  if (files.empty()) {
    std::fprintf(stderr, "no file to replay\n");
    return 2;
  }
  for (const stdfs::path& file : files) {
    if (!Replay(file)) return 2;
  }
  std::printf("%zu files replayed\n", files.size());
  return 0;
}
