// SPDX-License-Identifier: Apache-2.0
#include "publish/staged_directory.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/error_builder.h"
#include "io/stale_directory.h"

namespace planish {

namespace {

namespace stdfs = std::filesystem;

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

/// Each loses only to a process that removes stale directories in the very moment between
/// the making of ours and its lock.
constexpr int kAttempts = 1000;

/// Without slashes at its end.
stdfs::path Normal(const std::string& target) {
  std::string normal = stdfs::path(target).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string ParentOf(const stdfs::path& path) {
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

/// Of siblings, which are hidden from readers.
std::string Prefix(const stdfs::path& target) {
  return "." + target.filename().string() + ".planish-new-";
}

}  // namespace

int StagedDirectory::RemoveStale(FileSystem* fs, const std::string& target) {
  const stdfs::path path = Normal(target);
  const std::string parent = ParentOf(path), prefix = Prefix(path);
  int removed = 0;
  // Who may not look there has left nothing there.
  for (const DirectoryEntry& entry :
       fs->List(parent).ValueOr(std::vector<DirectoryEntry>())) {
    if (entry.kind != EntryKind::kDirectory || entry.is_link) continue;
    if (!entry.name.starts_with(prefix)) continue;
    const std::string stale = (stdfs::path(parent) / entry.name).string();
    if (RemoveStaleDirectory(fs, stale, PinDemand::kOwned, stale)) ++removed;
  }
  return removed;
}

arrow::Result<StagedDirectory> StagedDirectory::Make(FileSystem* fs,
                                                     const std::string& target,
                                                     bool sync) {
  const stdfs::path path = Normal(target);
  if (path.filename().empty() || path.filename() == "." || path.filename() == "..") {
    return Error(ErrorKind::kInvalidOption, "output must name a directory: " + target)
        .Hint("end the path in the name of the directory to make");
  }
  ARROW_RETURN_NOT_OK(CheckFree(fs, path.string()));
  const std::string parent = ParentOf(path);
  ARROW_RETURN_NOT_OK(fs->MakeDirectories(parent));
  RemoveStale(fs, path.string());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string staging =
        (stdfs::path(parent) / (Prefix(path) + UniqueSuffix())).string();
    ARROW_ASSIGN_OR_RAISE(StagedFiles files, StagedFiles::Make(fs, staging, false));
    auto lock = fs->TryLock(staging);
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(staging));
    const bool taken = !status.exists || (lock.ok() && *lock == nullptr);
    if (taken) continue;
    return StagedDirectory(fs, path.string(), std::move(files),
                           std::move(lock).ValueOr(nullptr), sync);
  }
  return Error(ErrorKind::kIo, "cannot lock a directory beside the output").File(target);
}

StagedDirectory::StagedDirectory(FileSystem* fs, std::string target, StagedFiles files,
                                 std::unique_ptr<FileLock> lock, bool sync)
    : fs_(fs),
      target_(std::move(target)),
      files_(std::move(files)),
      lock_(std::move(lock)),
      sync_(sync) {}

arrow::Status StagedDirectory::Publish() {
  if (sync_) ARROW_RETURN_NOT_OK(files_.Sync({}));
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
