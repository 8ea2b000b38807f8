// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "jobs/publication.h"
#include "jobs/run.h"
#include "planish/report.h"
#include "publish/staged_files.h"

namespace planish {

/// What has to become of the files beside the data that describe it, so that they are
/// right after a change in place. Paths are below the dataset.
struct SidecarChanges {
  /// Staged: metadata files that are made anew.
  std::vector<DatasetChanges::Change> rebuilt;
  /// Metadata files that cannot be, and checksums.
  std::vector<DatasetChanges::Change> removed;
  int64_t checksums_removed = 0;
  std::vector<MetadataFileReport> metadata_files;
  /// Every path at which a sidecar was looked for, and what was there.
  std::map<std::string, std::optional<FileIdentity>> seen;
};

/// Plans that for a dataset in the directory `dataset`, of which `data_files` are the
/// data before `changes`, and stages what is to be written. Sidecars are:
///
/// - `.NAME.crc`, by which Hadoop's local file system verifies the file NAME. It goes
/// with
///   the contents that it is about.
/// - `_metadata`, which has the row groups of all files below its directory, as readers
///   of Dask, PyArrow and Spark go by it. One that was true before is made anew: row
///   groups of files that stay are taken over, others come from the footers of what is
///   staged. It is removed if it was not true, if files differ in their columns
///   afterwards, or if it is in a partition that goes.
/// - `_common_metadata`, which has their schema. It stays, unless a file gets columns
///   that it does not declare: then it is made anew if that file has all of its columns
///   too, else removed.
///
/// What `changes` say nothing about stays as it is, true or not.
arrow::Result<SidecarChanges> PlanSidecars(Run* run, const std::string& dataset,
                                           const std::set<std::string>& data_files,
                                           const DatasetChanges& changes,
                                           StagedFiles* staged);

/// An error (kDrift) if there is anything else by now where sidecars were looked for.
arrow::Status CheckSidecarsUnchanged(FileSystem* fs, const std::string& dataset,
                                     const SidecarChanges& sidecars);

}  // namespace planish
