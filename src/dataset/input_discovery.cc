// SPDX-License-Identifier: Apache-2.0
#include "dataset/input_discovery.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error_builder.h"
#include "dataset/glob.h"
#include "dataset/hive_partitions.h"
#include "dataset/path.h"

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

/// Collects the files of one input after the other.
class Discovery {
 public:
  explicit Discovery(FileSystem* fs) : fs_(fs) {}

  arrow::Status AddInput(const std::string& input) {
    if (input.empty()) {
      return Error(ErrorKind::kInvalidOption, "an input is an empty path");
    }
    const std::string path = NormalizePath(input);
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(path));
    if (status.exists && status.kind == EntryKind::kDirectory) {
      return AddDirectory({path, ""}, status.identity);
    }
    if (status.exists) return AddFile({path, HiveTail(path)}, false);
    if (HasWildcard(path)) return AddGlob(input, path);
    return Error(ErrorKind::kMissingPath, "input does not exist: " + input);
  }

  std::vector<DiscoveredFile> Finish() && {
    std::ranges::sort(files_, {}, &DiscoveredFile::path);
    return std::move(files_);
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

  arrow::Status AddFile(Place place, bool in_directory) {
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(place.path));
    if (!status.exists) {
      return Error(ErrorKind::kMissingPath,
                   "input is a link that leads nowhere, or vanished")
          .File(place.path)
          .Hint("remove it, or leave it out by giving a glob");
    }
    if (status.kind != EntryKind::kFile) {
      return Error(ErrorKind::kUnsupported, "input is neither a file nor a directory")
          .File(place.path)
          .Hint("leave it out, or give a glob such as **/*.parquet");
    }
    // Paths that are the same but for ".." may be different files, because of symbolic
    // links.
    std::vector<FileIdentity>& known = by_path_[AbsolutePath(place.path)];
    if (std::ranges::find(known, status.identity) != known.end())
      return arrow::Status::OK();
    known.push_back(status.identity);
    files_.push_back({std::move(place.path), std::move(place.relative_path),
                      status.identity, in_directory});
    return arrow::Status::OK();
  }

  arrow::Status AddEntry(const Place& place, EntryKind kind, bool in_directory) {
    if (kind != EntryKind::kDirectory) return AddFile(place, in_directory);
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(place.path));
    return AddDirectory(place, status.identity);
  }

  arrow::Status AddDirectory(const Place& directory, const FileIdentity& identity) {
    // All that is in a directory within itself is found from the outside.
    if (std::ranges::find(walking_, identity) != walking_.end())
      return arrow::Status::OK();
    walking_.push_back(identity);
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    for (const DirectoryEntry& entry : entries) {
      ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
      if (hidden) continue;
      ARROW_RETURN_NOT_OK(AddEntry(directory.Child(entry.name), entry.kind, true));
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
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(root.path));
    if (status.exists && status.kind == EntryKind::kDirectory) {
      ARROW_RETURN_NOT_OK(
          Expand(root, std::vector<std::string_view>(below_root, components.end())));
    }
    if (matched_) return arrow::Status::OK();
    return Error(ErrorKind::kMissingPath, "glob matches nothing: " + input)
        .Hint(
            "names starting with . or _ match only a pattern that starts so; ** crosses "
            "directories");
  }

  /// Takes what matches `pattern` below `directory`.
  arrow::Status Expand(const Place& directory,
                       const std::vector<std::string_view>& pattern) {
    const std::vector<std::string_view> rest(pattern.begin() + 1, pattern.end());
    if (pattern.front() == "**") return ExpandAnyDepth(directory, rest, {});
    if (!HasWildcard(pattern.front())) {
      const Place child = directory.Child(pattern.front());
      ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(child.path));
      return status.exists ? Match(child, status.kind, rest) : arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    for (const DirectoryEntry& entry : entries) {
      if (!MatchesGlob(pattern.front(), entry.name)) continue;
      // A pattern that spells the character out asks for hidden names.
      if (pattern.front().front() != entry.name.front()) {
        ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
        if (hidden) continue;
      }
      ARROW_RETURN_NOT_OK(Match(directory.Child(entry.name), entry.kind, rest));
    }
    return arrow::Status::OK();
  }

  arrow::Status Match(const Place& place, EntryKind kind,
                      const std::vector<std::string_view>& rest) {
    if (rest.empty()) {
      matched_ = true;
      return AddEntry(place, kind, false);
    }
    return kind == EntryKind::kDirectory ? Expand(place, rest) : arrow::Status::OK();
  }

  /// `rest` follows a "**": it may match here or in any directory below. `above` are the
  /// directories that the "**" has crossed so far.
  arrow::Status ExpandAnyDepth(const Place& directory,
                               const std::vector<std::string_view>& rest,
                               std::vector<FileIdentity> above) {
    ARROW_ASSIGN_OR_RAISE(FileStatus status, fs_->Stat(directory.path));
    if (rest.empty()) {
      matched_ = true;
      return AddDirectory(directory, status.identity);
    }
    if (std::ranges::find(above, status.identity) != above.end())
      return arrow::Status::OK();
    above.push_back(status.identity);
    ARROW_RETURN_NOT_OK(Expand(directory, rest));
    ARROW_ASSIGN_OR_RAISE(auto entries, fs_->List(directory.path));
    for (const DirectoryEntry& entry : entries) {
      if (entry.kind != EntryKind::kDirectory) continue;
      ARROW_ASSIGN_OR_RAISE(const bool hidden, IsHidden(directory, entry));
      if (hidden) continue;
      ARROW_RETURN_NOT_OK(ExpandAnyDepth(directory.Child(entry.name), rest, above));
    }
    return arrow::Status::OK();
  }

  FileSystem* const fs_;
  std::vector<DiscoveredFile> files_;
  std::unordered_map<std::string, std::vector<FileIdentity>> by_path_;
  /// Directories being added, outermost first.
  std::vector<FileIdentity> walking_;
  bool matched_ = false;
};

/// "a/b.parquet" and 2 give "a/b-2.parquet".
std::string Numbered(const std::string& path, int number) {
  const size_t name = path.size() - BaseName(path).size();
  size_t dot = path.rfind('.');
  if (dot == std::string::npos || dot <= name) dot = path.size();
  return path.substr(0, dot) + "-" + std::to_string(number) + path.substr(dot);
}

}  // namespace

arrow::Result<std::vector<DiscoveredFile>> DiscoverFiles(
    FileSystem* fs, const std::vector<std::string>& inputs) {
  Discovery discovery(fs);
  for (const std::string& input : inputs) {
    ARROW_RETURN_NOT_OK(discovery.AddInput(input));
  }
  std::vector<DiscoveredFile> files = std::move(discovery).Finish();
  if (!files.empty()) return files;
  Error error(ErrorKind::kEmptyDataset, "the inputs hold no data file");
  for (const std::string& input : inputs) error.Fact("input", input);
  return error.Hint("names starting with . or _ are not data");
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
