// SPDX-License-Identifier: Apache-2.0
#include "publish/recovery.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/error_builder.h"
#include "publish/dataset_swap.h"
#include "publish/journal.h"
#include "publish/journal_replay.h"

namespace planish {
namespace {

using Action = JournalEntry::Action;
using Outcome = Recovery::Outcome;

/// More than a journal of a million files takes.
constexpr int64_t kMostJournalBytes = int64_t{1} << 30;

/// The text of a small file; nothing if there is none.
arrow::Result<std::optional<std::string>> ReadText(FileSystem* fs,
                                                   const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(path));
  if (!status.exists) return std::nullopt;
  if (status.kind != EntryKind::kFile || status.identity.size > kMostJournalBytes) {
    return Error(ErrorKind::kUnfinished, "not a journal of planish's")
        .File(path)
        .Hint("nothing was changed; move it away, then run again");
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, fs->OpenInput(path));
  std::string text(static_cast<size_t>(file->size()), 0);
  ARROW_RETURN_NOT_OK(file->ReadAt(0, file->size(), text.data()));
  return text;
}

bool IsTransactionName(const std::string& name) {
  const size_t dash = name.find('-');
  return dash != std::string::npos && dash > 0 &&
         std::all_of(name.begin(), name.begin() + static_cast<ptrdiff_t>(dash),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// What is there, gathered once.
struct Findings {
  std::optional<Journal> journal;
  /// Paths of what uncommitted transactions have staged, and of drafts of journals.
  std::vector<std::string> staged;
  /// Left by a run that was killed before it staged anything, or when all was done: as
  /// good as nothing.
  bool only_directory = false;
  /// Directories beside the dataset that were to be swapped in.
  std::vector<std::string> not_swapped_in;
  /// The directory that was swapped out, or "" if it has gone already; unset if no swap
  /// has to be completed.
  std::optional<std::string> swapped_out;
  bool keeps_swapped_out = false;
};

arrow::Status FindStaged(FileSystem* fs, const std::string& dataset, Findings* found) {
  const std::string directory = TransactionsDirectory(dataset);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(directory));
  if (!status.exists || status.kind != EntryKind::kDirectory || status.is_link) {
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto text, ReadText(fs, JournalPath(dataset)));
  if (text) {
    ARROW_ASSIGN_OR_RAISE(found->journal, Journal::Parse(*text, JournalPath(dataset)));
  }
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(directory));
  for (const DirectoryEntry& entry : entries) {
    if (found->journal && entry.name == found->journal->id) continue;
    if (entry.name == "journal.draft" || IsTransactionName(entry.name)) {
      found->staged.push_back(directory + "/" + entry.name);
    }
  }
  found->only_directory = entries.empty();
  std::ranges::sort(found->staged);
  return arrow::Status::OK();
}

arrow::Status FindSwaps(FileSystem* fs, const std::string& dataset, Findings* found) {
  ARROW_ASSIGN_OR_RAISE(const auto marker, ReadText(fs, SwapMarkerPath(dataset)));
  if (marker) found->swapped_out = "";
  ARROW_ASSIGN_OR_RAISE(const auto directories, FindSwapDirectories(fs, dataset));
  for (const std::string& path : directories) {
    const std::string name = std::filesystem::path(path).filename().string();
    if (marker == SwapMarkerText(name, true) || marker == SwapMarkerText(name, false)) {
      found->swapped_out = path;
      found->keeps_swapped_out = marker == SwapMarkerText(name, true);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto own, ReadText(fs, SwapMarkerPath(path)));
    ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(path));
    const bool only_begun =
        entries.empty() || (entries.size() == 1 && entries.front().name == ".planish");
    if (own || only_begun) found->not_swapped_in.push_back(path);
  }
  return arrow::Status::OK();
}

arrow::Result<Findings> Find(FileSystem* fs, const std::string& dataset) {
  Findings found;
  ARROW_RETURN_NOT_OK(FindStaged(fs, dataset, &found));
  ARROW_RETURN_NOT_OK(FindSwaps(fs, dataset, &found));
  return found;
}

Recovery Describe(const Findings& found) {
  Recovery recovery;
  if (!found.staged.empty() || !found.not_swapped_in.empty()) {
    recovery.outcome = Outcome::kRolledBack;
    recovery.reason = "a run ended before it committed: what it had staged is of no use";
    const auto& paths = found.staged.empty() ? found.not_swapped_in : found.staged;
    recovery.transaction = std::filesystem::path(paths.front()).filename().string();
  }
  if (found.swapped_out) {
    recovery.outcome = Outcome::kRolledForward;
    recovery.reason = "a run ended after it had swapped the dataset, while it tidied up";
    recovery.transaction = std::filesystem::path(*found.swapped_out).filename().string();
    if (found.keeps_swapped_out) recovery.kept = *found.swapped_out;
  }
  if (found.journal) {
    recovery.outcome = Outcome::kRolledForward;
    recovery.reason =
        "a run ended after it had committed, before all files were in place";
    recovery.transaction = found.journal->id;
    recovery.created = found.journal->created;
    for (const JournalEntry& entry : found.journal->entries) {
      recovery.files_replaced += entry.action == Action::kReplace ? 1 : 0;
      recovery.files_added += entry.action == Action::kAdd ? 1 : 0;
      recovery.files_removed += entry.action == Action::kRemove ? 1 : 0;
    }
  }
  return recovery;
}

arrow::Status FinishSwap(FileSystem* fs, const std::string& dataset,
                         const Findings& found, bool sync) {
  std::string parent = std::filesystem::path(dataset).parent_path().string();
  if (parent.empty()) parent = ".";
  // It names planish no more once the marker is gone, so it goes first, or is kept.
  // Before it goes the exchange must last, and before the marker goes, its removal.
  if (!found.swapped_out->empty() && !found.keeps_swapped_out) {
    if (sync) ARROW_RETURN_NOT_OK(fs->SyncDirectory(parent));
    ARROW_RETURN_NOT_OK(fs->RemoveAll(*found.swapped_out));
  }
  if (sync) ARROW_RETURN_NOT_OK(fs->SyncDirectory(parent));
  ARROW_RETURN_NOT_OK(fs->RemoveFile(SwapMarkerPath(dataset)));
  return RemoveTransactionsDirectory(fs, dataset, sync);
}

}  // namespace

arrow::Result<Recovery> FindUnfinished(FileSystem* fs, const std::string& dataset) {
  ARROW_ASSIGN_OR_RAISE(const Findings found, Find(fs, dataset));
  return Describe(found);
}

arrow::Result<Recovery> SettleUnfinished(FileSystem* fs, const std::string& dataset,
                                         bool sync, const Proceed& proceed) {
  ARROW_ASSIGN_OR_RAISE(const Findings found, Find(fs, dataset));
  if (found.journal) {
    ARROW_RETURN_NOT_OK(CheckReplay(fs, dataset, *found.journal, proceed));
  }
  for (const std::string& path : found.staged) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(path));
    if (!status.exists) continue;
    ARROW_RETURN_NOT_OK(status.kind == EntryKind::kDirectory ? fs->RemoveAll(path)
                                                             : fs->RemoveFile(path));
  }
  for (const std::string& path : found.not_swapped_in) {
    ARROW_RETURN_NOT_OK(RemoveStaged(fs, path));
  }
  if (found.swapped_out) ARROW_RETURN_NOT_OK(FinishSwap(fs, dataset, found, sync));
  if (found.journal) {
    // Whoever put it there may have died before it was sure to last.
    if (sync) ARROW_RETURN_NOT_OK(fs->SyncDirectory(TransactionsDirectory(dataset)));
    ARROW_RETURN_NOT_OK(ReplayJournal(fs, dataset, *found.journal, sync));
  } else if (!found.staged.empty() || found.only_directory) {
    ARROW_RETURN_NOT_OK(RemoveTransactionsDirectory(fs, dataset, sync));
  }
  return Describe(found);
}

arrow::Status CheckFinished(FileSystem* fs, const std::string& dataset) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(JournalPath(dataset)));
  if (!status.exists) return arrow::Status::OK();
  return Error(ErrorKind::kUnfinished, "dataset has an unfinished publish: " + dataset)
      .File(JournalPath(dataset))
      .Hint("settle it first: planish recover " + dataset);
}

}  // namespace planish
