// SPDX-License-Identifier: Apache-2.0
#include "planish/recover.h"

#include <filesystem>
#include <memory>

#include "base/error_builder.h"
#include "base/without_exceptions.h"
#include "io/scratch_directory.h"
#include "jobs/in_place_publication.h"
#include "jobs/run.h"
#include "planish/local_path.h"
#include "publish/dataset_lock.h"
#include "publish/recovery.h"
#include "publish/staged_directory.h"

namespace planish {

const char* RecoveryOutcomeName(Recovery::Outcome outcome) {
  switch (outcome) {
    case Recovery::Outcome::kNothingToDo:
      return "nothing_to_do";
    case Recovery::Outcome::kRolledBack:
      return "rolled_back";
    case Recovery::Outcome::kRolledForward:
      return "rolled_forward";
  }
  return "unknown";
}

namespace {

/// Of an output that a run was killed before it made: what that has left beside it goes.
arrow::Result<Recovery> RemoveBeside(FileSystem* fs, const std::string& path) {
  const int removed = StagedDirectory::RemoveStale(fs, path);
  if (removed == 0) {
    return Error(ErrorKind::kMissingPath, "dataset not found: " + path)
        .Hint("check the path; no run has left anything beside it either");
  }
  Recovery recovery;
  recovery.outcome = Recovery::Outcome::kRolledBack;
  recovery.reason =
      "a run ended before this output was there: what it had written beside "
      "it was removed (" +
      std::to_string(removed) + (removed == 1 ? " directory)" : " directories)");
  return recovery;
}

arrow::Result<Recovery> RunRecover(const RecoverOptions& options,
                                   const RunContext& context) {
  if (options.lock_timeout.count() < 0) {
    return Error(ErrorKind::kInvalidOption, "`lock_timeout` must not be negative");
  }
  if (options.dataset.empty()) {
    return Error(ErrorKind::kInvalidOption, "no dataset given")
        .Hint("name the dataset's directory");
  }
  ARROW_RETURN_NOT_OK(CheckLocalPath(options.dataset, "dataset"));
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<Run> run, Run::Make(context));
  const Proceed proceed = [&] { return run->CheckCancelled(); };
  const std::string path = DatasetPath(options.dataset);
  FileSystem* const fs = LocalFileSystem();
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path));
  if (!status.exists) return RemoveBeside(fs, path);
  ARROW_ASSIGN_OR_RAISE(const auto lock,
                        LockDataset(fs, path, options.lock_timeout, proceed));
  ARROW_ASSIGN_OR_RAISE(Recovery recovery,
                        SettleUnfinished(fs, path, context.sync, proceed));
  // What a run with this as its output left is not part of it, so nothing to report; nor
  // is scratch, whose files have no names.
  StagedDirectory::RemoveStale(fs, path);
  (void)ScratchDirectory::RemoveStale(fs,
                                      std::filesystem::path(path).parent_path().string());
  return recovery;
}

}  // namespace

arrow::Result<Recovery> Recover(const RecoverOptions& options,
                                const RunContext& context) {
  return WithoutExceptions([&] { return RunRecover(options, context); });
}

}  // namespace planish
