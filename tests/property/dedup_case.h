// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "arrow/result.h"
#include "arrow/table.h"
#include "base/row_bitmap.h"
#include "dataset/inventory.h"
#include "planish/dedup.h"
#include "planish/run_context.h"
#include "support/random_dataset.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {

/// How many datasets one shard tries a property on: the shards together try
/// PLANISH_PROPERTY_ITERATIONS, or `default_count` if that is not set, each an equal
/// part, rounded up. Only one if PLANISH_PROPERTY_SEED is set.
int PropertyIterations(int default_count);
/// Each property is tested in this many shards, so that they can run beside each other.
inline constexpr int kPropertyShards = 4;
/// Seed of an iteration of a shard. PLANISH_PROPERTY_SEED, if set, is the only seed of
/// all.
uint64_t PropertySeed(int shard, int iteration);

/// Tables of the files of a directory, by relative path.
using TablesByPath = std::map<std::string, std::shared_ptr<arrow::Table>>;
/// Bytes of the files of a directory, by relative path.
using BytesByPath = std::map<std::string, std::string>;

arrow::Result<TablesByPath> ReadTables(const std::string& directory);
arrow::Result<BytesByPath> ReadBytes(const std::string& directory);

/// The same files, each with the same rows in the same order.
testing::AssertionResult SameTables(const TablesByPath& expected,
                                    const TablesByPath& actual);

/// A random dataset on disk and a random question about it.
class DedupCase {
 public:
  static arrow::Result<std::unique_ptr<DedupCase>> Make(uint64_t seed);

  std::string source() const { return directory_ / "in"; }
  const RandomDataset& dataset() const { return dataset_; }
  const DedupOptions& options() const { return options_; }
  RandomSource* random() { return &random_; }

  /// The question with the output going to `name` beside the source.
  DedupOptions WithOutput(const std::string& name) const;
  std::string OutputPath(const std::string& name) const { return directory_ / name; }

  /// One thread, chunks as they come, nothing synced.
  static RunContext PlainContext();
  /// Up to 4 threads, chunks of a few rows, sometimes little memory.
  RunContext RandomContext();

  /// What the output must hold: the source's tables without the rows that lose naively. A
  /// file left without rows is absent, unless it is the first of files that all are.
  arrow::Result<TablesByPath> Expected() const;
  /// The steps of it: what there is; who loses in some of it; the source's tables without
  /// losers and without some files (by their place in the inventory).
  arrow::Result<std::shared_ptr<const Inventory>> TakeInventory() const;
  arrow::Result<RowBitmap> NaiveLosers(
      const std::shared_ptr<const Inventory>& inventory) const;
  arrow::Result<TablesByPath> Without(const RowBitmap& losers,
                                      const std::set<int>& skipped_files) const;
  int64_t num_rows() const;

  /// Everything needed to understand a failure.
  std::string ToString() const;

 private:
  explicit DedupCase(uint64_t seed) : seed_(seed), random_(seed) {}
  DedupOptions RandomQuestion();

  const uint64_t seed_;
  RandomSource random_;
  TempDir directory_;
  RandomDataset dataset_;
  DedupOptions options_;
};

}  // namespace planish
