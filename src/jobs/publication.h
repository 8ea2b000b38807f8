// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "dataset/inventory.h"
#include "jobs/run.h"
#include "planish/report.h"
#include "publish/staged_files.h"
#include "rewrite/rewrite_plan.h"

namespace planish {

/// What a run does to the files of a dataset; those not named stay. Paths are below it.
struct DatasetChanges {
  struct Change {
    std::string path;
    FileIdentity old;  ///< the file as it was planned with
  };
  std::vector<Change> replaced, removed;
  std::vector<std::string> added;
  /// Of those added, files of the dataset whose owner, group and permissions they take.
  std::map<std::string, std::string> models;
  /// Files that stay because they cannot be read.
  std::vector<std::string> unread;
  bool empty() const { return replaced.empty() && removed.empty() && added.empty(); }
};

/// The changes that `plan` makes to the dataset it is about.
DatasetChanges ChangesOf(const Inventory& inventory, const RewritePlan& plan);

/// Where a run's result goes, and how it gets there. One thread.
class Publication {
 public:
  virtual ~Publication() = default;

  /// Whether the result takes the place of its source.
  virtual bool in_place() const = 0;

  /// Where files are written, by their paths in the result. Asked for only if there is
  /// something to write or remove.
  virtual arrow::Result<StagedFiles*> files() = 0;

  /// An error (kDiskFull) unless so many bytes can be written.
  virtual arrow::Status CheckSpace(int64_t bytes) = 0;

  /// The path at which all of the result can be read before it is published. Files of
  /// `inventory` that are skipped as a whole are not in it.
  virtual arrow::Result<std::string> View(const Inventory& inventory,
                                          const DatasetChanges& changes) = 0;

  /// Makes the result appear. After an error of kind kUnfinished it will; after any other
  /// it has not. Adds to `report`.
  virtual arrow::Status Publish(const DatasetChanges& changes, PublishReport* report) = 0;
};

/// A new directory (see StagedDirectory). Gives scratch its place beside it.
arrow::Result<std::unique_ptr<Publication>> PublishToDirectory(Run* run,
                                                               const std::string& output);

}  // namespace planish
