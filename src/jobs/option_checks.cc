// SPDX-License-Identifier: Apache-2.0
#include "jobs/option_checks.h"

#include <filesystem>
#include <set>

#include "base/error_builder.h"
#include "dataset/glob.h"
#include "dataset/path_patterns.h"
#include "dataset/table_log.h"
#include "jobs/pipeline.h"
#include "planish/local_path.h"
#include "planish/quantities.h"

namespace planish {

std::string JoinNames(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

arrow::Status CheckNames(const std::vector<std::string>& names, const char* option) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty()) {
      return Error(ErrorKind::kInvalidOption,
                   "`" + std::string(option) + "` has an empty column name")
          .Fact("given", JoinNames(names));
    }
    if (!seen.insert(name).second) {
      return Error(
          ErrorKind::kInvalidOption,
          "`" + std::string(option) + "` names a column twice: \"" + name + "\"");
    }
  }
  return arrow::Status::OK();
}

arrow::Status CheckPatterns(const std::vector<std::string>& include,
                            const std::vector<std::string>& exclude) {
  ARROW_RETURN_NOT_OK(CheckPathPatterns(include, "include"));
  return CheckPathPatterns(exclude, "exclude");
}

arrow::Status CheckIsDirectory(FileSystem* fs, const std::string& path,
                               const char* what) {
  ARROW_ASSIGN_OR_RAISE(const FileStatus status, fs->Stat(path));
  const std::string name = what;
  if (status.exists && status.kind == EntryKind::kDirectory) return arrow::Status::OK();
  if (status.exists) {
    return Error(ErrorKind::kInvalidOption, name + " is not a directory: " + path)
        .Hint("name the directory that the dataset's files are in");
  }
  if (HasWildcard(path)) {
    return Error(ErrorKind::kInvalidOption,
                 name + " is a directory, and cannot be a pattern: " + path)
        .Hint("name the directory; `include` and `exclude` choose files in it");
  }
  return Error(ErrorKind::kMissingPath, name + " does not exist: " + path)
      .Hint("check the path");
}

arrow::Status CheckOutsideTables(FileSystem* fs, const std::string& path,
                                 bool ignore_table_log, const char* what) {
  if (ignore_table_log || path.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto log, FindTableLogAbove(fs, path, /*or_is=*/true));
  return RefuseTableLog(log, what, path);
}

arrow::Status CheckLocalPaths(const std::vector<std::string>& paths, const char* option) {
  for (const std::string& path : paths) {
    ARROW_RETURN_NOT_OK(CheckLocalPath(path, option));
  }
  return arrow::Status::OK();
}

arrow::Status CheckInPlaceOptions(const InPlaceOptions& options, bool in_place,
                                  bool allow_symlinks) {
  std::vector<std::string> given;
  if (options.publish == PublishMode::kSwap) given.push_back("`publish=swap`");
  if (!options.keep_backup.empty()) given.push_back("`keep_backup`");
  if (options.lock_timeout.count() != 0) given.push_back("`lock_timeout`");
  if (!in_place && !given.empty()) {
    std::string names = given.front();
    for (size_t i = 1; i < given.size(); ++i) {
      names += (i + 1 < given.size() ? ", " : " and ") + given[i];
    }
    const bool one = given.size() == 1;
    return Error(ErrorKind::kInvalidOption,
                 names + (one ? " needs `in_place`" : " need `in_place`"))
        .Hint(std::string("leave ") + (one ? "it" : "them") +
              " out, or ask for `in_place`");
  }
  ARROW_RETURN_NOT_OK(CheckLocalPath(options.keep_backup, "keep_backup"));
  if (options.lock_timeout.count() < 0) {
    return Error(ErrorKind::kInvalidOption, "`lock_timeout` must not be negative");
  }
  if (allow_symlinks && options.publish == PublishMode::kSwap) {
    return Error(ErrorKind::kInvalidOption,
                 "`publish=swap` cannot take symbolic links along")
        .Hint("leave out `allow_symlinks` or `publish=swap`");
  }
  return arrow::Status::OK();
}

arrow::Status CheckRetries(OnError on_error, const std::optional<int>& retries) {
  if (!retries) return arrow::Status::OK();
  if (on_error != OnError::kRetry) {
    return Error(ErrorKind::kInvalidOption,
                 "`retries` has no effect without `on_error=retry`")
        .Hint("leave out `retries`, or set `on_error=retry`");
  }
  if (*retries < 1) {
    return Error(ErrorKind::kInvalidOption,
                 "`retries` must be at least 1: " + std::to_string(*retries));
  }
  return arrow::Status::OK();
}

arrow::Status CheckOutsideInputs(const std::string& output,
                                 const std::vector<std::string>& inputs) {
  if (output.empty()) return arrow::Status::OK();
  const auto place = std::filesystem::path(output).lexically_normal();
  for (const std::string& input : inputs) {
    const auto way =
        place.lexically_relative(std::filesystem::path(input).lexically_normal());
    const bool outside = way.empty() || *way.begin() == ".." || way == ".";
    if (outside) continue;
    return Error(ErrorKind::kInvalidOption, "`output` lies within an input: " + output)
        .Fact("input", input)
        .Hint("name a directory outside, or ask for `in_place`");
  }
  return arrow::Status::OK();
}

void DescribeFileChoice(const std::vector<std::string>& include,
                        const std::vector<std::string>& exclude, bool ignore_table_log,
                        bool allow_symlinks,
                        std::map<std::string, std::string>* described) {
  (*described)["include"] = JoinNames(include);
  (*described)["exclude"] = JoinNames(exclude);
  (*described)["ignore-table-log"] = ignore_table_log ? "on" : "off";
  (*described)["allow-symlinks"] = allow_symlinks ? "on" : "off";
}

void DescribeRun(const WriterOptions& writer, const RunContext& context,
                 std::map<std::string, std::string>* described) {
  auto& options = *described;
  options["compression"] = writer.compression.empty() ? "inherit" : writer.compression;
  if (writer.compression_level) {
    options["compression-level"] = std::to_string(*writer.compression_level);
  }
  options["threads"] = std::to_string(ResolveThreads(context.threads));
  options["memory-limit"] = FormatByteSize(context.memory_limit);
  options["chunk"] = ChunkModeName(context.chunk);
  options["sync"] = context.sync ? "on" : "off";
  if (!context.temp_dir.empty()) options["temp-dir"] = context.temp_dir;
  if (context.temp_limit) options["temp-limit"] = FormatByteSize(*context.temp_limit);
  if (context.chunk_rows) options["chunk-rows"] = std::to_string(*context.chunk_rows);
  if (context.chunk_bytes) options["chunk-bytes"] = FormatByteSize(*context.chunk_bytes);
}

}  // namespace planish
