// SPDX-License-Identifier: Apache-2.0
#include "publish/staged_directory.h"

#include <unistd.h>

#include <filesystem>
#include <random>
#include <utility>

#include "base/error_builder.h"

namespace planish {

namespace {

/// Unique among processes by the pid and within one by the random part; hidden from
/// readers.
std::string StagingName(const std::string& target_name) {
  static const char kDigits[] = "0123456789abcdefghijklmnopqrstuv";
  std::random_device random;
  std::string suffix;
  for (int i = 0; i < 8; ++i) suffix += kDigits[random() % 32];
  return "." + target_name + ".planish-" + std::to_string(getpid()) + "-" + suffix;
}

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
  const std::string staging = (parent / StagingName(path.filename().string())).string();
  StagedDirectory staged(fs, normal, staging, sync);
  ARROW_RETURN_NOT_OK(fs->MakeDirectories(staging));
  staged.directories_.insert(staging);
  return staged;
}

StagedDirectory::StagedDirectory(FileSystem* fs, std::string target, std::string staging,
                                 bool sync)
    : fs_(fs), target_(std::move(target)), staging_(std::move(staging)), sync_(sync) {}

StagedDirectory::StagedDirectory(StagedDirectory&& other) noexcept
    : fs_(other.fs_),
      target_(std::move(other.target_)),
      staging_(std::move(other.staging_)),
      sync_(other.sync_),
      pending_(std::exchange(other.pending_, false)),
      directories_(std::move(other.directories_)) {}

StagedDirectory::~StagedDirectory() {
  // Nothing to tell anybody here: what cannot be removed, even by a second attempt, is
  // hidden, named after planish, and the run has already failed for a reason of its own.
  if (pending_ && !fs_->RemoveAll(staging_).ok()) (void)fs_->RemoveAll(staging_);
}

arrow::Result<std::string> StagedDirectory::Prepare(const std::string& relative_path) {
  const std::filesystem::path path = std::filesystem::path(staging_) / relative_path;
  for (auto directory = path.parent_path(); directory.string().size() > staging_.size();
       directory = directory.parent_path()) {
    directories_.insert(directory.string());
  }
  ARROW_RETURN_NOT_OK(fs_->MakeDirectories(path.parent_path().string()));
  return path.string();
}

arrow::Status StagedDirectory::Clear() {
  ARROW_RETURN_NOT_OK(fs_->RemoveAll(staging_));
  ARROW_RETURN_NOT_OK(fs_->MakeDirectories(staging_));
  directories_ = {staging_};
  return arrow::Status::OK();
}

arrow::Status StagedDirectory::Publish() {
  if (sync_) {
    // Children sort behind their parents: backwards, an entry is durable before what
    // leads to it.
    for (auto it = directories_.rbegin(); it != directories_.rend(); ++it) {
      ARROW_RETURN_NOT_OK(fs_->SyncDirectory(*it));
    }
  }
  ARROW_ASSIGN_OR_RAISE(const FileStatus replaced, fs_->Stat(target_));
  ARROW_RETURN_NOT_OK(fs_->Rename(staging_, target_));
  pending_ = false;
  if (!sync_) return arrow::Status::OK();
  const auto parent = std::filesystem::path(target_).parent_path();
  arrow::Status synced = fs_->SyncDirectory(parent.empty() ? "." : parent.string());
  if (!synced.ok()) TakeBack(replaced.exists);
  return synced;
}

void StagedDirectory::TakeBack(bool replaced_directory) {
  pending_ = fs_->Rename(target_, staging_).ok();
  if (pending_ && replaced_directory) (void)fs_->MakeDirectories(target_);
}

}  // namespace planish
