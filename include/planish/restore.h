// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "planish/run_context.h"

/// \file
/// restore: puts back what a change in place has kept (InPlaceOptions::keep_backup).

namespace planish {

struct RestoreOptions {
  /// The dataset's directory.
  std::string dataset;
  /// The directory that was given as `keep_backup` to the run that is to be undone.
  std::string backup;
  /// Check everything and say what would be done, but write nothing.
  bool dry_run = false;
  /// How long to wait for another run that holds the dataset's lock. Not negative.
  std::chrono::milliseconds lock_timeout{0};

  /// An error if a field is not allowed.
  arrow::Status Validate() const;
};

/// One file that is, or in a dry run would be, as it was before.
struct RestoredFile {
  enum class Fate {
    kReplaced,  ///< the run had replaced it
    kAdded,     ///< the run had removed it
    kRemoved,   ///< the run had added it
  };
  std::string path;  ///< below the dataset
  Fate fate = Fate::kReplaced;
};

/// "replaced", "added" or "removed".
const char* RestoredFateName(RestoredFile::Fate fate);

struct Restoration {
  bool dry_run = false;
  std::string run;              ///< names the run that has been undone
  std::string created;          ///< when that made its backup, in UTC
  std::string planish_version;  ///< of the planish that made it
  /// By path. None if the dataset is as it was before that run already.
  std::vector<RestoredFile> files;
  /// What an interrupted run had left and was settled first, as in PublishReport.
  std::string recovered;

  int64_t CountOf(RestoredFile::Fate fate) const;

  /// One JSON object, as described in docs/report.md.
  std::string ToJson() const;
};

/// Undoes a run that changed a dataset in place, by the backup that it kept. All or
/// nothing, as every change of a dataset: it takes the dataset's lock, and Recover or the
/// next run settles what is interrupted. The backup stays as it is.
///
/// The dataset must be as that run has left it: files that the run changed by their
/// digests, other data files by size and time of
/// change, or where that differs by their footers. A file that is not is an error
/// (kDrift) that names it, and nothing is changed. Files that are as before the run
/// already stay. Other errors: kMissingPath for a directory without a manifest, kCorrupt
/// where the backup is not what its manifest says, and those of the lock and of Recover.
arrow::Result<Restoration> Restore(const RestoreOptions& options,
                                   const RunContext& context = {});

}  // namespace planish
