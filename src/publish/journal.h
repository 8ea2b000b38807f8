// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// One file that a transaction puts into a dataset or takes out of it.
struct JournalEntry {
  enum class Action {
    kReplace,  ///< the staged file takes the place of the one at `path`
    kAdd,      ///< the staged file comes to `path`, where nothing was
    kRemove,   ///< the file at `path` goes
  };
  Action action = Action::kReplace;
  /// Below the dataset.
  std::string path;
  /// Of the staged file: bytes, and their FileChecksum.
  int64_t size = 0;
  uint64_t checksum = 0;
  /// The file that is replaced or removed, as it was when the transaction was planned.
  FileIdentity old;
};

/// Everything a transaction does to a dataset: once it is in its place, the transaction
/// is committed. docs/formats.md describes the file.
struct Journal {
  static constexpr int kVersion = 1;

  std::string id;       ///< names the directory of the staged files
  std::string created;  ///< UTC
  std::vector<JournalEntry> entries;

  std::string ToText() const;
  /// `path` is for errors (kUnfinished): another version, damage, or a path that leads
  /// out of the dataset.
  static arrow::Result<Journal> Parse(const std::string& text, const std::string& path);
};

/// Of a whole file: each MiB adds XXH3 of (sum so far, XXH3 of it), from 0, as
/// little-endian words. `proceed`, if set, is asked in between.
arrow::Result<uint64_t> FileChecksum(FileSystem* fs, const std::string& path,
                                     const Proceed& proceed);

/// The time as 2026-11-22T21:05:09Z.
std::string UtcNow();

// Where a dataset keeps what is on its way: one hidden directory.
std::string TransactionsDirectory(const std::string& dataset);
std::string JournalPath(const std::string& dataset);
/// The directory of the files that transaction `id` has staged.
std::string StagingPath(const std::string& dataset, const std::string& id);
/// Of the file in it that comes to `path`.
std::string StagedPath(const std::string& dataset, const std::string& id,
                       const std::string& path);

}  // namespace planish
