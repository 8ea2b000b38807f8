// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "format/declared_columns.h"
#include "format/footer.h"
#include "jobs/publication.h"
#include "jobs/run.h"
#include "publish/staged_files.h"

namespace planish {

/// Footers of a dataset's files before a change in place, and after it. Paths are below
/// the dataset.
class ChangedFooters {
 public:
  /// All must outlive it, but `changes`.
  ChangedFooters(Run* run, const std::string& dataset, const DatasetChanges& changes,
                 const StagedFiles* staged);

  bool IsReplaced(const std::string& path) const { return replaced_.contains(path); }
  bool IsWritten(const std::string& path) const { return written_.contains(path); }
  arrow::Result<Footer> Before(const std::string& path) const;
  /// Of a file that is written.
  arrow::Result<Footer> After(const std::string& path) const;

  /// Files below `directory` that get columns which `declared` lacks.
  arrow::Result<std::vector<Footer>> WithNewColumns(const DeclaredColumns& declared,
                                                    const std::string& directory) const;

 private:
  arrow::Result<Footer> Read(const std::string& path) const;
  arrow::Result<bool> ChangesColumns(const std::string& path,
                                     const DeclaredColumns& columns) const;

  Run* const run_;
  const std::string& dataset_;
  const StagedFiles* const staged_;
  std::set<std::string> replaced_, written_;
};

/// Whether a path is that of a file below a directory; "" is the dataset itself.
bool IsBelow(const std::string& path, const std::string& directory);

}  // namespace planish
