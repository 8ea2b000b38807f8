// SPDX-License-Identifier: Apache-2.0
#include "jobs/unfinished_inputs.h"

#include <filesystem>

#include "planish/recover.h"
#include "publish/recovery.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

stdfs::path Normalised(const std::string& input) {
  stdfs::path path = stdfs::path(input).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

/// A journal lies in the dataset's directory: this one, or one above if this is a
/// partition or a file.
arrow::Status CheckUpwards(FileSystem* fs, stdfs::path path, bool is_directory) {
  if (!is_directory) path = path.parent_path();
  while (true) {
    ARROW_RETURN_NOT_OK(CheckFinished(fs, path.empty() ? "." : path.string()));
    if (path.filename().string().find('=') == std::string::npos) {
      return arrow::Status::OK();
    }
    path = path.parent_path();
  }
}

}  // namespace

arrow::Status CheckInputsFinished(FileSystem* fs, const DatasetOptions& dataset) {
  for (const std::string& input : dataset.inputs) {
    const stdfs::path path = Normalised(input);
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path.string()));
    // What globs match is looked up when they are expanded.
    if (!status.exists) continue;
    ARROW_RETURN_NOT_OK(CheckUpwards(fs, path, status.kind == EntryKind::kDirectory));
  }
  return arrow::Status::OK();
}

arrow::Result<std::string> DescribeUnfinished(FileSystem* fs,
                                              const DatasetOptions& dataset) {
  for (const std::string& input : dataset.inputs) {
    const std::string path = Normalised(input).string();
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path));
    if (!status.exists || status.kind != EntryKind::kDirectory) continue;
    const auto found = FindUnfinished(fs, path);
    if (!found.ok()) return found.status().message() + " (" + path + ")";
    if (found->outcome == Recovery::Outcome::kNothingToDo) continue;
    ARROW_ASSIGN_OR_RAISE(const auto holder, fs->HolderOfLock(path));
    if (holder) {
      return "process " + std::to_string(holder->process) + " is changing " + path;
    }
    return found->reason + " (" + path + "); planish recover settles it";
  }
  return std::string();
}

}  // namespace planish
