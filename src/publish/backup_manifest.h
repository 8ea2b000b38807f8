// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/result.h"
#include "io/file_system.h"

namespace planish {

/// A file's contents as a manifest knows them.
struct FileDigest {
  int64_t size = 0;
  uint64_t checksum = 0;  ///< FileChecksum
  bool operator==(const FileDigest&) const = default;
};

/// A file that a run has changed.
struct BackedUpFile {
  enum class Fate {
    kReplaced,  ///< `before` is kept, `after` is in the dataset
    kRemoved,   ///< `before` is kept
    kAdded,     ///< `after` is in the dataset
  };
  Fate fate = Fate::kReplaced;
  std::string path;  ///< below the dataset, and below the backup
  FileDigest before, after;
};

/// A data file that the run has not changed.
struct OtherDataFile {
  std::string path;
  int64_t size = 0;
  int64_t modified_nanoseconds = 0;
  uint64_t end_checksum = 0;  ///< of its end, which is a Parquet file's footer
};

/// What a run in place has done to a dataset whose old files are kept: enough to undo it,
/// and to tell whether anything has changed since. docs/formats.md describes the file.
struct BackupManifest {
  static constexpr int kVersion = 1;

  std::string run;      ///< names the run
  std::string created;  ///< UTC
  std::string planish_version;
  /// Which files were part of the dataset.
  std::vector<std::string> include, exclude;
  std::vector<BackedUpFile> files;
  std::vector<OtherDataFile> others;

  std::string ToText() const;
  /// `path` is for errors (kCorrupt, kUnsupported for another version).
  static arrow::Result<BackupManifest> Parse(const std::string& text,
                                             const std::string& path);
};

/// Where a backup has its manifest: a hidden file.
std::string BackupManifestPath(const std::string& backup);

/// kMissingPath if there is none.
arrow::Result<BackupManifest> ReadBackupManifest(FileSystem* fs,
                                                 const std::string& backup);

/// Makes the file at `path`. With `sync` it is on disk on return, with its name.
arrow::Status WriteBackupManifest(FileSystem* fs, const BackupManifest& manifest,
                                  const std::string& path, bool sync);

/// XXH3 of the last 64 KiB of a file of so many bytes.
arrow::Result<uint64_t> EndChecksum(FileSystem* fs, const std::string& path,
                                    int64_t size);

// A directory that is swapped out becomes the backup of itself. Until then the manifest
// waits in the hidden directory of the one that is swapped in.
inline constexpr char kWaitingManifest[] = ".planish/backup.json";
/// Moves it from `dataset` to `swapped_out`, if it is there.
arrow::Status MoveWaitingManifest(FileSystem* fs, const std::string& dataset,
                                  const std::string& swapped_out, bool sync);

}  // namespace planish
