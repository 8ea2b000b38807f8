// SPDX-License-Identifier: Apache-2.0
#include "publish/recovery.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/error_builder.h"
#include "publish/backup_manifest.h"
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
  /// The dataset, its hidden directory, and a directory that was swapped out, so that
  /// what follows meets what was looked at.
  std::vector<std::unique_ptr<PinnedDirectory>> pins;
  bool has_hidden_directory = false;
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

/// Pins the dataset, and its hidden directory, if it has one. That must be this user's
/// alone: what it says is done.
arrow::Status PinDataset(FileSystem* fs, const std::string& dataset, Findings* found) {
  ARROW_ASSIGN_OR_RAISE(found->pins.emplace_back(), fs->Pin(dataset, PinDemand::kNone));
  const std::string directory = TransactionsDirectory(dataset);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(directory));
  if (!status.exists) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(found->pins.emplace_back(),
                        fs->Pin(directory, PinDemand::kPrivate));
  found->has_hidden_directory = true;
  return arrow::Status::OK();
}

arrow::Status FindStaged(FileSystem* fs, const std::string& dataset, Findings* found) {
  const std::string directory = TransactionsDirectory(dataset);
  if (!found->has_hidden_directory) return arrow::Status::OK();
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

/// Whether a directory beside the dataset is one of this user's that was to be swapped
/// in. It is pinned then.
arrow::Result<bool> IsNotSwappedIn(FileSystem* fs, const std::string& path,
                                   Findings* found) {
  auto directory = fs->Pin(path, PinDemand::kNoLink);
  if (!directory.ok()) return false;
  const std::string hidden = TransactionsDirectory(path);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(hidden));
  // Whatever else it holds, another user's is not to be removed.
  const auto pin = fs->Pin(status.exists ? hidden : path, PinDemand::kPrivate);
  if (!pin.ok()) return false;
  ARROW_ASSIGN_OR_RAISE(const auto own, ReadText(fs, SwapMarkerPath(path)));
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(path));
  const bool only_begun =
      entries.empty() || (entries.size() == 1 && entries.front().name == ".planish");
  if (!own && !only_begun) return false;
  found->pins.push_back(*std::move(directory));
  return true;
}

arrow::Status FindSwaps(FileSystem* fs, const std::string& dataset, Findings* found) {
  std::optional<std::string> marker;
  if (found->has_hidden_directory) {
    ARROW_ASSIGN_OR_RAISE(marker, ReadText(fs, SwapMarkerPath(dataset)));
  }
  if (marker) found->swapped_out = "";
  ARROW_ASSIGN_OR_RAISE(const auto directories, FindSwapDirectories(fs, dataset));
  for (const std::string& path : directories) {
    const std::string name = std::filesystem::path(path).filename().string();
    if (marker == SwapMarkerText(name, true) || marker == SwapMarkerText(name, false)) {
      // The dataset has taken over the owner of the one that it replaced.
      ARROW_ASSIGN_OR_RAISE(const FileStatus old, fs->StatLink(path));
      ARROW_ASSIGN_OR_RAISE(const FileStatus now, fs->Stat(dataset));
      if (old.is_link || old.owner != now.owner) continue;
      ARROW_ASSIGN_OR_RAISE(found->pins.emplace_back(),
                            fs->Pin(path, PinDemand::kNoLink));
      found->swapped_out = path;
      found->keeps_swapped_out = marker == SwapMarkerText(name, true);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const bool not_swapped_in, IsNotSwappedIn(fs, path, found));
    if (not_swapped_in) found->not_swapped_in.push_back(path);
  }
  return arrow::Status::OK();
}

arrow::Result<Findings> Find(FileSystem* fs, const std::string& dataset) {
  Findings found;
  ARROW_RETURN_NOT_OK(PinDataset(fs, dataset, &found));
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
  } else if (!found.swapped_out->empty()) {
    ARROW_RETURN_NOT_OK(MoveWaitingManifest(fs, dataset, *found.swapped_out, sync));
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
