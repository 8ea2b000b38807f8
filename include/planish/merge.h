// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrow/io/interfaces.h"
#include "arrow/record_batch.h"
#include "arrow/result.h"
#include "planish/dataset_options.h"
#include "planish/dedup.h"
#include "planish/in_place_options.h"
#include "planish/on_error.h"
#include "planish/report.h"
#include "planish/run_context.h"
#include "planish/writer_options.h"

/// \file
/// merge: bring the rows of a source into a target dataset, by key. docs/semantics.md
/// says what each strategy does.

namespace planish {

enum class MergeStrategy {
  kInsert,  ///< source rows whose key the target lacks come in
  kUpdate,  ///< target rows whose key is in the source take its values
  kUpsert,  ///< both
  kDelete,  ///< target rows whose key is in the source go
  kSync,    ///< upsert, and target rows whose key is not in the source go
};

/// What several source rows with one key mean.
enum class SourceDuplicates { kLast, kFirst, kError };

/// What target columns that the source lacks become.
enum class MissingSourceColumns {
  kError,  ///< nothing: the run fails
  kKeep,   ///< updated rows keep them, inserted rows have null
  kNull,   ///< null, in updated rows too; also where only a part of the source lacks them
};

/// What becomes of source columns that the target lacks.
enum class ExtraSourceColumns {
  kError,   ///< the run fails
  kIgnore,  ///< they are left out
  kAdd,     ///< they become columns of the target: null where no source row gives a value
};

/// What happens to a row whose hive columns differ between target and source.
enum class PartitionChange {
  kError,  ///< the run fails
  kMove,   ///< it goes from the one partition and comes into the other
};

struct MergeOptions {
  // What.
  /// The target: one directory, not a pattern. That it does not exist or holds no data
  /// file is an error without `create`.
  std::string target;
  /// Which files of the target are part of it, each as in DatasetOptions. `source` says
  /// the same of the source. Files that the merge makes have to be part of the target.
  std::vector<std::string> include, exclude;
  /// Of target and output, as in DatasetOptions.
  bool ignore_table_log = false;
  /// Of the target, and of the source unless `source` says less, as in DatasetOptions.
  Trust trust = Trust::kStatistics;
  /// Insert and upsert: take a target that is missing for empty, and make it.
  bool create = false;
  /// Its `allow_symlinks` holds for the target, too.
  DatasetOptions source;
  /// Key columns, in target and source; at least one. Hive columns of the target may be
  /// among them. All NaN are one value, and null is a value.
  std::vector<std::string> key;
  MergeStrategy strategy = MergeStrategy::kUpsert;
  /// Without `source_order_by`, in which "last" is by position.
  SourceDuplicates source_duplicates = SourceDuplicates::kLast;
  /// Of source rows with one key, the last in this order counts; each item as in
  /// DedupOptions::order_by. Excludes a `source_duplicates` other than kLast.
  std::vector<std::string> source_order_by;
  /// Update, upsert and sync: a target row changes only if the source's value in this
  /// column is greater. Null and NaN are smaller than all others. Without
  /// `source_order_by` it also says which of several source rows with one key counts: the
  /// newest. `source_duplicates` then decides between rows that are equally new.
  std::string newer_by;
  /// Upsert: source rows with true in this column are deletions of their key. The target
  /// need not have the column.
  std::string delete_when;
  MissingSourceColumns missing_columns = MissingSourceColumns::kError;
  /// With kAdd the columns come into files that are written anyway; `delete_when` does
  /// not.
  ExtraSourceColumns extra_columns = ExtraSourceColumns::kError;
  PartitionChange on_partition_change = PartitionChange::kError;
  /// The time zone that timestamps of the source without one are in, where the target's
  /// column has a time zone: "UTC", or empty, with which such columns do not agree.
  std::string assume_timezone;
  /// Sync with a source without rows, which empties the target.
  bool allow_empty_source = false;
  /// With kSkip, a chunk of the target that cannot be read keeps its rows: in place its
  /// file is not touched, in a new directory it is missing. Source rows whose key it may
  /// have are withheld. Changes of a source chunk that cannot be read are not made; for
  /// sync, which would drop what it has, that is an error whatever is asked for.
  OnError on_error = OnError::kFail;
  /// With kRetry only: how often a read is made again; at least 1, 3 if unset.
  std::optional<int> retries;
  /// Directory of the result; must not exist or be empty. Empty only with `dry_run` or
  /// `in_place`.
  std::string output;
  /// Change the target where it lies.
  bool in_place = false;
  /// With `in_place` only.
  InPlaceOptions in_place_options;
  /// Decide and count, write nothing.
  bool dry_run = false;
  /// Read the result again before it is published: every page that was written or copied
  /// must be readable, and a second merge of the source must find nothing to do.
  bool verify = false;

  // How.
  WriterOptions writer;
  /// Inserted rows are split into files of about this many bytes.
  int64_t target_file_bytes = 256'000'000;
  Engine engine = Engine::kAuto;
  /// Use partitions, and statistics, page indexes and bloom filters as far as `trust`
  /// goes, to find the row groups that cannot have a key of the source.
  bool prune = true;

  /// An error if a field, or a combination, is not allowed.
  arrow::Status Validate() const;
};

/// Merges a source into a target.
///
/// Row groups and column chunks that do not change are copied as bytes. Updated rows stay
/// where they are; inserted ones come in new files of their partition. Updates, inserts
/// and deletions appear together or not at all, in a new directory or in place; there,
/// files without a change are not touched (see Dedup). Errors carry an `ErrorDetail`;
/// after one of kind kUnfinished the change is decided, and Recover completes it; after
/// any other nothing has changed.
arrow::Result<Report> Merge(const MergeOptions& options, const RunContext& context = {});

/// The same with the rows of a stream as source; `options` must not name inputs. The
/// stream is written to scratch first (RunContext::temp_dir, or beside the output).
/// Batches whose schema is not the stream's are matched with it by the names of their
/// columns, and a column has the type that holds the values of all batches without loss.
/// Errors for a batch that cannot be matched name it and the column: kSchemaMismatch,
/// kMissingColumn for a column that some batches lack, unless `source.missing_columns` or
/// `missing_columns` takes it for null.
arrow::Result<Report> MergeStream(const std::shared_ptr<arrow::RecordBatchReader>& source,
                                  const MergeOptions& options,
                                  const RunContext& context = {});

/// The same for a stream in Arrow's IPC stream or file format, read front to back.
arrow::Result<Report> MergeIpcStream(std::shared_ptr<arrow::io::InputStream> source,
                                     const MergeOptions& options,
                                     const RunContext& context = {});

}  // namespace planish
