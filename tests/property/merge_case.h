// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "arrow/result.h"
#include "planish/merge.h"
#include "support/random_dataset.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {

/// A random target and source on disk, and a random question about them. Files of one
/// random dataset are dealt out to both, so that they have keys and rows in common, and
/// types that promote to each other.
class MergeCase {
 public:
  static arrow::Result<std::unique_ptr<MergeCase>> Make(uint64_t seed);

  std::string target() const { return directory_ / "target"; }
  std::string source() const { return directory_ / "source"; }
  std::string OutputPath(const std::string& name) const { return directory_ / name; }
  /// The question with the output going to `name` beside target and source.
  MergeOptions WithOutput(const std::string& name) const;
  RandomSource* random() { return &random_; }
  const RandomDataset& target_dataset() const { return target_; }
  const RandomDataset& source_dataset() const { return source_; }

  /// Everything needed to understand a failure.
  std::string ToString() const;

 private:
  explicit MergeCase(uint64_t seed) : seed_(seed), random_(seed) {}
  arrow::Status DealOut(RandomDataset dataset);
  void Ask();
  void AskAboutColumns();

  const uint64_t seed_;
  RandomSource random_;
  TempDir directory_;
  RandomDataset target_, source_;
  bool has_deletions_ = false;
  MergeOptions options_;
};

}  // namespace planish
