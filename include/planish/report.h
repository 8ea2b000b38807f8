// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "planish/error.h"
#include "planish/run_context.h"

/// \file
/// What a run did. docs/report.md describes the JSON form field by field.

namespace planish {

struct StageReport {
  std::string name;
  double wall_seconds = 0;
  double cpu_seconds = 0;  ///< of all threads of the process
};

/// What became of files or row groups.
struct FateCounts {
  int64_t copied = 0;  ///< bytes taken over as they are
  int64_t transcoded =
      0;  ///< decoded, filtered and encoded (files: with at least one such group)
  int64_t dropped = 0;  ///< nothing left of it
  int64_t skipped = 0;  ///< could not be read
};

struct MemoryReport {
  int64_t limit_bytes = 0;
  int64_t peak_resident_bytes =
      0;  ///< of the whole process since it started, from the kernel
  int64_t peak_accounted_bytes = 0;  ///< of what the memory budget knows
  int64_t peak_pool_bytes = 0;       ///< of Arrow's allocations through the budget
  int64_t estimated_bytes = 0;       ///< what the plan expected
};

/// How winners were found.
struct EngineReport {
  std::string name;        ///< "auto" or "reference"
  std::string key_form;    ///< "inline", "digest", "bytes" or "rows"
  int64_t key_bytes = 0;   ///< bytes of inline keys; 0 if they vary
  int64_t partitions = 0;  ///< of the key records
  int64_t records = 0;     ///< key records made in the first pass
  int64_t candidates =
      0;  ///< rows compared by their full key after their digests were equal
  int64_t decoded_column_chunks = 0;
  int64_t copied_column_chunks = 0;
};

/// One file of the plan that is not simply copied.
struct PlannedFile {
  std::string file;
  int64_t rows = 0;
  int64_t rows_dropped = 0;
  FateCounts row_groups;
};

/// A part of the input that could not be read, and is not in the result.
struct SkippedChunk {
  std::string file;
  int row_group = -1;  ///< -1: the whole file, because its footer could not be read
  std::string column;  ///< empty where no one column is to blame
  ErrorKind kind = ErrorKind::kCorrupt;
  std::string cause;  ///< the error's message and facts, on one line
  int64_t rows = -1;  ///< rows left out; -1 where the footer does not tell
};

struct Report {
  static constexpr int kSchemaVersion = 1;

  std::string verb;  ///< "dedup" or "check"
  std::string planish_version;
  std::string arrow_version;
  bool dry_run = false;
  bool verified = false;
  /// Every option in force, by its command-line name.
  std::map<std::string, std::string> options;

  int64_t rows_in = 0;
  int64_t rows_kept = 0;
  int64_t rows_dropped = 0;
  int64_t files_in = 0;
  int64_t files_out = 0;
  int64_t chunks = 0;  ///< pieces in which rows were scanned
  FateCounts files;
  FateCounts row_groups;

  int64_t bytes_in = 0;      ///< size of all input files
  int64_t bytes_read = 0;    ///< read from storage, copies included
  int64_t bytes_copied = 0;  ///< compressed bytes taken over as they are
  int64_t bytes_decoded =
      0;  ///< compressed bytes of column chunks that were decoded to rewrite them
  int64_t bytes_written = 0;  ///< size of all output files

  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::vector<StageReport> stages;
  MemoryReport memory;
  EngineReport engine;
  std::vector<SkippedChunk> skipped;  ///< in the order of the input
  std::vector<PlannedFile> plan;  ///< files with work, in order; filled by dry runs
  Progress last_progress;

  /// rows_dropped / rows_in; 0 for no rows.
  double duplicate_ratio() const;
  /// bytes_in / wall_seconds in 10^6 bytes a second.
  double megabytes_per_second() const;
  double rows_per_second() const;

  /// Indented JSON, keys in the order of docs/report.md, ending in a newline.
  std::string ToJson() const;
};

}  // namespace planish
