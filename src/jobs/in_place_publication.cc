// SPDX-License-Identifier: Apache-2.0
#include "jobs/in_place_publication.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "dataset/input_discovery.h"
#include "dataset/path.h"
#include "jobs/backup_record.h"
#include "jobs/option_checks.h"
#include "jobs/sidecar_files.h"
#include "planish/quantities.h"
#include "planish/recover.h"
#include "publish/backup_manifest.h"
#include "publish/dataset_lock.h"
#include "publish/dataset_swap.h"
#include "publish/dataset_transaction.h"
#include "publish/recovery.h"

namespace planish {
namespace {

constexpr size_t kListedFiles = 5;

using Identities = std::map<std::string, FileIdentity>;

/// Symbolic links that lead to data of the dataset.
arrow::Status CheckLinks(const std::vector<DiscoveredFile>& files,
                         bool allow_links_to_files) {
  for (const DiscoveredFile& file : files) {
    const bool is_directory = !file.directory_link.empty();
    if (!is_directory && (!file.is_link || allow_links_to_files)) continue;
    return Error(ErrorKind::kUnsupported, "symbolic link inside the dataset")
        .File(is_directory ? file.directory_link : file.path)
        .Fact("leads to", is_directory ? "a directory" : "a file")
        .Hint(is_directory
                  ? "name the directory it leads to as a dataset of its own, or leave it "
                    "out with `exclude`"
                  : "`allow_symlinks` turns links into files where rows have to go");
  }
  return arrow::Status::OK();
}

std::string FirstOf(const std::vector<std::string>& paths) {
  std::string text;
  for (size_t i = 0; i < paths.size() && i < kListedFiles; ++i) {
    text += (i > 0 ? ", " : "") + paths[i];
  }
  if (paths.size() > kListedFiles) {
    text += " and " + std::to_string(paths.size() - kListedFiles) + " more";
  }
  return text;
}

/// The data files that there are; none if there is none.
arrow::Result<std::vector<DiscoveredFile>> FilesOf(FileSystem* fs,
                                                   const DatasetOptions& dataset,
                                                   DirectoryFiles directory_files) {
  auto found = DiscoverFiles(fs, dataset, directory_files);
  if (found.ok()) return std::move(found->files);
  const ErrorDetail* detail = GetErrorDetail(found.status());
  if (detail != nullptr && detail->kind == ErrorKind::kEmptyDataset) {
    return std::vector<DiscoveredFile>();
  }
  return found.status();
}

Identities IdentitiesOf(const std::vector<DiscoveredFile>& files) {
  Identities identities;
  for (const DiscoveredFile& file : files) identities[file.path] = file.identity;
  return identities;
}

arrow::Status CompareWith(const Identities& before, const Identities& now,
                          const std::string& dataset) {
  std::vector<std::string> changed, removed, added;
  for (const auto& [path, identity] : before) {
    const auto found = now.find(path);
    if (found == now.end()) {
      removed.push_back(path);
    } else if (!(found->second == identity)) {
      changed.push_back(path);
    }
  }
  for (const auto& [path, identity] : now) {
    if (!before.contains(path)) added.push_back(path);
  }
  if (changed.empty() && removed.empty() && added.empty()) return arrow::Status::OK();
  Error error(ErrorKind::kDrift, "dataset has changed while it was worked on");
  error.File(dataset);
  if (!changed.empty()) error.Fact("changed", FirstOf(changed));
  if (!removed.empty()) error.Fact("removed", FirstOf(removed));
  if (!added.empty()) error.Fact("new", FirstOf(added));
  return error.Hint("nothing was published; run again when nothing else writes there");
}

class InPlacePublication : public Publication {
 public:
  InPlacePublication(Run* run, std::string path, DatasetOptions dataset,
                     DirectoryFiles directory_files, PublishMode mode,
                     std::unique_ptr<FileLock> lock)
      : run_(run),
        path_(std::move(path)),
        dataset_(std::move(dataset)),
        directory_files_(directory_files),
        mode_(mode),
        lock_(std::move(lock)) {
    // Whoever takes the inventory looks for one.
    dataset_.ignore_table_log = true;
  }

  arrow::Status Begin(const InPlaceOptions& options) {
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          FilesOf(run_->fs(), dataset_, directory_files_));
    ARROW_RETURN_NOT_OK(CheckLinks(files, dataset_.allow_symlinks));
    before_ = IdentitiesOf(files);
    ARROW_RETURN_NOT_OK(run_->PlaceScratch(path_));
    backup_ = options.keep_backup.empty() ? "" : NormalizePath(options.keep_backup);
    TransactionOptions how;
    how.sync = run_->context().sync;
    how.backup = options.keep_backup;
    how.links = dataset_.allow_symlinks ? PinnedLinks::kFollowed : PinnedLinks::kRefused;
    how.proceed = [run = run_] { return run->CheckCancelled(); };
    // Not the run's files: what is decided is not to be stopped any more.
    if (mode_ == PublishMode::kSwap) {
      ARROW_ASSIGN_OR_RAISE(swap_, DatasetSwap::Make(LocalFileSystem(), path_, how));
    } else {
      ARROW_ASSIGN_OR_RAISE(transaction_,
                            DatasetTransaction::Make(LocalFileSystem(), path_, how));
    }
    return arrow::Status::OK();
  }

  bool in_place() const override { return true; }

  arrow::Result<StagedFiles*> files() override {
    return swap_ != nullptr ? swap_->files() : transaction_->files();
  }

  arrow::Status CheckSpace(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t available, run_->fs()->FreeBytes(path_));
    if (bytes <= available) return arrow::Status::OK();
    return Error(ErrorKind::kDiskFull, "not enough space to stage the files to rewrite")
        .File(path_)
        .Fact("needed", FormatByteSize(bytes))
        .Fact("free", FormatByteSize(available))
        .Hint("free space on that file system; nothing was changed");
  }

  arrow::Result<std::string> View(const Inventory& inventory,
                                  const DatasetChanges& changes) override {
    ARROW_ASSIGN_OR_RAISE(StagedFiles * staged, files());
    FileSystem* const fs = LocalFileSystem();
    // Where it goes with all that is staged, at the latest.
    ARROW_ASSIGN_OR_RAISE(const std::string path, staged->PrepareName(".planish/view"));
    ARROW_ASSIGN_OR_RAISE(StagedFiles view,
                          StagedFiles::Make(fs, path, true, kStagedSuffix));
    std::set<std::string> replaced, removed;
    for (const auto& change : changes.replaced) replaced.insert(change.path);
    for (const auto& change : changes.removed) removed.insert(change.path);
    const auto link = [&](const std::string& from, const std::string& name) {
      ARROW_ASSIGN_OR_RAISE(const std::string to, view.PrepareName(name));
      return fs->Link(from, to);
    };
    for (const DataFile& file : inventory.files()) {
      const std::string& name = file.relative_path;
      const bool skipped = !file.skipped_row_groups.empty();
      if (skipped || removed.contains(name)) continue;
      ARROW_RETURN_NOT_OK(
          link(replaced.contains(name) ? staged->PathOf(name) : file.stored_path, name));
    }
    for (const std::string& name : changes.added) {
      ARROW_RETURN_NOT_OK(link(staged->PathOf(name), name));
    }
    view_.emplace(std::move(view));
    return view_->directory();
  }

  arrow::Status Publish(const DatasetChanges& changes, PublishReport* report) override {
    view_.reset();
    ARROW_ASSIGN_OR_RAISE(StagedFiles * staged, files());
    for (const auto& [added, model] : changes.models) {
      ARROW_RETURN_NOT_OK(
          run_->fs()->CopyAccess(JoinPath(path_, model), staged->PathOf(added)));
    }
    ARROW_ASSIGN_OR_RAISE(const SidecarChanges sidecars,
                          PlanSidecars(run_, path_, DataFiles(), changes, staged));
    const Proceed last_check = [&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(RecordBackup(changes, sidecars, staged));
      ARROW_RETURN_NOT_OK(CheckSidecarsUnchanged(run_->fs(), path_, sidecars));
      return CheckDrift();
    };
    ARROW_RETURN_NOT_OK(swap_ != nullptr ? PublishBySwap(changes, sidecars, last_check)
                                         : PublishByFiles(changes, sidecars, last_check));
    report->checksums_removed = sidecars.checksums_removed;
    report->metadata_files = sidecars.metadata_files;
    for (const MetadataFileReport& file : sidecars.metadata_files) {
      if (file.reason.empty()) continue;
      run_->Log(LogLevel::kWarning, file.outcome + " " + file.file + ": " + file.reason);
    }
    report->backup = backup_;
    report->mode = swap_ != nullptr ? "swap" : "files";
    report->files_replaced = static_cast<int64_t>(changes.replaced.size());
    report->files_added = static_cast<int64_t>(changes.added.size());
    report->files_removed = static_cast<int64_t>(changes.removed.size());
    return arrow::Status::OK();
  }

 private:
  arrow::Status CheckDrift() {
    ARROW_ASSIGN_OR_RAISE(const auto files,
                          FilesOf(run_->fs(), dataset_, directory_files_));
    return CompareWith(before_, IdentitiesOf(files), path_);
  }

  /// By their paths below the dataset, as they were before.
  Identities RelativeDataFiles() const {
    const std::string root = JoinPath(NormalizePath(dataset_.inputs.front()), "");
    Identities files;
    for (const auto& [path, identity] : before_) {
      files[path.substr(root.size())] = identity;
    }
    return files;
  }

  std::set<std::string> DataFiles() const {
    std::set<std::string> files;
    for (const auto& [path, identity] : RelativeDataFiles()) files.insert(path);
    return files;
  }

  /// Says in the backup what it is of, once it holds all that it will.
  arrow::Status RecordBackup(const DatasetChanges& changes,
                             const SidecarChanges& sidecars, StagedFiles* staged) {
    if (backup_.empty()) return arrow::Status::OK();
    FileSystem* const fs = LocalFileSystem();
    BackupRecord record(fs, path_, staged,
                        [run = run_] { return run->CheckCancelled(); });
    for (const auto& change : changes.replaced) record.Replaced(change.path);
    for (const auto& change : sidecars.rebuilt) record.Replaced(change.path);
    for (const auto& change : changes.removed) record.Removed(change.path);
    for (const auto& change : sidecars.removed) record.Removed(change.path);
    for (const std::string& path : changes.added) record.Added(path);
    ARROW_ASSIGN_OR_RAISE(const BackupManifest manifest,
                          record.Finish(dataset_, RelativeDataFiles()));
    std::string place = BackupManifestPath(backup_);
    if (swap_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(place, staged->Prepare(kWaitingManifest));
    }
    return WriteBackupManifest(fs, manifest, place, run_->context().sync);
  }

  /// What goes comes last: a reader meets a row twice rather than not at all. But first
  /// what would speak against the new files; and what describes all comes when all is
  /// there.
  arrow::Status PublishByFiles(const DatasetChanges& changes,
                               const SidecarChanges& sidecars,
                               const Proceed& last_check) {
    for (const auto& change : sidecars.removed) {
      transaction_->Remove(change.path, change.old);
    }
    for (const auto& change : changes.replaced) {
      transaction_->Replace(change.path, change.old);
    }
    for (const std::string& path : changes.added) transaction_->Add(path);
    for (const auto& change : sidecars.rebuilt) {
      transaction_->Replace(change.path, change.old);
    }
    for (const auto& change : changes.removed) {
      transaction_->Remove(change.path, change.old);
    }
    return transaction_->Commit(last_check);
  }

  arrow::Status PublishBySwap(const DatasetChanges& changes,
                              const SidecarChanges& sidecars, const Proceed& last_check) {
    for (const auto& change : sidecars.removed) swap_->Remove(change.path);
    for (const auto& change : sidecars.rebuilt) swap_->Replace(change.path);
    for (const auto& change : changes.replaced) swap_->Replace(change.path);
    for (const auto& change : changes.removed) swap_->Remove(change.path);
    for (const std::string& path : changes.added) swap_->Add(path);
    return swap_->Commit(last_check);
  }

  Run* const run_;
  const std::string path_;
  DatasetOptions dataset_;
  const DirectoryFiles directory_files_;
  const PublishMode mode_;
  const std::unique_ptr<FileLock> lock_;
  std::unique_ptr<DatasetTransaction> transaction_;
  std::unique_ptr<DatasetSwap> swap_;
  /// Goes before what it stands in.
  std::optional<StagedFiles> view_;
  Identities before_;
  std::string backup_;
};

arrow::Status Settle(Run* run, const std::string& path, PublishReport* report) {
  ARROW_ASSIGN_OR_RAISE(const Recovery recovery,
                        SettleUnfinished(LocalFileSystem(), path, run->context().sync,
                                         [run] { return run->CheckCancelled(); }));
  if (recovery.outcome == Recovery::Outcome::kNothingToDo) return arrow::Status::OK();
  report->recovered = RecoveryOutcomeName(recovery.outcome);
  run->Log(LogLevel::kWarning,
           "settled what an interrupted run had left: " + recovery.reason);
  return arrow::Status::OK();
}

}  // namespace

std::string DatasetPath(const std::string& given) {
  const std::string normal = NormalizePath(given);
  const std::string_view name = BaseName(normal);
  if (name != "." && name != "..") return normal;
  std::error_code error;
  const std::string found = std::filesystem::canonical(normal, error).string();
  return error ? normal : found;
}

arrow::Result<std::unique_ptr<Publication>> PublishInPlace(Run* run,
                                                           const DatasetOptions& dataset,
                                                           DirectoryFiles directory_files,
                                                           const InPlaceOptions& options,
                                                           PublishReport* report) {
  ARROW_RETURN_NOT_OK(CheckIsDirectory(run->fs(), dataset.inputs.front(), "the dataset"));
  const std::string path = DatasetPath(dataset.inputs.front());
  ARROW_RETURN_NOT_OK(CheckOutsideTables(run->fs(), options.keep_backup,
                                         dataset.ignore_table_log, "keep_backup"));
  ARROW_ASSIGN_OR_RAISE(auto lock, LockDataset(run->fs(), path, options.lock_timeout,
                                               [run] { return run->CheckCancelled(); }));
  ARROW_RETURN_NOT_OK(Settle(run, path, report));
  auto publication = std::make_unique<InPlacePublication>(
      run, path, dataset, directory_files, options.publish, std::move(lock));
  ARROW_RETURN_NOT_OK(publication->Begin(options));
  return publication;
}

}  // namespace planish
