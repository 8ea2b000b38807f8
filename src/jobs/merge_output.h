// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/page_verification.h"
#include "jobs/publication.h"
#include "jobs/run.h"

namespace planish {

/// Where the result of a merge goes, file by file. Thread-safe, but for changes().
class MergeOutput {
 public:
  /// Both must outlive it. `target_exists` false: what there is of the target is not part
  /// of the result.
  MergeOutput(Run* run, Publication* publication, bool target_exists)
      : run_(run), publication_(publication), target_exists_(target_exists) {}

  /// Where the new version of a file of the target is to be written.
  arrow::Result<std::string> Replace(const DataFile& file);
  /// Where a file that the target did not have is to be written. In place, others may do
  /// with it what they may do with `model`, a file of the target.
  arrow::Result<std::string> Add(const std::string& relative_path, const DataFile& model);
  /// A file of the target has no row left.
  arrow::Status Remove(const DataFile& file);
  /// A file of the target stays as it is. Returns the bytes that were copied.
  arrow::Result<int64_t> Keep(const DataFile& file);

  /// Takes down which files of the target cannot be read.
  void SetUnread(const Inventory& target);

  const DatasetChanges& changes() const { return changes_; }
  /// Whether anything was written.
  bool has_staged() const { return has_staged_; }
  /// The files of the result that were written or copied, `target` being what they are
  /// made of. In place, files that stay are not among them.
  arrow::Result<std::vector<WrittenFile>> Written(const Inventory& target);
  /// Counts rows and files of the result by the footers of what was written and what was
  /// kept.
  arrow::Result<int64_t> CountRows(int64_t* num_files);

 private:
  arrow::Result<std::string> Prepare(const std::string& relative_path);
  std::set<std::string> WrittenPaths() const;
  arrow::Result<int64_t> RowsOf(const std::string& relative_path);

  Run* const run_;
  Publication* const publication_;
  const bool target_exists_;
  std::mutex mutex_;
  DatasetChanges changes_;
  bool has_staged_ = false;
  /// Of files kept: what is there in the result, or, in place, was there before.
  std::set<std::string> kept_;
  int64_t rows_left_alone_ = 0, files_left_alone_ = 0;
};

}  // namespace planish
