// SPDX-License-Identifier: Apache-2.0
#include "publish/staged_directory.h"

#include <filesystem>
#include <utility>

#include "base/error_builder.h"

namespace planish {

namespace {

arrow::Status CheckFree(FileSystem* fs, const std::string& target) {
  ARROW_ASSIGN_OR_RAISE(FileStatus status, fs->Stat(target));
  if (!status.exists) return arrow::Status::OK();
  if (status.kind != EntryKind::kDirectory) {
    return Error(ErrorKind::kOutputExists, "output is not a directory: " + target)
        .Hint("name a directory that does not exist yet");
  }
  ARROW_ASSIGN_OR_RAISE(auto entries, fs->List(target));
  if (entries.empty()) return arrow::Status::OK();
  return Error(ErrorKind::kOutputExists, "output directory is not empty: " + target)
      .Fact("holds", std::to_string(entries.size()) + " entries")
      .Hint("name a directory that does not exist yet, or empty this one");
}

}  // namespace

arrow::Result<StagedDirectory> StagedDirectory::Make(FileSystem* fs,
                                                     const std::string& target,
                                                     bool sync) {
  namespace stdfs = std::filesystem;
  std::string normal = stdfs::path(target).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  stdfs::path path(normal);
  if (path.filename().empty() || path.filename() == "." || path.filename() == "..") {
    return Error(ErrorKind::kInvalidOption, "output must name a directory: " + target)
        .Hint("end the path in the name of the directory to make");
  }
  ARROW_RETURN_NOT_OK(CheckFree(fs, normal));
  const stdfs::path parent =
      path.has_parent_path() ? path.parent_path() : stdfs::path(".");
  ARROW_RETURN_NOT_OK(fs->MakeDirectories(parent.string()));
  // Hidden from readers.
  const std::string staging =
      (parent / ("." + path.filename().string() + ".planish-" + UniqueSuffix())).string();
  ARROW_ASSIGN_OR_RAISE(StagedFiles files, StagedFiles::Make(fs, staging, false));
  return StagedDirectory(fs, normal, std::move(files), sync);
}

StagedDirectory::StagedDirectory(FileSystem* fs, std::string target, StagedFiles files,
                                 bool sync)
    : fs_(fs), target_(std::move(target)), files_(std::move(files)), sync_(sync) {}

arrow::Status StagedDirectory::Publish() {
  if (sync_) ARROW_RETURN_NOT_OK(files_.SyncDirectories());
  ARROW_ASSIGN_OR_RAISE(const FileStatus replaced, fs_->Stat(target_));
  ARROW_RETURN_NOT_OK(fs_->Rename(files_.directory(), target_));
  files_.Release();
  if (!sync_) return arrow::Status::OK();
  const auto parent = std::filesystem::path(target_).parent_path();
  arrow::Status synced = fs_->SyncDirectory(parent.empty() ? "." : parent.string());
  if (!synced.ok()) TakeBack(replaced.exists);
  return synced;
}

void StagedDirectory::TakeBack(bool replaced_directory) {
  const bool taken_back = fs_->Rename(target_, files_.directory()).ok();
  files_.Release(!taken_back);
  if (taken_back && replaced_directory) (void)fs_->MakeDirectories(target_);
}

}  // namespace planish
