// SPDX-License-Identifier: Apache-2.0
#include "publish/dataset_swap.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/error_builder.h"
#include "publish/backup_manifest.h"
#include "publish/dataset_lock.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

std::string ParentOf(const std::string& path) {
  const std::string parent = stdfs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string SwapPrefix(const std::string& dataset) {
  return "." + stdfs::path(dataset).filename().string() + ".planish-swap-";
}

}  // namespace

std::string SwapMarkerPath(const std::string& dataset) {
  return TransactionsDirectory(dataset) + "/swap";
}

std::string SwapMarkerText(const std::string& name, bool keep) {
  return "planish-swap 1\n" + name + "\n" + (keep ? "keep" : "remove") + "\n";
}

arrow::Result<std::vector<std::string>> FindSwapDirectories(FileSystem* fs,
                                                            const std::string& dataset) {
  const std::string parent = ParentOf(dataset), prefix = SwapPrefix(dataset);
  std::vector<std::string> found;
  const auto entries = fs->List(parent);
  // Whoever may not look there has not made anything there.
  const ErrorDetail* detail = GetErrorDetail(entries.status());
  if (detail != nullptr && detail->kind == ErrorKind::kPermission) return found;
  ARROW_RETURN_NOT_OK(entries);
  for (const DirectoryEntry& entry : *entries) {
    if (entry.kind != EntryKind::kDirectory || entry.is_link) continue;
    if (entry.name.rfind(prefix, 0) != 0) continue;
    found.push_back((stdfs::path(parent) / entry.name).string());
  }
  std::ranges::sort(found);
  return found;
}

arrow::Result<std::unique_ptr<DatasetSwap>> DatasetSwap::Make(
    FileSystem* fs, const std::string& dataset, TransactionOptions options) {
  const std::string name = stdfs::path(dataset).filename().string();
  if (name.empty() || name == "." || name == "..") {
    return Error(ErrorKind::kInvalidOption,
                 "a dataset that is swapped must be named: " + dataset)
        .Hint("end the path in the name of the dataset's directory");
  }
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(dataset));
  if (status.is_link) {
    return Error(ErrorKind::kUnsupported, "a symbolic link cannot be swapped")
        .File(dataset)
        .Hint("name the directory that it leads to");
  }
  std::unique_ptr<DatasetSwap> swap(new DatasetSwap(fs, dataset, std::move(options)));
  ARROW_RETURN_NOT_OK(swap->backup_.Check());
  ARROW_RETURN_NOT_OK(swap->backup_.CheckSameFileSystem());
  ARROW_ASSIGN_OR_RAISE(swap->dataset_pin_,
                        fs->Pin(dataset, PinDemand::kNone, swap->options_.links));
  return swap;
}

DatasetSwap::DatasetSwap(FileSystem* fs, std::string dataset, TransactionOptions options)
    : fs_(fs),
      dataset_(std::move(dataset)),
      options_(std::move(options)),
      backup_(fs, dataset_, options_.backup, options_.sync),
      name_(SwapPrefix(dataset_) + UniqueSuffix()) {}

// What was staged goes with files_.
DatasetSwap::~DatasetSwap() {
  if (!swapped_) backup_.Drop();
}

arrow::Result<StagedFiles*> DatasetSwap::files() {
  if (files_) return &*files_;
  const std::string path = (stdfs::path(ParentOf(dataset_)) / name_).string();
  ARROW_ASSIGN_OR_RAISE(StagedFiles files, StagedFiles::Make(fs_, path, true));
  files_.emplace(std::move(files));
  const arrow::Status marked = Mark();
  if (marked.ok()) return &*files_;
  files_.reset();
  return marked;
}

/// First of all, so that whatever is left of this is known for what it is.
arrow::Status DatasetSwap::Mark() {
  // Where it is to be found after the exchange, too, recovery trusts what is private
  // only.
  ARROW_RETURN_NOT_OK(
      fs_->MakePrivateDirectory(TransactionsDirectory(files_->directory())));
  ARROW_ASSIGN_OR_RAISE(const std::string path, files_->Prepare(".planish/swap"));
  const std::string text = SwapMarkerText(name_, backup_.wanted());
  ARROW_ASSIGN_OR_RAISE(auto file, fs_->CreateOutput(path));
  ARROW_RETURN_NOT_OK(file->Append(text.data(), static_cast<int64_t>(text.size())));
  return file->Close();
}

void DatasetSwap::Replace(const std::string& path) {
  replaced_.insert(path);
  changes_ = true;
}

// It is in its place already.
void DatasetSwap::Add(const std::string&) {
  changes_ = true;
}

void DatasetSwap::Remove(const std::string& path) {
  removed_.insert(path);
  changes_ = true;
}

/// Links what stays into the new directory, and gives it what the old one's entries had.
/// `directory` is below the dataset; empty for itself.
arrow::Status DatasetSwap::TakeOver(const std::string& directory) {
  if (options_.proceed) ARROW_RETURN_NOT_OK(options_.proceed());
  const std::string old = dataset_ + "/" + directory;
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs_->List(old));
  for (const DirectoryEntry& entry : entries) {
    const std::string path =
        directory.empty() ? entry.name : directory + "/" + entry.name;
    if (path == ".planish" || removed_.contains(path)) continue;
    if (entry.is_link) {
      return Error(ErrorKind::kUnsupported, "symbolic links cannot be swapped")
          .File(dataset_ + "/" + path)
          .Hint("leave out `publish=swap`");
    }
    if (entry.kind == EntryKind::kDirectory) {
      ARROW_RETURN_NOT_OK(TakeOver(path));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const std::string target, files_->PrepareName(path));
    ARROW_RETURN_NOT_OK(replaced_.contains(path)
                            ? fs_->CopyAttributes(dataset_ + "/" + path, target, false)
                            : fs_->Link(dataset_ + "/" + path, target));
  }
  const std::string made = files_->directory() + "/" + directory;
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->StatLink(made));
  if (!status.exists) {
    // Only files that go were in it; one that was empty before stays.
    if (!entries.empty()) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(files_->PrepareName(directory + "/.").status());
  }
  return fs_->CopyAttributes(old, made, false);
}

arrow::Status DatasetSwap::Commit(const Proceed& last_check) {
  if (!changes_) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(files().status());
  ARROW_RETURN_NOT_OK(TakeOver(""));
  if (options_.sync) ARROW_RETURN_NOT_OK(files_->Sync(options_.proceed));
  if (options_.sync) ARROW_RETURN_NOT_OK(fs_->SyncDirectory(ParentOf(dataset_)));
  ARROW_RETURN_NOT_OK(backup_.PrepareParent());
  // Whoever waits for the lock of the old directory will then ask for the new one's.
  ARROW_ASSIGN_OR_RAISE(const auto lock, LockDataset(fs_, files_->directory(), {}, {}));
  if (last_check) ARROW_RETURN_NOT_OK(last_check());
  ARROW_RETURN_NOT_OK(fs_->Exchange(files_->directory(), dataset_));
  swapped_ = true;
  files_->Release();
  const arrow::Status finished = Finish();
  if (finished.ok()) return finished;
  return Error(ErrorKind::kUnfinished, "the dataset was swapped, but not all tidied up")
      .File(dataset_)
      .Cause(finished)
      .Hint("the new dataset is whole: planish recover " + dataset_ + " does the rest");
}

arrow::Status DatasetSwap::Finish() {
  const std::string parent = ParentOf(dataset_);
  // Before the old one goes.
  if (options_.sync) ARROW_RETURN_NOT_OK(fs_->SyncDirectory(parent));
  if (backup_.wanted()) {
    ARROW_RETURN_NOT_OK(
        MoveWaitingManifest(fs_, dataset_, files_->directory(), options_.sync));
  }
  ARROW_RETURN_NOT_OK(backup_.wanted() ? backup_.Adopt(files_->directory())
                                       : fs_->RemoveAll(files_->directory()));
  // Before what tells of it goes.
  if (options_.sync) ARROW_RETURN_NOT_OK(fs_->SyncDirectory(parent));
  ARROW_RETURN_NOT_OK(fs_->RemoveAll(TransactionsDirectory(dataset_)));
  return options_.sync ? fs_->SyncDirectory(dataset_) : arrow::Status::OK();
}

}  // namespace planish
