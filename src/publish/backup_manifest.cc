// SPDX-License-Identifier: Apache-2.0
#include "publish/backup_manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error_builder.h"
#include "base/hashing.h"
#include "planish/version.h"
#include "publish/escaped_path.h"
#include "publish/journal.h"
#include "publish/stored_numbers.h"

namespace planish {
namespace {

using Fate = BackedUpFile::Fate;
using Json = nlohmann::ordered_json;

constexpr char kName[] = ".planish-backup.json";
/// More than a manifest of a million files takes.
constexpr int64_t kMostManifestBytes = int64_t{1} << 30;

constexpr int64_t kEndBytes = int64_t{1} << 16;

const char* NameOf(Fate fate) {
  if (fate == Fate::kReplaced) return "replaced";
  return fate == Fate::kRemoved ? "removed" : "added";
}

bool ParseFate(const std::string& name, Fate* fate) {
  for (const Fate known : {Fate::kReplaced, Fate::kRemoved, Fate::kAdded}) {
    if (name != NameOf(known)) continue;
    *fate = known;
    return true;
  }
  return false;
}

Json ToJson(const FileDigest& digest) {
  return {{"size", digest.size}, {"xxh3", Hexadecimal(digest.checksum)}};
}

FileDigest DigestOf(const Json& json) {
  return {WholeNumber<int64_t>(json.at("size")), ReadHexadecimal(json.at("xxh3"))};
}

Json PatternsToJson(const std::vector<std::string>& patterns) {
  Json json = Json::array();
  for (const std::string& pattern : patterns) json.push_back(EscapePath(pattern));
  return json;
}

bool ReadPatterns(const Json& json, std::vector<std::string>* patterns) {
  for (const Json& item : json) {
    if (!UnescapePath(item.get<std::string>(), &patterns->emplace_back())) return false;
  }
  return true;
}

bool ReadPath(const Json& json, std::string* path) {
  return UnescapePath(json.at("path").get<std::string>(), path) && StaysInside(*path);
}

bool ReadFile(const Json& json, BackedUpFile* file) {
  if (!ParseFate(json.at("fate").get<std::string>(), &file->fate)) return false;
  if (file->fate != Fate::kAdded) file->before = DigestOf(json.at("before"));
  if (file->fate != Fate::kRemoved) file->after = DigestOf(json.at("after"));
  return ReadPath(json, &file->path);
}

Json ToJson(const BackupManifest& manifest) {
  Json json;
  json["planish_backup"] = BackupManifest::kVersion;
  json["planish_version"] = manifest.planish_version;
  json["run"] = manifest.run;
  json["created"] = manifest.created;
  json["include"] = PatternsToJson(manifest.include);
  json["exclude"] = PatternsToJson(manifest.exclude);
  json["files"] = Json::array();
  for (const BackedUpFile& file : manifest.files) {
    Json entry = {{"path", EscapePath(file.path)}, {"fate", NameOf(file.fate)}};
    if (file.fate != Fate::kAdded) entry["before"] = ToJson(file.before);
    if (file.fate != Fate::kRemoved) entry["after"] = ToJson(file.after);
    json["files"].push_back(std::move(entry));
  }
  json["others"] = Json::array();
  for (const OtherDataFile& file : manifest.others) {
    json["others"].push_back({{"path", EscapePath(file.path)},
                              {"size", file.size},
                              {"modified_ns", file.modified_nanoseconds},
                              {"end_xxh3", Hexadecimal(file.end_checksum)}});
  }
  return json;
}

bool FromJson(const Json& json, BackupManifest* manifest) {
  manifest->planish_version = json.at("planish_version").get<std::string>();
  manifest->run = json.at("run").get<std::string>();
  manifest->created = json.at("created").get<std::string>();
  if (!ReadPatterns(json.at("include"), &manifest->include) ||
      !ReadPatterns(json.at("exclude"), &manifest->exclude)) {
    return false;
  }
  for (const Json& item : json.at("files")) {
    if (!ReadFile(item, &manifest->files.emplace_back())) return false;
  }
  for (const Json& item : json.at("others")) {
    OtherDataFile& file = manifest->others.emplace_back();
    file.size = WholeNumber<int64_t>(item.at("size"));
    file.modified_nanoseconds = WholeNumber<int64_t>(item.at("modified_ns"));
    file.end_checksum = ReadHexadecimal(item.at("end_xxh3"));
    if (!ReadPath(item, &file.path)) return false;
  }
  return true;
}

Error Damaged(const std::string& path) {
  return Error(ErrorKind::kCorrupt, "manifest of a backup is damaged")
      .File(path)
      .Hint("nothing was changed; the files that were kept are beside it");
}

}  // namespace

std::string BackupManifest::ToText() const {
  return ToJson(*this).dump(1) + "\n";
}

arrow::Result<BackupManifest> BackupManifest::Parse(const std::string& text,
                                                    const std::string& path) {
  BackupManifest manifest;
  // The library's parser tells errors by exceptions.
  try {
    const Json json = Json::parse(text);
    const auto version = WholeNumber<int64_t>(json.at("planish_backup"));
    if (version != kVersion) {
      return Error(ErrorKind::kUnsupported,
                   "manifest of a backup has version " + std::to_string(version))
          .File(path)
          .Fact("this planish knows", std::to_string(kVersion))
          .Hint("run restore of the planish that wrote it; nothing was changed");
    }
    if (!FromJson(json, &manifest)) return Damaged(path);
  } catch (const std::exception&) {
    return Damaged(path);
  }
  return manifest;
}

std::string BackupManifestPath(const std::string& backup) {
  return backup + "/" + kName;
}

arrow::Result<BackupManifest> ReadBackupManifest(FileSystem* fs,
                                                 const std::string& backup) {
  const std::string path = BackupManifestPath(backup);
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path));
  if (!status.exists) {
    return Error(ErrorKind::kMissingPath, "not a backup that planish has made: " + backup)
        .Fact("missing", kName)
        .Hint("name the directory that was given as `keep_backup`");
  }
  if (status.kind != EntryKind::kFile || status.identity.size > kMostManifestBytes) {
    return Damaged(path);
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, fs->OpenInput(path));
  std::string text(static_cast<size_t>(file->size()), 0);
  ARROW_RETURN_NOT_OK(file->ReadAt(0, file->size(), text.data()));
  return BackupManifest::Parse(text, path);
}

arrow::Status WriteBackupManifest(FileSystem* fs, const BackupManifest& manifest,
                                  const std::string& path, bool sync) {
  const std::string text = manifest.ToText();
  ARROW_ASSIGN_OR_RAISE(auto file, fs->CreateOutput(path));
  ARROW_RETURN_NOT_OK(file->Append(text.data(), static_cast<int64_t>(text.size())));
  if (sync) ARROW_RETURN_NOT_OK(file->Sync());
  ARROW_RETURN_NOT_OK(file->Close());
  return sync ? fs->SyncDirectory(path.substr(0, path.rfind('/'))) : arrow::Status::OK();
}

arrow::Result<uint64_t> EndChecksum(FileSystem* fs, const std::string& path,
                                    int64_t size) {
  ARROW_ASSIGN_OR_RAISE(const auto file, fs->OpenInput(path));
  std::string end(static_cast<size_t>(std::min(size, kEndBytes)), 0);
  const auto length = static_cast<int64_t>(end.size());
  ARROW_RETURN_NOT_OK(file->ReadAt(size - length, length, end.data()));
  return Checksum(end.data(), end.size());
}

arrow::Status MoveWaitingManifest(FileSystem* fs, const std::string& dataset,
                                  const std::string& swapped_out, bool sync) {
  const std::string waiting = dataset + "/" + kWaitingManifest;
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->StatLink(waiting));
  if (!status.exists) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(fs->Rename(waiting, BackupManifestPath(swapped_out)));
  return sync ? fs->SyncDirectory(swapped_out) : arrow::Status::OK();
}

}  // namespace planish
