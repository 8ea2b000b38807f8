// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "planish/dataset_options.h"
#include "planish/in_place_options.h"
#include "planish/on_error.h"
#include "planish/report.h"
#include "planish/run_context.h"
#include "planish/writer_options.h"

/// \file
/// dedup: of rows with equal keys, keep one. docs/semantics.md says when keys are equal.

namespace planish {

/// Which row of each key is kept. "First" and "last" are the ends of the order that
/// `order_by` gives; rows it does not tell apart, and all rows without it, are in input
/// order.
enum class Keep { kFirst, kLast, kNone };

/// Whether rows of different hive partitions may be duplicates of each other.
enum class Scope { kDataset, kPartition };

/// Which engine decides. `kReference` is the naive algorithm, one row at a time: slow, in
/// memory, plain; same rows.
enum class Engine { kAuto, kReference };

/// `kLoop` gives what a Python loop over `to_pylist()` gave: every NaN key is distinct,
/// files are taken by size ascending (ties by name), hive columns do not exist, nested
/// keys are an error.
enum class Semantics { kPlanish, kLoop };

/// Optimisations that can be switched off. None changes a row of the result.
struct Optimizations {
  bool copy_row_groups = true;  ///< copy row groups without losers as bytes
  bool copy_files = true;       ///< copy files without losers as files
  bool inline_keys = true;  ///< compare keys of up to 16 fixed bytes without hashing them
  bool key_digests =
      true;  ///< hold 128-bit digests of longer keys, then compare candidates
  /// Decide row groups alone whose keys overlap with no other's, as far as statistics
  /// tell and DatasetOptions::trust goes.
  bool key_ranges = true;
  bool spill = true;  ///< move key records to scratch when memory ends, not fail
};

struct DedupOptions {
  // What.
  DatasetOptions dataset;
  /// Key columns, top level or hive; none means all columns: exact duplicates.
  std::vector<std::string> key;
  Keep keep = Keep::kFirst;
  /// Order columns, most significant first. A leading "-" or a trailing " desc" means
  /// descending.
  std::vector<std::string> order_by;
  Scope scope = Scope::kDataset;
  /// True: all NaN are one value. False: no NaN equals anything.
  bool nan_equal = true;
  Semantics semantics = Semantics::kPlanish;
  /// What to do about chunks that cannot be read.
  OnError on_error = OnError::kSkip;
  /// With kRetry only: how often a read is made again; at least 1, 3 if unset.
  std::optional<int> retries;
  /// Directory of the result; must not exist or be empty. Empty only with `dry_run` or
  /// `in_place`.
  std::string output;
  /// Change the dataset where it lies; its directory is the only input.
  bool in_place = false;
  /// With `in_place` only.
  InPlaceOptions in_place_options;
  /// Decide and plan, write nothing.
  bool dry_run = false;
  /// Read the result again before it is published: every page that was written or copied
  /// (docs/semantics.md says how far); prove row counts and that no key is left twice.
  bool verify = false;

  // How.
  WriterOptions writer;
  Engine engine = Engine::kAuto;
  Optimizations optimizations;

  /// An error if a field, or a combination, is not allowed.
  arrow::Status Validate() const;
};

/// Removes duplicate rows of a dataset, into a new directory or in place.
///
/// Into a new directory: input files are never written to. The output directory appears
/// complete or not at all; each file of it bears its source's relative path, and rows
/// keep their order. Files left without rows are not written, except that one is if there
/// would be none. Errors carry an `ErrorDetail`; after one, nothing is left behind.
///
/// In place: only files that hold losers are written anew, under their own names; all
/// others are not touched, and with nothing to do nothing is. Whenever the process or the
/// machine stops, the dataset is the old one or, as the next run or Recover settles it,
/// the new one. Files that have changed, come or gone since they were read are an error
/// (kDrift). A file of which some chunk cannot be read is left as it is, as a whole, and
/// its rows take no part. After an error of kind kUnfinished the change is decided, and
/// Recover completes it; after any other nothing has changed.
///
/// Rows of skipped chunks take no part: the result is that of the other rows. Row groups
/// and files that are copied as bytes are not decoded, so damage that no key or order
/// column shows is copied with them, unless `verify` finds it.
arrow::Result<Report> Dedup(const DedupOptions& options, const RunContext& context = {});

}  // namespace planish
