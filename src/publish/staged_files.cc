// SPDX-License-Identifier: Apache-2.0
#include "publish/staged_files.h"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <random>
#include <utility>

#include "base/hashing.h"

namespace planish {
namespace {

constexpr char kMarks[] = ".planish";

/// To remove what is staged.
constexpr int kAttempts = 3;

/// Enough that the disk has always something to do, few enough that a run which is
/// cancelled need not wait long.
constexpr ptrdiff_t kSyncStep = 1024;

arrow::Status RemoveAllButMarks(FileSystem* fs, const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(directory));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name == kMarks) continue;
    ARROW_RETURN_NOT_OK(fs->RemoveAll(directory + "/" + entry.name));
  }
  return arrow::Status::OK();
}

}  // namespace

std::string StagedName(const std::string& path, const std::string& suffix) {
  constexpr size_t kLongestName = 255, kChecksumLength = 17;
  const size_t slash = path.rfind('/');
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  if (path.size() - begin + suffix.size() <= kLongestName) return path + suffix;
  char checksum[kChecksumLength + 1] = {};
  std::snprintf(checksum, sizeof(checksum), "~%016" PRIx64,
                Checksum(path.data() + begin, path.size() - begin));
  const size_t kept = kLongestName - suffix.size() - kChecksumLength;
  return path.substr(0, begin + std::min(kept, path.size() - begin)) + checksum + suffix;
}

arrow::Status RemoveStaged(FileSystem* fs, const std::string& directory) {
  ARROW_RETURN_NOT_OK(RemoveAllButMarks(fs, directory));
  return fs->RemoveAll(directory);
}

arrow::Result<StagedFiles> StagedFiles::Make(FileSystem* fs, std::string directory,
                                             bool is_private, std::string suffix) {
  StagedFiles staged(fs, std::move(directory), is_private, std::move(suffix));
  ARROW_RETURN_NOT_OK(staged.MakeRoot());
  return staged;
}

StagedFiles::StagedFiles(FileSystem* fs, std::string path, bool is_private,
                         std::string suffix)
    : fs_(fs),
      path_(std::move(path)),
      is_private_(is_private),
      suffix_(std::move(suffix)) {}

StagedFiles::StagedFiles(StagedFiles&& other) noexcept
    : fs_(other.fs_),
      path_(std::move(other.path_)),
      is_private_(other.is_private_),
      suffix_(std::move(other.suffix_)),
      released_(std::exchange(other.released_, true)),
      pin_(std::move(other.pin_)),
      directories_(std::move(other.directories_)),
      prepared_(std::move(other.prepared_)) {}

StagedFiles::~StagedFiles() {
  // Nothing to tell anybody here: what cannot be removed, even by further attempts, is
  // hidden, named after planish, and the run has already failed for a reason of its own.
  for (int i = 0; i < kAttempts && !released_; ++i) {
    released_ = RemoveStaged(fs_, path_).ok();
  }
}

arrow::Status StagedFiles::MakeRoot() {
  ARROW_RETURN_NOT_OK(is_private_ ? fs_->MakePrivateDirectory(path_)
                                  : fs_->MakeDirectory(path_));
  auto pin = fs_->Pin(path_, is_private_ ? PinDemand::kPrivate : PinDemand::kOwned);
  if (!pin.ok()) {
    // If somebody has put anything else there, what is in that is not to be touched.
    for (int i = 0; i < kAttempts && !fs_->RemoveDirectory(path_).ok(); ++i) {
    }
    return pin.status();
  }
  pin_ = *std::move(pin);
  released_ = false;
  directories_ = {path_};
  return arrow::Status::OK();
}

std::string StagedFiles::PathOf(const std::string& relative_path) const {
  return path_ + "/" + StagedName(relative_path, suffix_);
}

arrow::Result<std::string> StagedFiles::Prepare(const std::string& relative_path) {
  ARROW_ASSIGN_OR_RAISE(std::string path, PrepareName(relative_path));
  prepared_.insert(path);
  return path;
}

arrow::Result<std::string> StagedFiles::PrepareName(const std::string& relative_path) {
  const std::filesystem::path path = PathOf(relative_path);
  for (auto directory = path.parent_path(); directory.string().size() > path_.size();
       directory = directory.parent_path()) {
    directories_.insert(directory.string());
  }
  ARROW_RETURN_NOT_OK(fs_->MakeDirectories(path.parent_path().string()));
  return path.string();
}

arrow::Status StagedFiles::Clear() {
  ARROW_RETURN_NOT_OK(RemoveAllButMarks(fs_, path_));
  prepared_.clear();
  std::erase_if(directories_, [this](const std::string& directory) {
    return directory != path_ && directory != path_ + "/" + kMarks;
  });
  return arrow::Status::OK();
}

arrow::Status StagedFiles::Sync(const Proceed& proceed) {
  // Nothing of it counts before all of it lasts, so the order is free.
  std::vector<std::string> paths(prepared_.begin(), prepared_.end());
  paths.insert(paths.end(), directories_.begin(), directories_.end());
  return SyncInSteps(fs_, paths, proceed);
}

arrow::Status SyncInSteps(FileSystem* fs, const std::vector<std::string>& paths,
                          const Proceed& proceed) {
  for (auto begin = paths.begin(); begin != paths.end();) {
    if (proceed) ARROW_RETURN_NOT_OK(proceed());
    const auto end = begin + std::min<ptrdiff_t>(kSyncStep, paths.end() - begin);
    ARROW_RETURN_NOT_OK(fs->SyncAll(std::vector<std::string>(begin, end)));
    begin = end;
  }
  return arrow::Status::OK();
}

std::string UniqueSuffix() {
  static const char kDigits[] = "0123456789abcdefghijklmnopqrstuv";
  std::random_device random;
  std::string suffix = std::to_string(getpid()) + "-";
  for (int i = 0; i < 8; ++i) suffix += kDigits[random() % 32];
  return suffix;
}

}  // namespace planish
