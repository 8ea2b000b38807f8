// SPDX-License-Identifier: Apache-2.0
#include "publish/journal_replay.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "base/error_builder.h"

namespace planish {
namespace {

using Action = JournalEntry::Action;

std::string ParentOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

/// One entry of a journal, with its places.
struct Move {
  const JournalEntry& entry;
  std::string staged, target;

  Move(const std::string& dataset, const Journal& journal, const JournalEntry& of)
      : entry(of),
        staged(StagedPath(dataset, journal.id, of.path)),
        target(dataset + "/" + of.path) {}
};

Error Refusal(const std::string& file, const std::string& what) {
  return Error(ErrorKind::kUnfinished, "cannot finish an interrupted publish: " + what)
      .File(file)
      .Hint(
          "nothing was changed; copy the dataset with its .planish directory, then put "
          "that file right, or remove .planish to keep the dataset as it is now");
}

/// A journal must not lead out of its dataset, whatever has become of the directories.
arrow::Status CheckForLinks(FileSystem* fs, const std::string& dataset,
                            const std::string& path) {
  for (std::string directory = ParentOf(path); directory.size() > dataset.size();
       directory = ParentOf(directory)) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(directory));
    if (status.exists && (status.is_link || status.kind != EntryKind::kDirectory)) {
      return Refusal(directory, "not a directory any more");
    }
  }
  return arrow::Status::OK();
}

arrow::Result<bool> HoldsWhatWasStaged(FileSystem* fs, const std::string& path,
                                       const JournalEntry& entry,
                                       const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(path));
  if (!status.exists || status.kind != EntryKind::kFile ||
      status.identity.size != entry.size) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const uint64_t checksum, FileChecksum(fs, path, proceed));
  return checksum == entry.checksum;
}

arrow::Status CheckRemoval(FileSystem* fs, const Move& move) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus target, fs->Stat(move.target));
  if (!target.exists || target.identity == move.entry.old) return arrow::Status::OK();
  return Refusal(move.target, "a file to be removed has changed since");
}

arrow::Status CheckMove(FileSystem* fs, const Move& move, const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus staged, fs->StatLink(move.staged));
  if (!staged.exists) {
    ARROW_ASSIGN_OR_RAISE(const bool done,
                          HoldsWhatWasStaged(fs, move.target, move.entry, proceed));
    if (done) return arrow::Status::OK();
    return Refusal(move.staged, "a staged file is missing");
  }
  ARROW_ASSIGN_OR_RAISE(const bool whole,
                        HoldsWhatWasStaged(fs, move.staged, move.entry, proceed));
  if (!whole) return Refusal(move.staged, "a staged file is damaged");
  ARROW_ASSIGN_OR_RAISE(const FileStatus target, fs->Stat(move.target));
  if (move.entry.action == Action::kAdd) {
    if (!target.exists) return arrow::Status::OK();
    return Refusal(move.target, "there is a file where one is to be added");
  }
  if (target.exists && target.identity == move.entry.old) return arrow::Status::OK();
  return Refusal(move.target, "a file to be replaced has changed since");
}

class Replay {
 public:
  Replay(FileSystem* fs, const std::string& dataset, const Journal& journal)
      : fs_(fs), dataset_(dataset), journal_(journal) {}

  arrow::Status MoveFiles() {
    for (const JournalEntry& entry : journal_.entries) {
      const Move move(dataset_, journal_, entry);
      ARROW_RETURN_NOT_OK(entry.action == Action::kRemove ? Remove(move) : Publish(move));
    }
    return arrow::Status::OK();
  }

  /// Outer directories first: a new directory lasts before the move of a file into it
  /// does, or else a power cut could take both. Those of one depth in any order.
  arrow::Status SyncTouched() {
    std::map<ptrdiff_t, std::vector<std::string>> by_depth;
    for (const std::string& directory : touched_) {
      by_depth[std::ranges::count(directory, '/')].push_back(directory);
    }
    for (const auto& [depth, directories] : by_depth) {
      ARROW_RETURN_NOT_OK(fs_->SyncAll(directories));
    }
    return arrow::Status::OK();
  }

 private:
  void TouchFrom(std::string directory) {
    for (; directory.size() > dataset_.size(); directory = ParentOf(directory)) {
      touched_.insert(directory);
    }
    touched_.insert(dataset_);
  }

  arrow::Status Publish(const Move& move) {
    const std::string directory = ParentOf(move.target);
    TouchFrom(directory);
    ARROW_ASSIGN_OR_RAISE(const FileStatus staged, fs_->StatLink(move.staged));
    if (!staged.exists) return arrow::Status::OK();
    if (move.entry.action == Action::kAdd) {
      ARROW_RETURN_NOT_OK(fs_->MakeDirectories(directory));
    }
    return fs_->Rename(move.staged, move.target);
  }

  arrow::Status Remove(const Move& move) {
    std::string directory = ParentOf(move.target);
    ARROW_ASSIGN_OR_RAISE(const FileStatus target, fs_->StatLink(move.target));
    if (target.exists) ARROW_RETURN_NOT_OK(fs_->RemoveFile(move.target));
    // Directories that were there for the sake of their files go with the last of them.
    for (; directory.size() > dataset_.size(); directory = ParentOf(directory)) {
      ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs_->StatLink(directory));
      if (!status.exists) continue;
      ARROW_ASSIGN_OR_RAISE(const auto entries, fs_->List(directory));
      if (!entries.empty()) break;
      ARROW_RETURN_NOT_OK(fs_->RemoveDirectory(directory));
      touched_.erase(directory);
    }
    TouchFrom(directory);
    return arrow::Status::OK();
  }

  FileSystem* const fs_;
  const std::string& dataset_;
  const Journal& journal_;
  std::set<std::string> touched_;
};

}  // namespace

arrow::Status CheckReplay(FileSystem* fs, const std::string& dataset,
                          const Journal& journal, const Proceed& proceed) {
  for (const JournalEntry& entry : journal.entries) {
    const Move move(dataset, journal, entry);
    ARROW_RETURN_NOT_OK(CheckForLinks(fs, dataset, move.target));
    ARROW_RETURN_NOT_OK(entry.action == Action::kRemove ? CheckRemoval(fs, move)
                                                        : CheckMove(fs, move, proceed));
  }
  return arrow::Status::OK();
}

arrow::Status ReplayJournal(FileSystem* fs, const std::string& dataset,
                            const Journal& journal, bool sync) {
  Replay replay(fs, dataset, journal);
  ARROW_RETURN_NOT_OK(replay.MoveFiles());
  if (sync) ARROW_RETURN_NOT_OK(replay.SyncTouched());
  // The journal goes last: as long as anything is left, it says what that is.
  ARROW_RETURN_NOT_OK(fs->RemoveAll(StagingPath(dataset, journal.id)));
  ARROW_RETURN_NOT_OK(fs->RemoveFile(JournalPath(dataset)));
  return RemoveTransactionsDirectory(fs, dataset, sync);
}

arrow::Status RemoveTransactionsDirectory(FileSystem* fs, const std::string& dataset,
                                          bool sync) {
  const std::string directory = TransactionsDirectory(dataset);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(directory));
  if (!status.exists) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(directory));
  if (!entries.empty()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(fs->RemoveDirectory(directory));
  return sync ? fs->SyncDirectory(dataset) : arrow::Status::OK();
}

}  // namespace planish
