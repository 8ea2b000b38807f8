// SPDX-License-Identifier: Apache-2.0
#include "dataset/input_discovery.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error_builder.h"
#include "dataset/data_file_names.h"
#include "dataset/glob.h"
#include "dataset/hive_partitions.h"
#include "dataset/path.h"
#include "dataset/path_patterns.h"
#include "dataset/table_log.h"

namespace planish {
namespace {

/// A place in the file system, below or at the root of an input.
struct Place {
  std::string path;
  std::string relative_path;

  Place Child(std::string_view name) const {
    return {JoinPath(path, name),
            relative_path.empty() ? std::string(name) : JoinPath(relative_path, name)};
  }
};

/// Whether an entry is to be passed over. An error if that might lose data.
arrow::Result<bool> IsHidden(const Place& directory, const DirectoryEntry& entry) {
  if (!entry.name.starts_with('.') && !entry.name.starts_with('_')) return false;
  if (entry.name.starts_with('_') && entry.kind == EntryKind::kDirectory &&
      IsHiveDirectory(entry.name)) {
    return Error(ErrorKind::kUnsupported,
                 "partition column's name starts with an underscore: " + entry.name)
        .File(directory.Child(entry.name).path)
        .Hint(
            "some readers pass over such directories and some do not: rename it, or give "
            "it "
            "as an input of its own");
  }
  return true;
}

std::string DirectoryOf(const std::string& path) {
  const std::string directory = path.substr(0, path.size() - BaseName(path).size());
  return directory.empty() ? "." : NormalizePath(directory);
}

/// Directories in one another, and characters of a path, that are searched: far more than
/// datasets have, and fewer than what makes a search fail. The rest is named.
constexpr size_t kMostNested = 256;
constexpr size_t kLongestPath = 3500;

/// How a file was found.
enum class FoundBy {
  kName,       ///< a path that spells it out, or a glob that NamesItsMatches
  kWildcard,   ///< any other glob
  kDirectory,  ///< a directory it is in
};

/// Collects the files of one input after the other.
class Discovery {
 public:
  Discovery(FileSystem* fs, const DatasetOptions& options, DirectoryFiles directory_files)
      : fs_(fs),
        directory_files_(directory_files),
        links_(options.allow_symlinks ? PinnedLinks::kFollowed : PinnedLinks::kWithin),
        looks_for_logs_(!options.ignore_table_log &&
                        directory_files != DirectoryFiles::kAll),
        include_(options.include),
        exclude_(options.exclude) {}

  arrow::Status AddInput(const std::string& input) {
    if (input.empty()) {
      return Error(ErrorKind::kInvalidOption, "an input is an empty path");
    }
    root_.clear();
    const std::string path = NormalizePath(input);
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(path));
    if (status.exists && status.kind == EntryKind::kDirectory) {
      ARROW_RETURN_NOT_OK(CheckLogAbove(path, /*or_is=*/false, input));
      ARROW_RETURN_NOT_OK(Pin(path));
      return AddDirectory({path, ""}, status.identity);
    }
    if (status.exists) return AddFile({path, HiveTail(path)}, FoundBy::kName, false);
    if (HasWildcard(path)) return AddGlob(input, path);
    return Error(ErrorKind::kMissingPath, "input does not exist: " + input);
  }

  DiscoveredInputs Finish() && {
    // What one input passes over, another may name.
    std::erase_if(others_, [&](const OtherFile& other) {
      return by_path_.contains(AbsolutePath(other.path));
    });
    std::ranges::sort(files_, {}, &DiscoveredFile::path);
    std::ranges::sort(others_, {}, &OtherFile::path);
    // Not std::ranges::unique: clang 14 does not compile what that returns.
    const auto again = std::unique(
        others_.begin(), others_.end(),
        [](const OtherFile& a, const OtherFile& b) { return a.path == b.path; });
    others_.erase(again, others_.end());
    return {std::move(pins_), std::move(files_), std::move(others_)};
  }

 private:
  /// The file's name with the `column=value` directories directly above it.
  static std::string HiveTail(const std::string& path) {
    const std::vector<std::string_view> components = PathComponents(path);
    size_t first = components.size() - 1;
    while (first > 0 && IsHiveDirectory(components[first - 1])) --first;
    std::string tail;
    for (; first < components.size(); ++first) tail = JoinPath(tail, components[first]);
    return tail;
  }

  /// `or_is`: not if the directory is listed anyway.
  arrow::Status CheckLogAbove(const std::string& directory, bool or_is,
                              const std::string& input) {
    if (!looks_for_logs_ || !logs_looked_for_.insert(directory).second) {
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const auto log, FindTableLogAbove(fs_, directory, or_is));
    return RefuseTableLog(log, "input", input);
  }

  arrow::Status Pin(const std::string& directory) {
    // What planish made is its own already.
    if (directory_files_ == DirectoryFiles::kAll) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(pins_.emplace_back(),
                          fs_->Pin(directory, PinDemand::kNone, links_));
    root_ = directory;
    return arrow::Status::OK();
  }

  /// An error for a link that leads out of the input in whose directory it was found.
  arrow::Status CheckLink(const std::string& path) const {
    const auto opened = fs_->OpenInput(path);
    const ErrorDetail* detail = GetErrorDetail(opened.status());
    if (detail == nullptr || detail->kind != ErrorKind::kUnsupported) {
      return arrow::Status::OK();
    }
    return Error(ErrorKind::kUnsupported, "symbolic link leads out of the input")
        .File(path)
        .Fact("input", root_)
        .Hint(
            "name what it leads to as an input of its own, leave it out with `exclude`, "
            "or follow it with `allow_symlinks`");
  }

  /// Names what cannot be data although it is called so.
  void PassOver(const Place& place, std::string reason) {
    others_.push_back({place.path, place.relative_path, false, std::move(reason)});
  }

  /// Whether a file is data by its name, or its first bytes where there is no extension.
  bool IsData(const Place& place, const FileStatus& status) const {
    if (directory_files_ == DirectoryFiles::kAll) return true;
    const std::string_view name = BaseName(place.path);
    if (HasParquetName(name)) return true;
    if (directory_files_ == DirectoryFiles::kParquetAndIpc && !IpcExtension(name).empty())
      return true;
    if (HasExtension(name) || !status.exists || status.kind != EntryKind::kFile)
      return false;
    const auto begin = LookAtFirstBytes(fs_, place.path);
    return !begin.ok() || *begin == FirstBytes::kParquet;
  }

  /// Whether a file is part of the dataset; if not, it is one of the others.
  bool IsTaken(const Place& place, const FileStatus& status, FoundBy found_by) {
    if (directory_files_ == DirectoryFiles::kAll) return true;
    const auto included = include_.Find(place.relative_path);
    const bool excluded =
        (!include_.empty() && included == PathPatterns::Match::kNone) ||
        exclude_.Find(place.relative_path) != PathPatterns::Match::kNone;
    const bool named =
        found_by == FoundBy::kName || included == PathPatterns::Match::kNamed;
    if (!excluded && (named || IsData(place, status))) return true;
    others_.push_back({place.path, place.relative_path, excluded});
    return false;
  }

  arrow::Status AddFile(Place place, FoundBy found_by, bool is_link) {
    if (place.path.size() > kLongestPath) {
      PassOver(place, "its path is too long");
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(place.path));
    if (!IsTaken(place, status, found_by)) return arrow::Status::OK();
    if (status.kind == EntryKind::kOther && status.exists && !root_.empty()) {
      PassOver(place, "neither a file nor a directory");
      return arrow::Status::OK();
    }
    found_data_ = true;
    if (!status.exists) {
      return Error(ErrorKind::kMissingPath,
                   "input is a link that leads nowhere, or vanished")
          .File(place.path)
          .Hint("remove it, or leave it out with `exclude`");
    }
    if (status.kind != EntryKind::kFile) {
      return Error(ErrorKind::kUnsupported, "input is neither a file nor a directory")
          .File(place.path)
          .Hint("leave it out with `exclude`");
    }
    if (is_link || !directory_link_.empty()) {
      ARROW_RETURN_NOT_OK(CheckLink(place.path));
    }
    if (found_by != FoundBy::kDirectory) {
      const std::string directory = DirectoryOf(place.path);
      ARROW_RETURN_NOT_OK(CheckLogAbove(directory, /*or_is=*/true, place.path));
    }
    // Paths that are the same but for ".." may be different files, because of symbolic
    // links.
    std::vector<FileIdentity>& known = by_path_[AbsolutePath(place.path)];
    if (std::ranges::find(known, status.identity) != known.end())
      return arrow::Status::OK();
    known.push_back(status.identity);
    files_.push_back({std::move(place.path), std::move(place.relative_path),
                      status.identity, found_by == FoundBy::kDirectory, is_link,
                      directory_link_});
    return arrow::Status::OK();
  }

  arrow::Status AddDirectory(const Place& directory, const FileIdentity& identity) {
    // All that is in a directory within itself is found from the outside.
    if (std::ranges::find(walking_, identity) != walking_.end())
      return arrow::Status::OK();
    if (walking_.size() >= kMostNested) {
      PassOver(directory, "more than " + std::to_string(kMostNested) +
                              " directories, one in the other");
      return arrow::Status::OK();
    }
    walking_.push_back(identity);
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    if (looks_for_logs_) {
      ARROW_ASSIGN_OR_RAISE(const auto log, FindTableLog(fs_, directory.path, entries));
      ARROW_RETURN_NOT_OK(RefuseTableLog(log, "input", directory.path));
    }
    for (const DirectoryEntry& entry : entries) {
      ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
      if (hidden) continue;
      const Place place = directory.Child(entry.name);
      if (entry.kind != EntryKind::kDirectory) {
        ARROW_RETURN_NOT_OK(AddFile(place, FoundBy::kDirectory, entry.is_link));
        continue;
      }
      if (place.path.size() > kLongestPath) {
        PassOver(place, "its path is too long");
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(place.path));
      const bool enters_link = entry.is_link && directory_link_.empty();
      if (enters_link) directory_link_ = place.path;
      ARROW_RETURN_NOT_OK(AddDirectory(place, status.identity));
      if (enters_link) directory_link_.clear();
    }
    walking_.pop_back();
    return arrow::Status::OK();
  }

  arrow::Status AddGlob(const std::string& input, const std::string& path) {
    const std::vector<std::string_view> components = PathComponents(path);
    const auto first_wildcard = std::ranges::find_if(components, HasWildcard);
    if (std::find(first_wildcard, components.end(), "..") != components.end()) {
      return Error(ErrorKind::kInvalidOption, "glob has .. behind a wildcard: " + input)
          .Hint("spell the path without ..");
    }
    // Hive columns directly above are the files' own, as where files are named one by
    // one.
    auto below_root = first_wildcard;
    while (below_root != components.begin() && IsHiveDirectory(*(below_root - 1)))
      --below_root;
    Place root{path.starts_with('/') ? "/" : ".", ""};
    for (auto it = components.begin(); it != below_root; ++it) {
      root.path = JoinPath(root.path, *it);
    }
    matched_ = false;
    glob_names_its_matches_ = NamesItsMatches(path);
    found_data_ = false;
    const size_t num_others = others_.size();
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(root.path));
    if (status.exists && status.kind == EntryKind::kDirectory) {
      ARROW_RETURN_NOT_OK(Pin(root.path));
      ARROW_RETURN_NOT_OK(
          Expand(root, std::vector<std::string_view>(below_root, components.end())));
    }
    if (matched_) return CheckGlob(input, num_others);
    return Error(ErrorKind::kMissingPath, "glob matches nothing: " + input)
        .Hint(
            "names starting with . or _ match only a pattern that starts so; ** crosses "
            "directories");
  }

  /// An error if no match of a glob is data, and that not because it was left out.
  arrow::Status CheckGlob(const std::string& input, size_t num_others) const {
    const std::span<const OtherFile> passed_over = std::span(others_).subspan(num_others);
    if (found_data_ || passed_over.empty() ||
        std::ranges::any_of(passed_over, &OtherFile::is_excluded)) {
      return arrow::Status::OK();
    }
    return Error(ErrorKind::kEmptyDataset, "glob matches no data file: " + input)
        .Fact("matches", passed_over.front().path)
        .Hint(
            "data files end in .parquet, .parq or .pq; end the glob in another extension "
            "if that is meant");
  }

  /// Takes what matches `pattern` below `directory`.
  arrow::Status Expand(const Place& directory,
                       const std::vector<std::string_view>& pattern) {
    const std::vector<std::string_view> rest(pattern.begin() + 1, pattern.end());
    if (pattern.front() == "**") return ExpandAnyDepth(directory, rest, {});
    if (!HasWildcard(pattern.front())) {
      const Place child = directory.Child(pattern.front());
      ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(child.path));
      if (!status.exists) return arrow::Status::OK();
      // Below a link all are behind one.
      if (!directory_link_.empty()) return Match(child, status.kind, false, rest);
      ARROW_ASSIGN_OR_RAISE(const FileStatus entry, fs_->StatLink(child.path));
      return Match(child, status.kind, entry.is_link, rest);
    }
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    for (const DirectoryEntry& entry : entries) {
      if (!MatchesGlob(pattern.front(), entry.name)) continue;
      // A pattern that spells the character out asks for hidden names.
      if (pattern.front().front() != entry.name.front()) {
        ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
        if (hidden) continue;
      }
      ARROW_RETURN_NOT_OK(
          Match(directory.Child(entry.name), entry.kind, entry.is_link, rest));
    }
    return arrow::Status::OK();
  }

  arrow::Status Match(const Place& place, EntryKind kind, bool is_link,
                      const std::vector<std::string_view>& rest) {
    if (kind != EntryKind::kDirectory) {
      return rest.empty() ? AddMatch(place, kind, is_link) : arrow::Status::OK();
    }
    const bool enters_link = is_link && directory_link_.empty();
    if (enters_link) directory_link_ = place.path;
    ARROW_RETURN_NOT_OK(rest.empty() ? AddMatch(place, kind, is_link)
                                     : Expand(place, rest));
    if (enters_link) directory_link_.clear();
    return arrow::Status::OK();
  }

  arrow::Status AddMatch(const Place& place, EntryKind kind, bool is_link) {
    matched_ = true;
    if (kind != EntryKind::kDirectory) {
      return AddFile(place, glob_names_its_matches_ ? FoundBy::kName : FoundBy::kWildcard,
                     is_link);
    }
    ARROW_RETURN_NOT_OK(CheckLogAbove(place.path, /*or_is=*/false, place.path));
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(place.path));
    return AddDirectory(place, status.identity);
  }

  /// `rest` follows a "**": it may match here or in any directory below. `above` are the
  /// directories that the "**" has crossed so far.
  arrow::Status ExpandAnyDepth(const Place& directory,
                               const std::vector<std::string_view>& rest,
                               std::vector<FileIdentity> above) {
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(directory.path));
    if (rest.empty()) {
      return AddMatch(directory, EntryKind::kDirectory, /*is_link=*/false);
    }
    if (std::ranges::find(above, status.identity) != above.end())
      return arrow::Status::OK();
    if (above.size() >= kMostNested) {
      PassOver(directory, "more than " + std::to_string(kMostNested) +
                              " directories, one in the other");
      return arrow::Status::OK();
    }
    above.push_back(status.identity);
    ARROW_RETURN_NOT_OK(Expand(directory, rest));
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    for (const DirectoryEntry& entry : entries) {
      if (entry.kind != EntryKind::kDirectory) continue;
      ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
      if (hidden) continue;
      const Place child = directory.Child(entry.name);
      const bool enters_link = entry.is_link && directory_link_.empty();
      if (enters_link) directory_link_ = child.path;
      ARROW_RETURN_NOT_OK(ExpandAnyDepth(child, rest, above));
      if (enters_link) directory_link_.clear();
    }
    return arrow::Status::OK();
  }

  FileSystem* const fs_;
  const DirectoryFiles directory_files_;
  const PinnedLinks links_;
  const bool looks_for_logs_;
  const PathPatterns include_, exclude_;
  std::vector<DiscoveredFile> files_;
  std::vector<OtherFile> others_;
  std::unordered_map<std::string, std::vector<FileIdentity>> by_path_;
  std::vector<std::shared_ptr<const PinnedDirectory>> pins_;
  /// Of the input that is being added; empty if it spells a file out.
  std::string root_;
  /// Directories being added, outermost first.
  std::vector<FileIdentity> walking_;
  /// The outermost symbolic link among them.
  std::string directory_link_;
  std::unordered_set<std::string> logs_looked_for_;  ///< above these directories
  // Of the glob being expanded.
  bool matched_ = false;
  bool found_data_ = false;
  bool glob_names_its_matches_ = false;
};

/// "a/b.parquet" and 2 give "a/b-2.parquet".
std::string Numbered(const std::string& path, int number) {
  const size_t name = path.size() - BaseName(path).size();
  size_t dot = path.rfind('.');
  if (dot == std::string::npos || dot <= name) dot = path.size();
  return path.substr(0, dot) + "-" + std::to_string(number) + path.substr(dot);
}

}  // namespace

arrow::Result<DiscoveredInputs> DiscoverFiles(FileSystem* fs,
                                              const DatasetOptions& options,
                                              DirectoryFiles directory_files) {
  Discovery discovery(fs, options, directory_files);
  for (const std::string& input : options.inputs) {
    ARROW_RETURN_NOT_OK(discovery.AddInput(input));
  }
  DiscoveredInputs found = std::move(discovery).Finish();
  if (!found.files.empty()) return found;
  Error error(ErrorKind::kEmptyDataset, "the inputs hold no data file");
  for (const std::string& input : options.inputs) error.Fact("input", input);
  if (found.others.empty()) return error.Hint("names starting with . or _ are not data");
  error.Fact(kOtherFilesFact, std::to_string(found.others.size()) + ", the first is " +
                                  found.others.front().path);
  const auto matched = std::ranges::find(found.others, false, &OtherFile::is_excluded);
  if (matched != found.others.end() && !options.include.empty()) {
    return error.Fact("include matches", matched->path)
        .Hint(
            "data files end in .parquet, .parq or .pq; end the pattern of `include` in "
            "another extension if that is meant");
  }
  const bool excluded = std::ranges::any_of(found.others, &OtherFile::is_excluded);
  return error.Hint(
      excluded ? "include and exclude leave nothing: their patterns are compared "
                 "with paths below the input"
               : "data files end in .parquet, .parq or .pq; `include` takes others "
                 "by their extension");
}

void MakeRelativePathsDistinct(std::vector<DiscoveredFile>* files) {
  std::unordered_set<std::string> taken;
  for (const DiscoveredFile& file : *files) {
    const std::string& path = file.relative_path;
    for (size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      taken.insert(path.substr(0, slash));
    }
  }
  std::vector<DiscoveredFile*> clashing;
  for (DiscoveredFile& file : *files) {
    if (!taken.insert(file.relative_path).second) clashing.push_back(&file);
  }
  for (DiscoveredFile* file : clashing) {
    const std::string path = file->relative_path;
    for (int number = 1; !taken.insert(file->relative_path).second; ++number) {
      file->relative_path = Numbered(path, number);
    }
  }
}

}  // namespace planish
