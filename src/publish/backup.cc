// SPDX-License-Identifier: Apache-2.0
#include "publish/backup.h"

#include <filesystem>
#include <utility>

#include "base/error_builder.h"
#include "publish/staged_files.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

std::string WithoutLastSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string ParentOf(const std::string& path) {
  const std::string parent = stdfs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Backup::Backup(FileSystem* fs, std::string dataset, std::string directory, bool sync)
    : fs_(fs),
      dataset_(std::move(dataset)),
      directory_(WithoutLastSlash(std::move(directory))),
      sync_(sync) {}

arrow::Status Backup::Check() const {
  if (!wanted()) return arrow::Status::OK();
  const auto inside = stdfs::path(directory_)
                          .lexically_normal()
                          .lexically_relative(stdfs::path(dataset_).lexically_normal());
  if (!inside.empty() && *inside.begin() != "..") {
    return Error(ErrorKind::kInvalidOption,
                 "backup lies inside the dataset: " + directory_)
        .Hint("name a directory outside, best on the same file system");
  }
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->Stat(directory_));
  if (!status.exists) return arrow::Status::OK();
  if (status.kind == EntryKind::kDirectory) {
    ARROW_ASSIGN_OR_RAISE(const auto entries, fs_->List(directory_));
    if (entries.empty()) return arrow::Status::OK();
  }
  return Error(ErrorKind::kOutputExists, "backup is there already: " + directory_)
      .Hint("name a directory that does not exist yet");
}

arrow::Result<std::string> Backup::ExistingParent() const {
  for (std::string above = ParentOf(directory_);; above = ParentOf(above)) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->Stat(above));
    if (status.exists || above == ParentOf(above)) return above;
  }
}

arrow::Status Backup::CheckSameFileSystem() const {
  if (!wanted()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string parent, ExistingParent());
  ARROW_ASSIGN_OR_RAISE(const FileStatus there, fs_->Stat(parent));
  ARROW_ASSIGN_OR_RAISE(const FileStatus here, fs_->Stat(dataset_));
  if (there.device == here.device) return arrow::Status::OK();
  return Error(ErrorKind::kUnsupported, "backup is not on the dataset's file system")
      .File(directory_)
      .Hint("name a directory beside the dataset, or leave out `publish=swap`");
}

arrow::Status Backup::MakeMissing(const std::string& directory) {
  std::vector<std::string> missing;
  for (std::string above = directory;; above = ParentOf(above)) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->Stat(above));
    if (status.exists || above == ParentOf(above)) break;
    missing.push_back(above);
  }
  made_ = std::move(missing);
  touched_ = true;
  return fs_->MakeDirectories(directory);
}

arrow::Status Backup::KeepFile(const std::string& path, const Proceed& proceed) {
  const std::string from = dataset_ + "/" + path, to = directory_ + "/" + path;
  for (std::string above = ParentOf(to); above.size() > directory_.size();
       above = ParentOf(above)) {
    inner_.insert(above);
  }
  ARROW_RETURN_NOT_OK(fs_->MakeDirectories(ParentOf(to)));
  const arrow::Status linked = fs_->Link(from, to);
  const ErrorDetail* detail = GetErrorDetail(linked);
  if (detail == nullptr || detail->kind != ErrorKind::kUnsupported) return linked;
  ARROW_RETURN_NOT_OK(fs_->CopyFile(from, to, false, proceed).status());
  copied_.push_back(to);
  return fs_->CopyAttributes(from, to, false);
}

arrow::Status Backup::SyncParents() const {
  for (const std::string& directory : made_) {
    ARROW_RETURN_NOT_OK(fs_->SyncDirectory(ParentOf(directory)));
  }
  return arrow::Status::OK();
}

arrow::Status Backup::Keep(const std::vector<std::string>& paths,
                           const Proceed& proceed) {
  if (!wanted()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const FileStatus before, fs_->Stat(directory_));
  was_there_ = before.exists;
  ARROW_RETURN_NOT_OK(MakeMissing(directory_));
  ARROW_ASSIGN_OR_RAISE(pin_, fs_->Pin(directory_, PinDemand::kNone));
  for (const std::string& path : paths) ARROW_RETURN_NOT_OK(KeepFile(path, proceed));
  if (!sync_) return arrow::Status::OK();
  std::vector<std::string> made = std::move(copied_);
  made.insert(made.end(), inner_.begin(), inner_.end());
  made.push_back(directory_);
  ARROW_RETURN_NOT_OK(SyncInSteps(fs_, made, proceed));
  return SyncParents();
}

arrow::Status Backup::PrepareParent() {
  if (!wanted()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(MakeMissing(ParentOf(directory_)));
  return sync_ ? SyncParents() : arrow::Status::OK();
}

arrow::Status Backup::Adopt(const std::string& directory) {
  ARROW_RETURN_NOT_OK(fs_->Rename(directory, directory_));
  return sync_ ? fs_->SyncDirectory(ParentOf(directory_)) : arrow::Status::OK();
}

void Backup::Drop() {
  if (!touched_) return;
  const std::string& outermost = made_.empty() ? directory_ : made_.back();
  if (!made_.empty() || was_there_) {
    if (!fs_->RemoveAll(outermost).ok()) (void)fs_->RemoveAll(outermost);
  }
  pin_.reset();
  if (was_there_) (void)fs_->MakeDirectories(directory_);
}

}  // namespace planish
