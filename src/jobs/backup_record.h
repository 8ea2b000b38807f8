// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"
#include "planish/dataset_options.h"
#include "publish/backup_manifest.h"
#include "publish/staged_files.h"

namespace planish {

/// Gathers what a run is about to do to a dataset of which it keeps a backup. Paths are
/// below the dataset.
class BackupRecord {
 public:
  /// `staged` has the new files, whole. `proceed`, if set, is asked while files are read.
  BackupRecord(FileSystem* fs, std::string dataset, const StagedFiles* staged,
               Proceed proceed);

  void Replaced(const std::string& path) { Note(path, BackedUpFile::Fate::kReplaced); }
  void Removed(const std::string& path) { Note(path, BackedUpFile::Fate::kRemoved); }
  void Added(const std::string& path) { Note(path, BackedUpFile::Fate::kAdded); }

  /// Reads every file that was named, old and new. `data_files` are those there are
  /// before.
  arrow::Result<BackupManifest> Finish(
      const DatasetOptions& options,
      const std::map<std::string, FileIdentity>& data_files);

 private:
  void Note(const std::string& path, BackedUpFile::Fate fate);

  FileSystem* const fs_;
  const std::string dataset_;
  const StagedFiles* const staged_;
  const Proceed proceed_;
  std::vector<BackedUpFile> files_;
};

/// The digest of a file; reads all of it.
arrow::Result<FileDigest> DigestOfFile(FileSystem* fs, const std::string& path,
                                       const Proceed& proceed);

}  // namespace planish
