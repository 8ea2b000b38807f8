// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

#include "cli/arguments.h"
#include "cli/messages.h"
#include "planish/local_path.h"
#include "planish/quantities.h"

namespace planish::cli {
namespace {

constexpr char kRunGroup[] = "How it runs (never changes a result)";
constexpr char kMemoryGroup[] = "Memory, scratch and chunks (never change a result)";

/// For "50%"; 0 if the system does not tell.
int64_t PhysicalMemory() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && page_bytes > 0 ? pages * page_bytes : 0;
}

/// `whole` is what a percentage is of; 0 if there is no such thing.
CLI::Option* AddSize(CLI::App* verb, const std::string& flag, int64_t whole,
                     const std::function<void(int64_t)>& set, const std::string& text) {
  auto parse = [flag, whole, set](const std::string& given) {
    const auto bytes = ParseByteSize(given, whole);
    if (!bytes.ok()) {
      const std::string share = whole > 0 ? ", or a percentage up to 100%" : "";
      throw CLI::ValidationError(
          flag,
          "must be a size above 0, such as 64MB, 2G or 1.5GiB" + share + ": " + given);
    }
    set(*bytes);
  };
  return verb->add_option_function<std::string>(flag, parse, text)
      ->type_name("SIZE")
      ->group(kMemoryGroup);
}

void AddChunkOptions(CLI::App* verb, RunContext* context) {
  AddChoice<ChunkMode>(
      verb, "--chunk", &context->chunk,
      {{"auto", ChunkMode::kAuto},
       {"rows", ChunkMode::kRows},
       {"bytes", ChunkMode::kBytes},
       {"row-group", ChunkMode::kRowGroup},
       {"file", ChunkMode::kFile},
       {"off", ChunkMode::kOff}},
      "What a thread takes at a time; auto goes by the size of rows and the memory left, "
      "off takes everything at once, on one thread")
      ->group(kMemoryGroup);
  verb->add_option_function<int64_t>(
          "--chunk-rows", [context](int64_t rows) { context->chunk_rows = rows; },
          "Most rows of a chunk, with --chunk rows (where " +
              FormatCount(RunContext::kDefaultChunkRows) + " is the default) or auto")
      ->type_name("N")
      ->check(WholeNumber(1))
      ->group(kMemoryGroup);
  AddSize(
      verb, "--chunk-bytes", 0,
      [context](int64_t bytes) { context->chunk_bytes = bytes; },
      "Most bytes of a chunk in its file, with --chunk bytes or auto");
}

const char* FlagOf(ChunkMode mode) {
  switch (mode) {
    case ChunkMode::kAuto:
      return "--chunk auto";
    case ChunkMode::kRows:
      return "--chunk rows";
    case ChunkMode::kBytes:
      return "--chunk bytes";
    case ChunkMode::kRowGroup:
      return "--chunk row-group";
    case ChunkMode::kFile:
      return "--chunk file";
    case ChunkMode::kOff:
      return "--chunk off";
  }
  return "--chunk";
}

bool AreChunksUsable(const RunContext& context, const std::string& verb) {
  const ChunkMode mode = context.chunk;
  const std::string flag = FlagOf(mode);
  if (context.chunk_rows && mode != ChunkMode::kAuto && mode != ChunkMode::kRows) {
    PrintUsageError(flag + " and --chunk-rows exclude each other", verb,
                    "--chunk-rows goes with --chunk auto or rows");
    return false;
  }
  if (context.chunk_bytes && mode != ChunkMode::kAuto && mode != ChunkMode::kBytes) {
    PrintUsageError(flag + " and --chunk-bytes exclude each other", verb,
                    "--chunk-bytes goes with --chunk auto or bytes");
    return false;
  }
  if (!context.chunk_bytes && mode == ChunkMode::kBytes) {
    PrintUsageError("--chunk bytes without --chunk-bytes", verb,
                    "say how many, for example --chunk-bytes 64MB");
    return false;
  }
  return true;
}

/// Whether a file would get in among the data of a directory.
bool IsInside(const std::string& path, const std::string& data) {
  if (data.empty() || path.empty()) return false;
  std::error_code error;
  const auto directory =
      std::filesystem::absolute(path, error).lexically_normal().parent_path();
  auto place = std::filesystem::absolute(data, error).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  const auto below = directory.lexically_relative(place);
  return !below.empty() && *below.begin() != "..";
}

bool AreReportsOutside(const RunArguments& arguments,
                       const std::vector<std::string>& data, const std::string& verb) {
  for (const auto& [flag, path] : {std::pair("--report", arguments.report),
                                   std::pair("--metrics", arguments.metrics)}) {
    for (const std::string& directory : data) {
      if (!IsInside(path, directory)) continue;
      PrintUsageError(std::string(flag) + " lies among the data: " + path, verb,
                      "put it elsewhere: " + directory + " is for data alone");
      return false;
    }
  }
  return true;
}

}  // namespace

void AddMemoryLimit(CLI::App* verb, RunContext* context) {
  AddSize(
      verb, "--memory-limit", PhysicalMemory(),
      [context](int64_t bytes) { context->memory_limit = bytes; },
      "Memory to stay below, such as 512MB, 2G, 4GiB, or 50% of the machine's")
      ->default_str(FormatByteSize(context->memory_limit));
}

void AddRunOptions(CLI::App* verb, RunArguments* arguments) {
  RunContext* context = &arguments->context;
  verb->add_option("--threads", context->threads,
                   "Worker threads; 0 for one per processor")
      ->type_name("N")
      ->default_str(std::to_string(context->threads))
      ->check(WholeNumber(0, 4096))
      ->group(kRunGroup);
  AddMemoryLimit(verb, context);
  verb->add_option("--temp-dir", context->temp_dir,
                   "Where to put what does not fit in memory; otherwise beside the "
                   "output, or without one where the system puts such files")
      ->type_name("DIR")
      ->group(kMemoryGroup);
  AddSize(
      verb, "--temp-limit", 0, [context](int64_t bytes) { context->temp_limit = bytes; },
      "Most that may be put there at a time; otherwise what the disk holds");
  AddChunkOptions(verb, context);
}

bool AreRunOptionsUsable(const RunArguments& arguments,
                         const std::vector<std::string>& data, const std::string& verb) {
  const std::string& temp_dir = arguments.context.temp_dir;
  std::error_code error;
  if (!temp_dir.empty() && std::filesystem::exists(temp_dir, error) &&
      !std::filesystem::is_directory(temp_dir, error)) {
    PrintUsageError("--temp-dir is not a directory: " + temp_dir, verb,
                    "name a directory, or leave it out");
    return false;
  }
  if (!arguments.report.empty() && arguments.report == arguments.metrics) {
    PrintUsageError("--report and --metrics name one file: " + arguments.report, verb,
                    "give each a file of its own");
    return false;
  }
  for (const auto& [option, path] :
       {std::pair("report", arguments.report), std::pair("metrics", arguments.metrics)}) {
    const arrow::Status local = CheckLocalPath(path, option);
    if (local.ok()) continue;
    Fail(local);
    return false;
  }
  if (arguments.metrics.empty() && !arguments.metric_labels.empty()) {
    PrintUsageError("--metrics-label without --metrics", verb,
                    "name the file with --metrics FILE, or leave it out");
    return false;
  }
  if (!AreReportsOutside(arguments, data, verb)) return false;
  return AreChunksUsable(arguments.context, verb);
}

void UseSystemTempDir(RunContext* context) {
  if (!context->temp_dir.empty()) return;
  std::error_code error;
  context->temp_dir = std::filesystem::temp_directory_path(error).string();
}

}  // namespace planish::cli
