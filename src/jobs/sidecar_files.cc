// SPDX-License-Identifier: Apache-2.0
#include "jobs/sidecar_files.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "base/error_builder.h"
#include "dataset/hive_partitions.h"
#include "dataset/path.h"
#include "format/declared_columns.h"
#include "format/metadata_file.h"
#include "jobs/changed_footers.h"

namespace planish {
namespace {

constexpr char kMetadata[] = "_metadata";
constexpr char kCommonMetadata[] = "_common_metadata";

/// In a directory below the dataset; "" is the dataset itself.
std::string Child(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : JoinPath(directory, name);
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string ChecksumOf(const std::string& path) {
  return Child(DirectoryOf(path), "." + std::string(BaseName(path)) + ".crc");
}

/// Whether a path of a metadata file leads straight down from there.
bool IsPlain(const std::string& path) {
  if (path.empty() || path.front() == '/' || NormalizePath(path) != path) return false;
  const std::vector<std::string_view> components = PathComponents(path);
  return std::ranges::find(components, "..") == components.end();
}

/// Whether an error says what a file is, and not that the run cannot go on.
bool IsAboutTheFile(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  if (detail == nullptr) return false;
  switch (detail->kind) {
    case ErrorKind::kNotParquet:
    case ErrorKind::kCorrupt:
    case ErrorKind::kEncrypted:
    case ErrorKind::kUnsupported:
    case ErrorKind::kMissingPath:
    case ErrorKind::kPermission:
      return true;
    default:
      return false;
  }
}

/// A metadata file that is made anew, or why it cannot be.
struct Outcome {
  std::string bytes;
  std::string reason;
};

Outcome Because(std::string reason) {
  return {"", std::move(reason)};
}

class SidecarPlanner {
 public:
  SidecarPlanner(Run* run, const std::string& dataset,
                 const std::set<std::string>& data_files, const DatasetChanges& changes,
                 StagedFiles* staged)
      : run_(run),
        dataset_(dataset),
        data_files_(data_files),
        staged_(staged),
        footers_(run, dataset, changes, staged) {
    for (const auto& change : changes.replaced) changed_.insert(change.path);
    for (const auto& change : changes.removed) removed_.insert(change.path);
    added_.insert(changes.added.begin(), changes.added.end());
    unread_.insert(changes.unread.begin(), changes.unread.end());
  }

  arrow::Result<SidecarChanges> Plan() && {
    changed_.insert(removed_.begin(), removed_.end());
    changed_.insert(added_.begin(), added_.end());
    std::set<std::string> directories;
    for (const std::string& path : changed_) {
      ARROW_RETURN_NOT_OK(DropChecksum(path));
      std::string directory = path;
      do {
        directory = DirectoryOf(directory);
      } while (directories.insert(directory).second && !directory.empty());
    }
    for (const std::string& directory : directories) {
      ARROW_RETURN_NOT_OK(PlanCommonMetadata(directory));
      ARROW_RETURN_NOT_OK(PlanMetadata(directory));
    }
    if (!changed_.empty()) ARROW_RETURN_NOT_OK(FindStaleAbove());
    return std::move(plan_);
  }

 private:
  arrow::Result<std::optional<FileIdentity>> Look(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status,
                          run_->fs()->Stat(dataset_ + "/" + path));
    std::optional<FileIdentity>& found = plan_.seen[path];
    if (status.exists && status.kind == EntryKind::kFile) found = status.identity;
    return found;
  }

  arrow::Status DropChecksum(const std::string& path) {
    const std::string checksum = ChecksumOf(path);
    ARROW_ASSIGN_OR_RAISE(const auto found, Look(checksum));
    if (!found) return arrow::Status::OK();
    plan_.removed.push_back({checksum, *found});
    ++plan_.checksums_removed;
    return arrow::Status::OK();
  }

  arrow::Result<MetadataFile> OpenMetadata(const std::string& path) const {
    return OpenFile(dataset_ + "/" + path);
  }
  arrow::Result<MetadataFile> OpenFile(const std::string& path) const {
    ARROW_ASSIGN_OR_RAISE(const auto input, run_->fs()->OpenInput(path));
    return MetadataFile::Read(*input, run_->pool());
  }

  arrow::Status Record(const std::string& path, const FileIdentity& old,
                       const Outcome& outcome) {
    ARROW_RETURN_NOT_OK(DropChecksum(path));
    const bool is_rebuilt = outcome.reason.empty();
    if (is_rebuilt) ARROW_RETURN_NOT_OK(Stage(path, outcome.bytes));
    (is_rebuilt ? plan_.rebuilt : plan_.removed).push_back({path, old});
    plan_.metadata_files.push_back(
        {path, is_rebuilt ? "rebuilt" : "removed", outcome.reason});
    return arrow::Status::OK();
  }

  arrow::Status Stage(const std::string& path, const std::string& bytes) {
    ARROW_ASSIGN_OR_RAISE(const std::string staged, staged_->Prepare(path));
    ARROW_ASSIGN_OR_RAISE(auto file, run_->fs()->CreateOutput(staged));
    ARROW_RETURN_NOT_OK(file->Append(bytes.data(), static_cast<int64_t>(bytes.size())));
    return file->Close();
  }

  /// Where the dataset is a part of another one, that may have metadata, too: outside of
  /// what this run has locked, so it can only be named.
  arrow::Status FindStaleAbove() {
    std::string directory = AbsolutePath(dataset_), below;
    for (bool climbs = true; climbs && !DirectoryOf(directory).empty();) {
      const std::string name(BaseName(directory));
      climbs = IsHiveDirectory(name);
      below = below.empty() ? name : JoinPath(name, below);
      directory = DirectoryOf(directory);
      const std::string common_path = JoinPath(directory, kCommonMetadata);
      ARROW_ASSIGN_OR_RAISE(const auto common, OpenAbove(common_path));
      ARROW_ASSIGN_OR_RAISE(const bool lacks_columns,
                            common ? GotColumnsBesides(*common) : false);
      if (lacks_columns) {
        plan_.metadata_files.push_back(
            {common_path, "stale", "it lacks columns that files of the dataset got"});
      }
      const std::string path = JoinPath(directory, kMetadata);
      ARROW_ASSIGN_OR_RAISE(const auto metadata, OpenAbove(path));
      const auto is_below = [&](const std::string& listed) {
        return IsBelow(listed, below);
      };
      if (!metadata || std::ranges::none_of(metadata->files(), is_below)) continue;
      plan_.metadata_files.push_back(
          {path, "stale", "it lists files of the dataset, which is a part of its own"});
    }
    return arrow::Status::OK();
  }

  /// Nothing if there is no such file, or none that can be read.
  arrow::Result<std::optional<MetadataFile>> OpenAbove(const std::string& path) const {
    const auto found = run_->fs()->Stat(path);
    if (!found.ok() && !IsAboutTheFile(found.status())) return found.status();
    if (!found.ok() || !found->exists || found->kind != EntryKind::kFile) {
      return std::nullopt;
    }
    auto metadata = OpenFile(path);
    if (metadata.ok()) return std::optional(*std::move(metadata));
    if (IsAboutTheFile(metadata.status())) return std::nullopt;
    return metadata.status();
  }

  /// Whether files get columns that `metadata` lacks, although it had those of the data.
  arrow::Result<bool> GotColumnsBesides(const MetadataFile& metadata) const {
    const auto declared = DeclaredColumns::Of(metadata.bytes());
    if (!declared.ok()) return false;
    ARROW_ASSIGN_OR_RAISE(const auto footers, footers_.WithNewColumns(*declared, ""));
    if (footers.empty()) return false;
    for (const std::string& path : data_files_) {
      if (unread_.contains(path)) continue;
      ARROW_ASSIGN_OR_RAISE(const Footer footer, footers_.Before(path));
      ARROW_ASSIGN_OR_RAISE(const auto columns, DeclaredColumns::Of(footer.bytes()));
      ARROW_ASSIGN_OR_RAISE(const bool had_all, declared->Cover(columns));
      if (had_all) return true;
    }
    return false;
  }

  arrow::Status PlanMetadata(const std::string& directory) {
    const std::string path = Child(directory, kMetadata);
    ARROW_ASSIGN_OR_RAISE(const auto old, Look(path));
    if (!old) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Outcome outcome, RebuildMetadata(directory));
    return Record(path, *old, outcome);
  }

  arrow::Result<Outcome> RebuildMetadata(const std::string& directory) const {
    const auto metadata = OpenMetadata(Child(directory, kMetadata));
    if (!metadata.ok()) {
      if (!IsAboutTheFile(metadata.status())) return metadata.status();
      return Because("it cannot be read: " + metadata.status().message());
    }
    if (!directory.empty() && !HasDataAfterwards(*metadata, directory)) {
      return Because("no data is left in its directory");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string lie, FindLie(*metadata, directory));
    if (!lie.empty()) return Because("it was not true before: " + lie);
    return Rebuild(*metadata, directory);
  }

  bool HasDataAfterwards(const MetadataFile& metadata,
                         const std::string& directory) const {
    // What it lists need not be data by its name, nor in this run.
    const auto stays = [&](const std::string& listed) {
      const std::string path = Child(directory, listed);
      return IsPlain(listed) && !removed_.contains(path) && footers_.Before(path).ok();
    };
    if (std::ranges::any_of(metadata.files(), stays)) return true;
    const auto is_below = [&](const std::string& path) {
      return IsBelow(path, directory);
    };
    return std::ranges::any_of(added_, is_below) ||
           std::ranges::any_of(data_files_, [&](const std::string& path) {
             return is_below(path) && !removed_.contains(path);
           });
  }

  /// In what the row groups are not those of the data before the change. Empty if they
  /// are.
  arrow::Result<std::string> FindLie(const MetadataFile& metadata,
                                     const std::string& directory) const {
    const auto declared = DeclaredColumns::Of(metadata.bytes());
    if (!declared.ok()) return std::string("its schema cannot be read");
    for (const std::string& listed : metadata.files()) {
      if (!IsPlain(listed)) return "it lists " + listed;
      const std::string path = Child(directory, listed);
      if (unread_.contains(path)) return "it lists " + path + ", which cannot be read";
      const auto footer = footers_.Before(path);
      if (!footer.ok()) {
        if (!IsAboutTheFile(footer.status())) return footer.status();
        return "it lists " + path + ", which cannot be read";
      }
      const auto same_rows = metadata.Describes(listed, *footer);
      if (!same_rows.ok() || !*same_rows) return "it has other row groups of " + path;
      ARROW_ASSIGN_OR_RAISE(const auto columns, DeclaredColumns::Of(footer->bytes()));
      const auto same_columns = declared->SameAs(columns);
      if (!same_columns.ok() || !*same_columns)
        return "it has other columns than " + path;
    }
    for (const std::string& path : data_files_) {
      if (!IsBelow(path, directory) || Lists(metadata, directory, path)) continue;
      if (unread_.contains(path)) return "it lacks " + path;
      ARROW_ASSIGN_OR_RAISE(const Footer footer, footers_.Before(path));
      if (footer.num_rows() > 0) return "it lacks " + path;
    }
    return std::string();
  }

  static bool Lists(const MetadataFile& metadata, const std::string& directory,
                    const std::string& path) {
    return metadata.Lists(directory.empty() ? path : path.substr(directory.size() + 1));
  }

  /// Files that it describes after the change, those that it listed before first.
  std::vector<std::string> FilesAfterwards(const MetadataFile& metadata,
                                           const std::string& directory) const {
    std::vector<std::string> paths;
    for (const std::string& listed : metadata.files()) {
      const std::string path = Child(directory, listed);
      if (!removed_.contains(path)) paths.push_back(path);
    }
    for (const std::string& path : data_files_) {
      const bool is_new = footers_.IsReplaced(path) && IsBelow(path, directory) &&
                          !Lists(metadata, directory, path);
      if (is_new) paths.push_back(path);
    }
    for (const std::string& path : added_) {
      if (IsBelow(path, directory)) paths.push_back(path);
    }
    return paths;
  }

  /// Of one that was true.
  arrow::Result<Outcome> Rebuild(const MetadataFile& metadata,
                                 const std::string& directory) const {
    ARROW_ASSIGN_OR_RAISE(const auto declared, DeclaredColumns::Of(metadata.bytes()));
    MetadataFileBuilder builder(&metadata);
    std::optional<Footer> model;
    bool any_stays = false, as_declared = true, as_model = true;
    for (const std::string& path : FilesAfterwards(metadata, directory)) {
      const std::string name =
          directory.empty() ? path : path.substr(directory.size() + 1);
      if (!footers_.IsWritten(path)) {
        any_stays = true;
        ARROW_RETURN_NOT_OK(builder.Keep(name));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(Footer footer, footers_.After(path));
      ARROW_RETURN_NOT_OK(builder.Add(name, footer));
      ARROW_ASSIGN_OR_RAISE(const auto columns, DeclaredColumns::Of(footer.bytes()));
      ARROW_ASSIGN_OR_RAISE(const bool same, declared.SameAs(columns));
      as_declared = as_declared && same;
      if (!model) {
        model.emplace(std::move(footer));
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto of_model, DeclaredColumns::Of(model->bytes()));
      ARROW_ASSIGN_OR_RAISE(const bool same_as_model, of_model.SameAs(columns));
      as_model = as_model && same_as_model;
    }
    if (!as_declared && (any_stays || !as_model)) {
      return Because("files below it have different columns now");
    }
    if (!as_declared) builder.SetSchema(&*model);
    ARROW_ASSIGN_OR_RAISE(std::string bytes, builder.Finish());
    return Outcome{std::move(bytes), ""};
  }

  arrow::Status PlanCommonMetadata(const std::string& directory) {
    const std::string path = Child(directory, kCommonMetadata);
    ARROW_ASSIGN_OR_RAISE(const auto old, Look(path));
    if (!old) return arrow::Status::OK();
    const auto metadata = OpenMetadata(path);
    // It is of no more and no less use than before.
    if (!metadata.ok()) {
      return IsAboutTheFile(metadata.status()) ? arrow::Status::OK() : metadata.status();
    }
    ARROW_ASSIGN_OR_RAISE(const auto outcome,
                          RebuildCommonMetadata(*metadata, directory));
    return outcome ? Record(path, *old, *outcome) : arrow::Status::OK();
  }

  /// Nothing if it may stay.
  arrow::Result<std::optional<Outcome>> RebuildCommonMetadata(
      const MetadataFile& metadata, const std::string& directory) const {
    ARROW_ASSIGN_OR_RAISE(const auto declared, DeclaredColumns::Of(metadata.bytes()));
    ARROW_ASSIGN_OR_RAISE(const std::vector<Footer> footers,
                          footers_.WithNewColumns(declared, directory));
    if (footers.empty()) return std::nullopt;
    const Footer& model = footers.front();
    ARROW_ASSIGN_OR_RAISE(const auto columns, DeclaredColumns::Of(model.bytes()));
    ARROW_ASSIGN_OR_RAISE(const bool has_declared, columns.Cover(declared));
    if (!has_declared)
      return Because("no file that was written has all that it declares");
    bool has_all = true;
    for (const Footer& footer : footers) {
      ARROW_ASSIGN_OR_RAISE(const auto of_other, DeclaredColumns::Of(footer.bytes()));
      ARROW_ASSIGN_OR_RAISE(const bool covers, columns.Cover(of_other));
      has_all = has_all && covers;
    }
    if (!has_all) return Because("no file that was written has all new columns");
    MetadataFileBuilder builder(&metadata);
    builder.SetSchema(&model);
    ARROW_ASSIGN_OR_RAISE(std::string bytes, builder.Finish());
    return Outcome{std::move(bytes), ""};
  }

  Run* const run_;
  const std::string& dataset_;
  const std::set<std::string>& data_files_;
  StagedFiles* const staged_;
  const ChangedFooters footers_;
  std::set<std::string> changed_, removed_, added_, unread_;
  SidecarChanges plan_;
};

}  // namespace

arrow::Result<SidecarChanges> PlanSidecars(Run* run, const std::string& dataset,
                                           const std::set<std::string>& data_files,
                                           const DatasetChanges& changes,
                                           StagedFiles* staged) {
  return SidecarPlanner(run, dataset, data_files, changes, staged).Plan();
}

arrow::Status CheckSidecarsUnchanged(FileSystem* fs, const std::string& dataset,
                                     const SidecarChanges& sidecars) {
  for (const auto& [path, seen] : sidecars.seen) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(dataset + "/" + path));
    const bool is_file = status.exists && status.kind == EntryKind::kFile;
    if (seen ? is_file && status.identity == *seen : !is_file) continue;
    return Error(ErrorKind::kDrift, "dataset has changed while it was worked on")
        .File(dataset)
        .Fact("changed", path)
        .Hint("nothing was published; run again when nothing else writes there");
  }
  return arrow::Status::OK();
}

}  // namespace planish
