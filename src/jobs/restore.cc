// SPDX-License-Identifier: Apache-2.0
#include "planish/restore.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "dataset/input_discovery.h"
#include "dataset/path.h"
#include "jobs/backup_record.h"
#include "jobs/in_place_publication.h"
#include "jobs/option_checks.h"
#include "jobs/run.h"
#include "planish/local_path.h"
#include "planish/recover.h"
#include "publish/backup_manifest.h"
#include "publish/dataset_lock.h"
#include "publish/dataset_transaction.h"
#include "publish/recovery.h"

namespace planish {
namespace {

using Fate = BackedUpFile::Fate;

/// A file that has to be put back, and what is in its place.
struct PutBack {
  const BackedUpFile* file;
  FileIdentity now;
};

Error Changed(const std::string& path, const std::string& how) {
  return Error(ErrorKind::kDrift, "dataset has changed since the backup was made: " + how)
      .File(path)
      .Hint("nothing was changed; the files that were kept are in the backup");
}

/// Files that describe the data, which come when the data is there.
bool IsSidecar(const std::string& path) {
  const std::string_view name = BaseName(path);
  return name.starts_with('.') || name.starts_with('_');
}

class RestoreRun {
 public:
  RestoreRun(Run* run, std::string dataset, std::string backup)
      : run_(run), dataset_(std::move(dataset)), backup_(std::move(backup)) {}

  /// Compares everything with the manifest.
  arrow::Status Compare() {
    ARROW_ASSIGN_OR_RAISE(manifest_, ReadBackupManifest(fs_, backup_));
    for (const BackedUpFile& file : manifest_.files) {
      ARROW_RETURN_NOT_OK(CompareFile(file));
    }
    ARROW_RETURN_NOT_OK(CheckOthers());
    for (const PutBack& item : put_back_) ARROW_RETURN_NOT_OK(CheckKept(*item.file));
    // The data first, then what describes it.
    std::ranges::stable_sort(
        put_back_, {}, [](const PutBack& item) { return IsSidecar(item.file->path); });
    return arrow::Status::OK();
  }

  arrow::Status PutAllBack(bool sync) {
    if (put_back_.empty()) return arrow::Status::OK();
    TransactionOptions how;
    how.sync = sync;
    how.proceed = Proceeding();
    ARROW_ASSIGN_OR_RAISE(const auto transaction,
                          DatasetTransaction::Make(fs_, dataset_, how));
    ARROW_ASSIGN_OR_RAISE(StagedFiles* const staged, transaction->files());
    for (const PutBack& item : put_back_) {
      const BackedUpFile& file = *item.file;
      if (file.fate == Fate::kAdded) continue;
      const std::string kept = backup_ + "/" + file.path;
      ARROW_ASSIGN_OR_RAISE(const std::string path, staged->Prepare(file.path));
      ARROW_RETURN_NOT_OK(fs_->CopyFile(kept, path, false, Proceeding()).status());
      ARROW_RETURN_NOT_OK(fs_->CopyAttributes(kept, path, false));
      // What is staged is read again: the copy is what comes into the dataset.
      ARROW_ASSIGN_OR_RAISE(const FileDigest digest,
                            DigestOfFile(fs_, path, Proceeding()));
      if (digest != file.before) return Damaged(kept);
      if (file.fate == Fate::kReplaced) transaction->Replace(file.path, item.now);
      if (file.fate == Fate::kRemoved) transaction->Add(file.path);
    }
    for (const PutBack& item : put_back_) {
      if (item.file->fate == Fate::kAdded) {
        transaction->Remove(item.file->path, item.now);
      }
    }
    return transaction->Commit([this] { return CheckUnchanged(); });
  }

  void Describe(Restoration* restoration) const {
    restoration->run = manifest_.run;
    restoration->created = manifest_.created;
    restoration->planish_version = manifest_.planish_version;
    for (const PutBack& item : put_back_) {
      const Fate fate = item.file->fate;
      restoration->files.push_back(
          {item.file->path, fate == Fate::kReplaced  ? RestoredFile::Fate::kReplaced
                            : fate == Fate::kRemoved ? RestoredFile::Fate::kAdded
                                                     : RestoredFile::Fate::kRemoved});
    }
    std::ranges::sort(restoration->files, {}, &RestoredFile::path);
  }

 private:
  Proceed Proceeding() const {
    return [run = run_] { return run->CheckCancelled(); };
  }

  static arrow::Status Damaged(const std::string& path) {
    return Error(ErrorKind::kCorrupt, "a file of the backup is not what was kept")
        .File(path)
        .Hint("nothing was changed; that file cannot be put back from this backup");
  }

  /// Whether a file is as the run has left it, or as it was before; else an error.
  arrow::Status CompareFile(const BackedUpFile& file) {
    ARROW_RETURN_NOT_OK(run_->CheckCancelled());
    const std::string path = dataset_ + "/" + file.path;
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->StatLink(path));
    if (status.exists && (status.is_link || status.kind != EntryKind::kFile)) {
      return Changed(path, "not a file any more");
    }
    if (!status.exists) {
      if (file.fate == Fate::kReplaced) return Changed(path, "a file has gone");
      if (file.fate == Fate::kRemoved) put_back_.push_back({&file, {}});
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const FileDigest now, DigestOfFile(fs_, path, Proceeding()));
    if (file.fate != Fate::kAdded && now == file.before) return arrow::Status::OK();
    if (file.fate == Fate::kRemoved) return Changed(path, "a file has come");
    if (now != file.after) return Changed(path, "a file is another");
    put_back_.push_back({&file, status.identity});
    return arrow::Status::OK();
  }

  arrow::Status CheckKept(const BackedUpFile& file) const {
    if (file.fate == Fate::kAdded) return arrow::Status::OK();
    const std::string path = backup_ + "/" + file.path;
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->StatLink(path));
    if (!status.exists || status.kind != EntryKind::kFile || status.is_link) {
      return Damaged(path);
    }
    ARROW_ASSIGN_OR_RAISE(const FileDigest kept, DigestOfFile(fs_, path, Proceeding()));
    return kept == file.before ? arrow::Status::OK() : Damaged(path);
  }

  /// A copy of a dataset has other times than the dataset, so times alone tell nothing.
  arrow::Status CheckOther(const std::string& path, const OtherDataFile& file) const {
    ARROW_RETURN_NOT_OK(run_->CheckCancelled());
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->Stat(path));
    if (!status.exists) return Changed(path, "a file has gone");
    if (status.identity.size != file.size) return Changed(path, "a file is another");
    if (status.identity.modified_nanoseconds == file.modified_nanoseconds) {
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const uint64_t end, EndChecksum(fs_, path, file.size));
    if (end != file.end_checksum) return Changed(path, "a file is another");
    return arrow::Status::OK();
  }

  /// The data files there are, but for those that the run has changed.
  arrow::Status CheckOthers() const {
    std::map<std::string, const OtherDataFile*> known;
    for (const OtherDataFile& file : manifest_.others) known[file.path] = &file;
    for (const auto& [path, file] : known) {
      ARROW_RETURN_NOT_OK(CheckOther(dataset_ + "/" + path, *file));
    }
    for (const BackedUpFile& file : manifest_.files) known[file.path] = nullptr;
    DatasetOptions dataset;
    dataset.inputs = {dataset_};
    dataset.include = manifest_.include;
    dataset.exclude = manifest_.exclude;
    dataset.ignore_table_log = true;
    auto found = DiscoverFiles(fs_, dataset, DirectoryFiles::kParquet);
    const ErrorDetail* detail = GetErrorDetail(found.status());
    if (detail != nullptr && detail->kind == ErrorKind::kEmptyDataset) {
      return arrow::Status::OK();
    }
    ARROW_RETURN_NOT_OK(found);
    for (const DiscoveredFile& file : found->files) {
      const std::string path = file.path.substr(JoinPath(dataset_, "").size());
      if (!known.contains(path)) return Changed(file.path, "a file has come");
    }
    return arrow::Status::OK();
  }

  /// Once all is staged: by what identifies files.
  arrow::Status CheckUnchanged() const {
    for (const PutBack& item : put_back_) {
      const std::string path = dataset_ + "/" + item.file->path;
      ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->StatLink(path));
      const bool was_there = item.file->fate != Fate::kRemoved;
      if (status.exists != was_there) {
        return Changed(path, was_there ? "a file has gone" : "a file has come");
      }
      if (was_there && !(status.identity == item.now)) {
        return Changed(path, "a file is another");
      }
    }
    return CheckOthers();
  }

  Run* const run_;
  /// Not the run's files: what is decided is not to be stopped any more.
  FileSystem* const fs_ = LocalFileSystem();
  const std::string dataset_, backup_;
  BackupManifest manifest_;
  std::vector<PutBack> put_back_;
};

arrow::Result<Restoration> RunRestore(const RestoreOptions& options,
                                      const RunContext& context) {
  ARROW_RETURN_NOT_OK(options.Validate());
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<Run> run, Run::Make(context));
  const Proceed proceed = [&] { return run->CheckCancelled(); };
  FileSystem* const fs = LocalFileSystem();
  ARROW_RETURN_NOT_OK(CheckIsDirectory(fs, options.dataset, "the dataset"));
  const std::string path = DatasetPath(options.dataset);
  Restoration restoration;
  restoration.dry_run = options.dry_run;
  ARROW_ASSIGN_OR_RAISE(const auto lock,
                        LockDataset(fs, path, options.lock_timeout, proceed));
  if (options.dry_run) {
    ARROW_RETURN_NOT_OK(CheckFinished(fs, path));
  } else {
    ARROW_ASSIGN_OR_RAISE(const Recovery recovery,
                          SettleUnfinished(fs, path, context.sync, proceed));
    if (recovery.outcome != Recovery::Outcome::kNothingToDo) {
      restoration.recovered = RecoveryOutcomeName(recovery.outcome);
    }
  }
  RestoreRun restore(run.get(), path, NormalizePath(options.backup));
  ARROW_RETURN_NOT_OK(restore.Compare());
  if (!options.dry_run) ARROW_RETURN_NOT_OK(restore.PutAllBack(context.sync));
  restore.Describe(&restoration);
  return restoration;
}

}  // namespace

const char* RestoredFateName(RestoredFile::Fate fate) {
  switch (fate) {
    case RestoredFile::Fate::kReplaced:
      return "replaced";
    case RestoredFile::Fate::kAdded:
      return "added";
    case RestoredFile::Fate::kRemoved:
      return "removed";
  }
  return "unknown";
}

int64_t Restoration::CountOf(RestoredFile::Fate fate) const {
  return std::ranges::count(files, fate, &RestoredFile::fate);
}

arrow::Status RestoreOptions::Validate() const {
  if (dataset.empty()) {
    return Error(ErrorKind::kInvalidOption, "no dataset given")
        .Hint("name the dataset's directory");
  }
  if (backup.empty()) {
    return Error(ErrorKind::kInvalidOption, "no `backup` given")
        .Hint("name the directory that was given as `keep_backup`");
  }
  ARROW_RETURN_NOT_OK(CheckLocalPath(dataset, "dataset"));
  ARROW_RETURN_NOT_OK(CheckLocalPath(backup, "backup"));
  if (lock_timeout.count() < 0) {
    return Error(ErrorKind::kInvalidOption, "`lock_timeout` must not be negative");
  }
  return arrow::Status::OK();
}

arrow::Result<Restoration> Restore(const RestoreOptions& options,
                                   const RunContext& context) {
  return WithoutExceptions([&] { return RunRestore(options, context); });
}

}  // namespace planish
