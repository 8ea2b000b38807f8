// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "arrow/status.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/on_error.h"
#include "planish/report.h"

namespace planish {

/// What cannot be read, as reports have it. `status` has an ErrorDetail.
SkippedChunk DescribeSkip(const std::string& path, int row_group,
                          const arrow::Status& status);

/// The chunks of a run's input that cannot be read. Tells which errors are a matter of
/// one chunk, logs them at once, and keeps them for the report.
///
/// What has been decided with rows of a chunk that is skipped later is void. So a step
/// goes on after a skip only to find what else cannot be read; then the caller takes the
/// inventory `Rest` gives and decides anew. That ends, because skipped chunks only grow.
/// Thread-safe.
class SkippedChunks {
 public:
  /// With `whole_files`, a row group that is skipped takes all of its file along.
  SkippedChunks(Run* run, OnError on_error, bool whole_files = false)
      : run_(run), on_error_(on_error), whole_files_(whole_files) {}

  /// Whether `status` is an error that reading `path` gave and that may be skipped.
  bool CanSkip(const std::string& path, const arrow::Status& status) const;

  /// Each skips a chunk and returns OK, or returns `status` if that is not an error to
  /// skip; OK stays OK.
  arrow::Status SkipFile(const std::string& path, int64_t bytes,
                         const arrow::Status& status);
  /// Of several errors in one row group that of the smallest `leaf` is reported.
  arrow::Status SkipRowGroup(const Inventory& inventory, int file, int row_group,
                             const arrow::Status& status, int leaf = 0);
  /// Skips the row group that the error names, or all of its file's if it names none.
  arrow::Status SkipWhatFailed(const Inventory& inventory, const arrow::Status& status);
  /// SkipFile for Inventory::Make; lives as long as this object.
  Inventory::UnreadableFile FileSkipper();

  /// A file that could not be copied as a file is copied by row groups next time, so that
  /// only what cannot be read of it is skipped.
  arrow::Status CopyByRowGroups(const Inventory& inventory, int file,
                                const arrow::Status& status);
  const std::set<int>& files_copied_by_row_groups() const { return by_row_groups_; }

  /// How much has been found out so far. Where it grows during a rewrite, that is void.
  size_t num_findings() const;
  /// The inventory without the skipped row groups. An error if that leaves nothing, the
  /// first that was skipped being its cause.
  arrow::Result<std::shared_ptr<const Inventory>> Rest(
      const std::shared_ptr<const Inventory>& inventory) const;

  /// Adds the list, and counts of files, row groups and bytes with what was skipped.
  void Describe(const Inventory& inventory, Report* report) const;

 private:
  struct Skip {
    SkippedChunk chunk;
    int leaf = 0;
  };
  using Place = std::pair<std::string, int>;  ///< path and row group

  void Log(const SkippedChunk& chunk);
  int64_t TakeOut(const DataFile& source, int file, int row_group);

  Run* const run_;
  const OnError on_error_;
  const bool whole_files_;
  mutable std::mutex mutex_;
  std::map<Place, Skip> skips_;
  std::vector<RowGroupRef> row_groups_;
  std::set<int> by_row_groups_;    ///< files
  std::set<int> left_files_;       ///< with whole_files_
  int64_t files_ = 0, bytes_ = 0;  ///< of files skipped before the inventory had them
  arrow::Status first_;
};

}  // namespace planish
