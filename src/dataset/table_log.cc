// SPDX-License-Identifier: Apache-2.0
#include "dataset/table_log.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/error_builder.h"
#include "dataset/hive_partitions.h"
#include "dataset/path.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

struct Marker {
  std::string_view name;  ///< of an entry of the table's directory
  std::string_view format;
  bool in_partitions = false;  ///< not in the table's own directory
};

constexpr Marker kMarkers[] = {
    {"_delta_log", "Delta Lake"},
    {".hoodie", "Apache Hudi"},
    {".hoodie_partition_metadata", "Apache Hudi", true},
    {"_symlink_format_manifest", "symlink manifest"},
    {"_spark_metadata", "Spark Structured Streaming"},
};

/// Directories that are a log if there is a file of some name in them.
constexpr std::string_view kIcebergMetadata = "metadata";
constexpr std::string_view kPaimonSnapshots = "snapshot";
constexpr std::string_view kLanceVersions = "_versions";

bool IsIcebergMetadata(std::string_view name) {
  return name.ends_with(".metadata.json") || name.ends_with(".metadata.json.gz");
}

/// Files of people are called snapshot-2024-03-07 or LATEST, too.
bool IsPaimonSnapshot(std::string_view name) {
  constexpr std::string_view kPrefix = "snapshot-";
  return name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
         name.find_first_not_of("0123456789", kPrefix.size()) == std::string_view::npos;
}

bool IsLanceVersion(std::string_view name) {
  return name.ends_with(".manifest");
}

bool IsLance(std::string_view directory) {
  constexpr std::string_view kExtension = ".lance";
  const std::string_view name = BaseName(directory);
  return name.size() > kExtension.size() && name.ends_with(kExtension);
}

TableLog LogAt(std::string_view format, const std::string& directory,
               std::string_view name) {
  return {std::string(format), JoinPath(directory, name)};
}

template <typename IsLogFile>
arrow::Result<bool> HasFile(FileSystem* fs, const std::string& directory,
                            const IsLogFile& is_log_file) {
  ARROW_ASSIGN_OR_RAISE(const auto entries, fs->List(directory));
  return std::ranges::any_of(entries, [&](const DirectoryEntry& entry) {
    return entry.kind == EntryKind::kFile && is_log_file(entry.name);
  });
}

/// What a directory called `name` in a table's directory says.
arrow::Result<std::optional<TableLog>> LookInto(FileSystem* fs,
                                                const std::string& directory,
                                                std::string_view name) {
  const std::string path = JoinPath(directory, name);
  bool found = false;
  if (name == kIcebergMetadata) {
    ARROW_ASSIGN_OR_RAISE(found, HasFile(fs, path, IsIcebergMetadata));
    if (found) return LogAt("Apache Iceberg", directory, name);
  }
  if (name == kPaimonSnapshots) {
    ARROW_ASSIGN_OR_RAISE(found, HasFile(fs, path, IsPaimonSnapshot));
    if (found) return LogAt("Apache Paimon", directory, name);
  }
  if (name == kLanceVersions) {
    ARROW_ASSIGN_OR_RAISE(found, HasFile(fs, path, IsLanceVersion));
    if (found) return LogAt("Lance", directory, name);
  }
  return std::nullopt;
}

/// As FindTableLog, without a listing, which may be long.
arrow::Result<std::optional<TableLog>> Probe(FileSystem* fs,
                                             const std::string& directory) {
  if (IsLance(directory)) return TableLog{"Lance", directory};
  for (const Marker& marker : kMarkers) {
    if (marker.in_partitions) continue;
    ARROW_ASSIGN_OR_RAISE(const FileStatus status,
                          fs->Stat(JoinPath(directory, marker.name)));
    if (status.exists) return LogAt(marker.format, directory, marker.name);
  }
  for (const std::string_view name :
       {kIcebergMetadata, kPaimonSnapshots, kLanceVersions}) {
    ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(JoinPath(directory, name)));
    if (!status.exists || status.kind != EntryKind::kDirectory) continue;
    ARROW_ASSIGN_OR_RAISE(auto log, LookInto(fs, directory, name));
    if (log) return log;
  }
  return std::nullopt;
}

bool IsRefused(const arrow::Status& status) {
  const ErrorDetail* detail = GetErrorDetail(status);
  return detail != nullptr && detail->kind == ErrorKind::kPermission;
}

}  // namespace

arrow::Result<std::optional<TableLog>> FindTableLog(
    FileSystem* fs, const std::string& directory,
    const std::vector<DirectoryEntry>& entries) {
  if (IsLance(directory)) return TableLog{"Lance", directory};
  for (const Marker& marker : kMarkers) {
    if (std::ranges::find(entries, marker.name, &DirectoryEntry::name) != entries.end()) {
      return LogAt(marker.format, directory, marker.name);
    }
  }
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind != EntryKind::kDirectory) continue;
    ARROW_ASSIGN_OR_RAISE(auto log, LookInto(fs, directory, entry.name));
    if (log) return log;
  }
  return std::nullopt;
}

arrow::Result<std::optional<TableLog>> FindTableLogAbove(FileSystem* fs,
                                                         const std::string& directory,
                                                         bool or_is) {
  std::error_code error;
  stdfs::path path = stdfs::weakly_canonical(stdfs::absolute(directory, error), error);
  if (error) path = AbsolutePath(directory);
  int levels = kTableLogLevels;
  for (bool looks = or_is;; looks = true) {
    if (looks) {
      auto log = Probe(fs, path.string());
      if (!log.ok() && !IsRefused(log.status())) return log;
      if (log.ok() && *log) return log;
    }
    if (!path.has_relative_path()) return std::nullopt;
    path = path.parent_path();
    if (!IsHiveDirectory(path.filename().string()) && levels-- == 0) return std::nullopt;
  }
}

arrow::Status RefuseTableLog(const std::optional<TableLog>& log, const char* what,
                             const std::string& path) {
  if (!log) return arrow::Status::OK();
  return Error(ErrorKind::kUnsupported, std::string(what) + " is part of a table (" +
                                            log->format +
                                            ") whose log says which files count: " + path)
      .Fact("log", log->path)
      .Hint(
          "use an engine for that format; `ignore_table_log` takes "
          "the files as they lie, deleted ones too, and does not change the log");
}

}  // namespace planish
