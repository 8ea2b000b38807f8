// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_transaction.h"

#include <filesystem>
#include <utility>

#include "base/error_builder.h"
#include "publish/journal_replay.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;
using Action = JournalEntry::Action;

std::string DraftPath(const std::string& dataset) {
  return JournalPath(dataset) + ".draft";
}

arrow::Status MakeMissingDirectory(FileSystem* fs, const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(directory));
  return status.exists ? arrow::Status::OK() : fs->MakePrivateDirectory(directory);
}

/// Again if it fails, as for what was staged.
void DropDirectory(FileSystem* fs, const std::string& dataset) {
  if (RemoveTransactionsDirectory(fs, dataset, false).ok()) return;
  (void)RemoveTransactionsDirectory(fs, dataset, false);
}

}  // namespace

arrow::Result<std::unique_ptr<DatasetTransaction>> DatasetTransaction::Make(
    FileSystem* fs, const std::string& dataset, TransactionOptions options) {
  std::unique_ptr<DatasetTransaction> transaction(
      new DatasetTransaction(fs, dataset, std::move(options)));
  ARROW_RETURN_NOT_OK(transaction->backup_.Check());
  ARROW_ASSIGN_OR_RAISE(transaction->dataset_pin_,
                        fs->Pin(dataset, PinDemand::kNone, transaction->options_.links));
  return transaction;
}

DatasetTransaction::DatasetTransaction(FileSystem* fs, std::string dataset,
                                       TransactionOptions options)
    : fs_(fs),
      dataset_(std::move(dataset)),
      options_(std::move(options)),
      backup_(fs, dataset_, options_.backup, options_.sync) {
  journal_.id = UniqueSuffix();
}

DatasetTransaction::~DatasetTransaction() {
  if (decided_ || !files_) return;
  backup_.Drop();
  files_.reset();
  const auto draft = fs_->StatLink(DraftPath(dataset_));
  if ((!draft.ok() || draft->exists) && !fs_->RemoveFile(DraftPath(dataset_)).ok()) {
    (void)fs_->RemoveFile(DraftPath(dataset_));
  }
  DropDirectory(fs_, dataset_);
}

arrow::Result<StagedFiles*> DatasetTransaction::files() {
  if (files_) return &*files_;
  const std::string directory = TransactionsDirectory(dataset_);
  ARROW_RETURN_NOT_OK(MakeMissingDirectory(fs_, directory));
  // What is in it is acted on, so it must be out of reach of others.
  auto pin = fs_->Pin(directory, PinDemand::kPrivate);
  auto files = pin.ok() ? StagedFiles::Make(fs_, StagingPath(dataset_, journal_.id), true,
                                            kStagedSuffix)
                        : arrow::Result<StagedFiles>(pin.status());
  if (!files.ok()) {
    DropDirectory(fs_, dataset_);
    return files.status();
  }
  hidden_pin_ = *std::move(pin);
  files_.emplace(*std::move(files));
  ARROW_ASSIGN_OR_RAISE(const FileStatus there, fs_->Stat(dataset_));
  ARROW_ASSIGN_OR_RAISE(const FileStatus here, fs_->Stat(files_->directory()));
  if (there.device != here.device) {
    return Error(ErrorKind::kUnsupported, "not on the dataset's file system")
        .File(directory)
        .Hint("unmount what is mounted there");
  }
  return &*files_;
}

void DatasetTransaction::Replace(const std::string& path, const FileIdentity& old) {
  journal_.entries.push_back({Action::kReplace, path, 0, 0, old});
}

void DatasetTransaction::Add(const std::string& path) {
  journal_.entries.push_back({Action::kAdd, path, 0, 0, {}});
}

void DatasetTransaction::Remove(const std::string& path, const FileIdentity& old) {
  journal_.entries.push_back({Action::kRemove, path, 0, 0, old});
}

/// Gives a staged file what the replaced one had, and takes down what it is.
arrow::Status DatasetTransaction::Seal(JournalEntry* entry) {
  if (options_.proceed) ARROW_RETURN_NOT_OK(options_.proceed());
  const std::string target = dataset_ + "/" + entry->path;
  const std::string directory = stdfs::path(target).parent_path().string();
  ARROW_ASSIGN_OR_RAISE(const FileStatus there, fs_->Stat(directory));
  if (entry->action != Action::kRemove) {
    const std::string staged = files_->PathOf(entry->path);
    ARROW_ASSIGN_OR_RAISE(const FileStatus here, fs_->StatLink(staged));
    if (there.exists && there.device != here.device) {
      return Error(ErrorKind::kUnsupported,
                   "a directory of the dataset is on another file system")
          .File(directory)
          .Hint("take that directory as a dataset of its own");
    }
    if (entry->action == Action::kReplace) {
      ARROW_RETURN_NOT_OK(fs_->CopyAttributes(target, staged, false));
    }
    entry->size = here.identity.size;
    ARROW_ASSIGN_OR_RAISE(entry->checksum, FileChecksum(fs_, staged, options_.proceed));
  }
  return arrow::Status::OK();
}

/// From its return on everything happens, whatever happens. After an error nothing does.
arrow::Status DatasetTransaction::Decide() {
  const std::string draft = DraftPath(dataset_), path = JournalPath(dataset_);
  const std::string text = journal_.ToText();
  ARROW_ASSIGN_OR_RAISE(auto file, fs_->CreateOutput(draft));
  ARROW_RETURN_NOT_OK(file->Append(text.data(), static_cast<int64_t>(text.size())));
  if (options_.sync) ARROW_RETURN_NOT_OK(file->Sync());
  ARROW_RETURN_NOT_OK(file->Close());
  if (options_.sync) {
    ARROW_RETURN_NOT_OK(fs_->SyncDirectory(TransactionsDirectory(dataset_)));
    ARROW_RETURN_NOT_OK(fs_->SyncDirectory(dataset_));
  }
  ARROW_RETURN_NOT_OK(fs_->Rename(draft, path));
  decided_ = true;
  if (!options_.sync) return arrow::Status::OK();
  const arrow::Status synced = fs_->SyncDirectory(TransactionsDirectory(dataset_));
  if (synced.ok()) return arrow::Status::OK();
  // Whether it lasts is open, so it is taken back; where that fails, too, it stands.
  decided_ = !fs_->Rename(path, draft).ok();
  return decided_ ? arrow::Status::OK() : synced;
}

arrow::Status DatasetTransaction::Commit(const Proceed& last_check) {
  if (journal_.entries.empty()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(files().status());
  for (JournalEntry& entry : journal_.entries) ARROW_RETURN_NOT_OK(Seal(&entry));
  if (options_.sync) ARROW_RETURN_NOT_OK(files_->Sync(options_.proceed));
  std::vector<std::string> replaced;
  for (const JournalEntry& entry : journal_.entries) {
    if (entry.action != Action::kAdd) replaced.push_back(entry.path);
  }
  ARROW_RETURN_NOT_OK(backup_.Keep(replaced, options_.proceed));
  journal_.created = UtcNow();
  if (last_check) ARROW_RETURN_NOT_OK(last_check());
  ARROW_RETURN_NOT_OK(Decide());
  files_->Release();
  const arrow::Status done = ReplayJournal(fs_, dataset_, journal_, options_.sync);
  if (done.ok()) return done;
  return Error(ErrorKind::kUnfinished, "publishing was committed, but not completed")
      .File(dataset_)
      .Cause(done)
      .Hint("nothing is lost: planish recover " + dataset_ +
            " completes it, as does the next run that writes there");
}

}  // namespace planish
