// SPDX-License-Identifier: Apache-2.0
#include "jobs/backup_record.h"

#include <algorithm>
#include <set>
#include <utility>

#include "planish/version.h"
#include "publish/journal.h"

namespace planish {

using Fate = BackedUpFile::Fate;

BackupRecord::BackupRecord(FileSystem* fs, std::string dataset, const StagedFiles* staged,
                           Proceed proceed)
    : fs_(fs),
      dataset_(std::move(dataset)),
      staged_(staged),
      proceed_(std::move(proceed)) {}

void BackupRecord::Note(const std::string& path, Fate fate) {
  BackedUpFile& file = files_.emplace_back();
  file.path = path;
  file.fate = fate;
}

arrow::Result<BackupManifest> BackupRecord::Finish(
    const DatasetOptions& options,
    const std::map<std::string, FileIdentity>& data_files) {
  BackupManifest manifest;
  manifest.run = UniqueSuffix();
  manifest.created = UtcNow();
  manifest.planish_version = Version();
  manifest.include = options.include;
  manifest.exclude = options.exclude;
  std::set<std::string> changed;
  for (BackedUpFile& file : files_) {
    if (file.fate != Fate::kAdded) {
      ARROW_ASSIGN_OR_RAISE(file.before,
                            DigestOfFile(fs_, dataset_ + "/" + file.path, proceed_));
    }
    if (file.fate != Fate::kRemoved) {
      ARROW_ASSIGN_OR_RAISE(file.after,
                            DigestOfFile(fs_, staged_->PathOf(file.path), proceed_));
    }
    changed.insert(file.path);
  }
  manifest.files = std::move(files_);
  std::ranges::sort(manifest.files, {}, &BackedUpFile::path);
  for (const auto& [path, identity] : data_files) {
    if (changed.contains(path)) continue;
    ARROW_ASSIGN_OR_RAISE(const uint64_t end,
                          EndChecksum(fs_, dataset_ + "/" + path, identity.size));
    manifest.others.push_back({path, identity.size, identity.modified_nanoseconds, end});
  }
  return manifest;
}

arrow::Result<FileDigest> DigestOfFile(FileSystem* fs, const std::string& path,
                                       const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path));
  FileDigest digest;
  digest.size = status.identity.size;
  ARROW_ASSIGN_OR_RAISE(digest.checksum, FileChecksum(fs, path, proceed));
  return digest;
}

}  // namespace planish
