// SPDX-License-Identifier: Apache-2.0
#include "property/foreign_files.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "support/parquet_files.h"

namespace planish {
namespace {

namespace stdfs = std::filesystem;

void Write(const stdfs::path& path, const std::string& bytes) {
  stdfs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

arrow::Status ForeignFiles::Add(const std::string& path, const std::string& bytes) {
  if (!bytes_.emplace(path, bytes).second) return arrow::Status::OK();
  Write(stdfs::path(directory_) / path, bytes);
  const std::string name = stdfs::path(path).filename().string();
  if (!name.starts_with('.') && !name.starts_with('_')) ++num_visible_;
  return arrow::Status::OK();
}

arrow::Result<ForeignFiles> ForeignFiles::Sprinkle(const std::string& directory,
                                                   RandomSource* random) {
  ForeignFiles foreign(directory);
  ARROW_ASSIGN_OR_RAISE(const BytesByPath data, ReadBytes(directory));
  for (const auto& [path, bytes] : data) {
    const stdfs::path parent = stdfs::path(path).parent_path();
    // Backups: what they hold must not count as rows.
    for (const char* suffix : {".bak", "~", ".tmp.1f3a", ".gz", ".crc"}) {
      if (random->OneIn(4)) ARROW_RETURN_NOT_OK(foreign.Add(path + suffix, bytes));
    }
    for (const char* name : {"README.md", "data.csv", "manifest.json", "Makefile",
                             "_SUCCESS", "_metadata.bak", ".hidden.parquet"}) {
      if (!random->OneIn(4)) continue;
      ARROW_RETURN_NOT_OK(foreign.Add((parent / name).string(), "id\n1\n"));
    }
  }
  if (random->OneIn(2)) {
    ARROW_RETURN_NOT_OK(foreign.Add("notes/part=x/1.txt", "nothing"));
  }
  return foreign;
}

testing::AssertionResult ForeignFiles::TakeBack() const {
  for (const auto& [path, bytes] : bytes_) {
    const std::string place = (stdfs::path(directory_) / path).string();
    const auto found = ReadFileBytes(place);
    if (!found.ok()) return testing::AssertionFailure() << path << " is gone";
    if (*found != bytes) return testing::AssertionFailure() << path << " has changed";
    stdfs::remove(place);
  }
  return testing::AssertionSuccess();
}

arrow::Status ForeignFiles::AddTableLog(RandomSource* random) {
  const auto log = random->Pick<std::string>(
      {"_delta_log/00000000000000000000.json", "metadata/v1.metadata.json",
       ".hoodie/hoodie.properties", "_symlink_format_manifest/manifest",
       "_versions/1.manifest", "_spark_metadata/0"});
  const bool is_hidden = log.front() == '.' || log.front() == '_';
  const int64_t visible = num_visible_;
  ARROW_RETURN_NOT_OK(Add(log, "{}"));
  if (is_hidden) num_visible_ = visible;
  return arrow::Status::OK();
}

}  // namespace planish
