// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/status.h"
#include "planish/error.h"
#include "planish/run_context.h"

/// \file
/// What a run did. docs/report.md describes the JSON form field by field.

namespace planish {

struct StageReport {
  std::string name;
  double wall_seconds = 0;
  double cpu_seconds = 0;      ///< of all threads of the process
  int64_t spilled_bytes = 0;   ///< written to scratch
  int64_t spilled_blocks = 0;  ///< in so many writes
};

/// What became of files or row groups.
struct FateCounts {
  int64_t copied = 0;  ///< bytes taken over as they are
  int64_t transcoded =
      0;  ///< decoded, filtered and encoded (files: with at least one such group)
  int64_t dropped = 0;    ///< nothing left of it
  int64_t skipped = 0;    ///< could not be read
  int64_t untouched = 0;  ///< in place: stays where it is
};

/// What was in memory at one moment.
struct MemorySample {
  double seconds = 0;          ///< since the run started
  int64_t resident_bytes = 0;  ///< of the whole process; 0 where the system does not tell
  int64_t accounted_bytes = 0;  ///< of what the memory budget knows
  std::string stage;
};

struct MemoryReport {
  int64_t limit_bytes = 0;
  int64_t peak_resident_bytes =
      0;  ///< of the whole process since it started, from the kernel
  int64_t peak_accounted_bytes = 0;  ///< of what the memory budget knows
  int64_t peak_pool_bytes = 0;       ///< of Arrow's allocations through the budget
  int64_t estimated_bytes = 0;       ///< `estimated.peak_memory_bytes`; 0 if not known
  /// By time, at most 256 moments, thinned out evenly in longer runs: starts of stages,
  /// moments at which work was counted, and the last.
  std::vector<MemorySample> timeline;
};

struct ScratchReport {
  int64_t limit_bytes = 0;     ///< 0: none but the disk's
  int64_t peak_bytes = 0;      ///< the most there was at one time
  int64_t spilled_bytes = 0;   ///< written over all time, in all stages
  int64_t spilled_blocks = 0;  ///< in so many writes
};

/// How large the pieces were in which rows were scanned. Zero without chunks.
struct ChunkSizes {
  int64_t min_rows = 0, max_rows = 0;
  int64_t min_bytes = 0, max_bytes = 0;  ///< of all columns, compressed
  double mean_rows = 0, mean_bytes = 0;
};

/// Labels for metrics: a name and a value each.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// An error (kInvalidOption) for a name that Prometheus would not take, that planish's
/// metrics use, or that comes twice.
arrow::Status CheckMetricLabels(const MetricLabels& labels);

/// A run in five figures.
struct RunFigures {
  int64_t rows = 0;   ///< of the input
  int64_t bytes = 0;  ///< read from storage and written to it, scratch left out
  int64_t peak_memory_bytes = 0;
  int64_t spilled_bytes = 0;
  double seconds = 0;
};

/// How winners were found.
struct EngineReport {
  std::string name;        ///< "auto" or "reference"
  std::string key_form;    ///< "inline", "digest", "bytes" or "rows"
  int64_t key_bytes = 0;   ///< bytes of inline keys; 0 if they vary
  int64_t batches = 0;     ///< parts of the dataset decided one after the other
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

/// What became of a `_metadata` or `_common_metadata` that a change in place would have
/// left wrong.
struct MetadataFileReport {
  std::string file;  ///< below the dataset; absolute if it is stale
  /// "rebuilt" or "removed"; "stale" for one above the dataset, which is left as it is.
  std::string outcome;
  std::string reason;  ///< why it was removed or is stale; empty if it was rebuilt
};

/// How the result came to be there.
struct PublishReport {
  /// "directory", "files" or "swap"; empty if nothing was to be published.
  std::string mode;
  int64_t files_replaced = 0, files_added = 0, files_removed = 0;
  /// Hadoop's checksums (`.NAME.crc`) of files that changed or went, in place.
  int64_t checksums_removed = 0;
  /// In place, by directory. Those that are still right stay, and are not listed.
  std::vector<MetadataFileReport> metadata_files;
  /// What an interrupted run had left and this one settled first: "rolled_back" or
  /// "rolled_forward"; empty if nothing.
  std::string recovered;
  /// The directory that keeps what was replaced or removed; empty if nothing was kept.
  std::string backup;
};

/// Row groups of a merge's target in which no key of the source was looked for, by what
/// told that there is none. Each is counted once, under the first that did.
struct PrunedRowGroups {
  int64_t partition = 0;
  int64_t statistics = 0;
  int64_t page_index = 0;
  int64_t bloom_filter = 0;
};

/// What a merge did to rows.
struct MergeReport {
  int64_t source_rows = 0;
  int64_t source_duplicates = 0;  ///< source rows that lost to another of their key
  int64_t inserted = 0;
  int64_t updated = 0;    ///< target rows of which a value changed
  int64_t unchanged = 0;  ///< target rows equal to their source row in every column
  int64_t deleted = 0;
  int64_t stale = 0;    ///< target rows that are not older than their source row
  int64_t moved = 0;    ///< of those updated: into another partition
  int64_t ignored = 0;  ///< source rows that the strategy has no use for
  /// Source rows that did not come in, because their key may be in a part of the target
  /// that cannot be read.
  int64_t withheld = 0;
  int64_t target_rows_before = 0;
  int64_t target_rows_after = 0;  ///< read from the result; of a dry run, expected
  int64_t new_files = 0;
  int64_t added_columns = 0;      ///< of the source, which the target had not
  int64_t pruned_row_groups = 0;  ///< all of `pruned`
  PrunedRowGroups pruned;
  int64_t passes = 0;  ///< over the target's keys
};

struct Report {
  static constexpr int kSchemaVersion = 1;

  std::string verb;  ///< "dedup", "check" or "merge"
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
  /// Files of input directories that are not part of the dataset: not data by their
  /// names, or left out by `include` and `exclude`. Hidden ones are not counted.
  int64_t other_files = 0;
  int64_t chunks = 0;  ///< pieces in which rows were scanned
  ChunkSizes chunk_sizes;
  FateCounts files;
  FateCounts row_groups;

  int64_t bytes_in = 0;      ///< size of all input files
  int64_t bytes_read = 0;    ///< read from storage, copies included
  int64_t bytes_copied = 0;  ///< compressed bytes taken over as they are
  int64_t bytes_decoded =
      0;  ///< compressed bytes of column chunks that were decoded to rewrite them
  int64_t bytes_written = 0;  ///< size of all output files

  /// When the run ended, in seconds since 1970 in UTC.
  int64_t finished_seconds = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;
  std::vector<StageReport> stages;
  MemoryReport memory;
  ScratchReport scratch;
  /// What footers and options let expect before the first row was read, and what it came
  /// to. A dry run expects the whole run, but is measured as far as it went.
  RunFigures estimated, actual;
  EngineReport engine;
  PublishReport publish;
  std::optional<MergeReport> merge;   ///< of a merge only
  std::vector<SkippedChunk> skipped;  ///< by file, then row group
  std::vector<PlannedFile> plan;      ///< files with work, in order; filled by dry runs
  Progress last_progress;

  /// rows_dropped / rows_in; 0 for no rows.
  double duplicate_ratio() const;
  /// bytes_in / wall_seconds in 10^6 bytes a second.
  double megabytes_per_second() const;
  double rows_per_second() const;

  /// Indented JSON, keys in the order of docs/report.md, ending in a newline.
  std::string ToJson() const;

  /// The same figures in the text format of Prometheus, version 0.0.4, as docs/report.md
  /// lists them. All are gauges of this one run. Every sample bears `labels`, by which
  /// runs of several datasets are told apart; CheckMetricLabels says what they can be.
  std::string ToPrometheus(const MetricLabels& labels = {}) const;
};

}  // namespace planish
