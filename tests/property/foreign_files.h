// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "arrow/result.h"
#include "gtest/gtest.h"
#include "property/dedup_case.h"
#include "support/random_source.h"

namespace planish {

/// Files that are not data, among those of a dataset: texts, backups and copies of data
/// files, sidecars and marks of other systems.
class ForeignFiles {
 public:
  /// Puts some into a directory with data files, and some in directories of their own.
  static arrow::Result<ForeignFiles> Sprinkle(const std::string& directory,
                                              RandomSource* random);

  /// Makes the directory one of a table with a log of its own.
  arrow::Status AddTableLog(RandomSource* random);

  /// How many of them are not hidden.
  int64_t num_visible() const { return num_visible_; }
  /// All are there with the bytes they had; removes them.
  testing::AssertionResult TakeBack() const;

 private:
  explicit ForeignFiles(std::string directory) : directory_(std::move(directory)) {}
  arrow::Status Add(const std::string& path, const std::string& bytes);

  std::string directory_;
  BytesByPath bytes_;
  int64_t num_visible_ = 0;
};

}  // namespace planish
