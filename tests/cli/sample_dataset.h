// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace planish {

/// A directory with a small dataset `in/` to run the command on:
///   in/a.parquet  id 1 1 2 3 4 5, in row groups of 2; name a1 a2 b c d e; v 1.5 ... 6.5
///   in/b.parquet  id 6 7 3; name f g c
/// so that with key `id` one row group of `a` is mixed, and the last row of `b` is a
/// duplicate.
class SampleDataset {
 public:
  SampleDataset();
  const std::string& path() const { return directory_.path(); }
  std::string operator/(std::string_view name) const { return directory_ / name; }

 private:
  TempDir directory_;
};

/// Values of a column of every row of `directory`, in order; fails the test if it cannot
/// be read.
std::vector<int64_t> Ids(const std::string& directory);
std::vector<std::string> Names(const std::string& directory);

bool Exists(const std::string& path);
void WriteText(const std::string& path, const std::string& text);
std::string ReadText(const std::string& path);

}  // namespace planish
