// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "arrow/util/compression.h"
#include "base/error_builder.h"
#include "base/memory_budget.h"
#include "planish/local_path.h"
#include "planish/quantities.h"
#include "planish/run_context.h"
#include "planish/writer_options.h"

namespace planish {
namespace {

struct CodecName {
  const char* name;
  arrow::Compression::type type;
};

constexpr std::array<CodecName, 6> kCodecs = {{{"none", arrow::Compression::UNCOMPRESSED},
                                               {"snappy", arrow::Compression::SNAPPY},
                                               {"gzip", arrow::Compression::GZIP},
                                               {"brotli", arrow::Compression::BROTLI},
                                               {"zstd", arrow::Compression::ZSTD},
                                               {"lz4", arrow::Compression::LZ4}}};

arrow::Status ValidateLevel(arrow::Compression::type codec, const std::string& name,
                            int level) {
  if (!arrow::util::Codec::SupportsCompressionLevel(codec)) {
    return Error(ErrorKind::kInvalidOption, "codec has no `compression_level`: " + name)
        .Hint("leave out `compression_level`");
  }
  ARROW_ASSIGN_OR_RAISE(int least, arrow::util::Codec::MinimumCompressionLevel(codec));
  ARROW_ASSIGN_OR_RAISE(int most, arrow::util::Codec::MaximumCompressionLevel(codec));
  if (level < least || level > most) {
    return Error(ErrorKind::kInvalidOption,
                 "`compression_level` out of range: " + std::to_string(level))
        .Fact("allowed",
              std::to_string(least) + " to " + std::to_string(most) + " for " + name);
  }
  return arrow::Status::OK();
}

arrow::Status ValidateAmount(const char* option, const std::optional<int64_t>& amount) {
  if (!amount || *amount >= 1) return arrow::Status::OK();
  return Error(
      ErrorKind::kInvalidOption,
      "`" + std::string(option) + "` must be at least 1: " + std::to_string(*amount));
}

arrow::Status ValidateChunks(const RunContext& context) {
  const ChunkMode mode = context.chunk;
  const std::string named = std::string("`chunk=") + ChunkModeName(mode) + "`";
  const bool takes_rows = mode == ChunkMode::kAuto || mode == ChunkMode::kRows;
  if (context.chunk_rows && !takes_rows) {
    return Error(ErrorKind::kInvalidOption,
                 named + " and `chunk_rows` exclude each other")
        .Hint("`chunk_rows` goes with `chunk=auto` or `chunk=rows`");
  }
  const bool takes_bytes = mode == ChunkMode::kAuto || mode == ChunkMode::kBytes;
  if (context.chunk_bytes && !takes_bytes) {
    return Error(ErrorKind::kInvalidOption,
                 named + " and `chunk_bytes` exclude each other")
        .Hint("`chunk_bytes` goes with `chunk=auto` or `chunk=bytes`");
  }
  if (mode == ChunkMode::kBytes && !context.chunk_bytes) {
    return Error(ErrorKind::kInvalidOption, "`chunk=bytes` without `chunk_bytes`")
        .Hint("say how many, for example `chunk_bytes=64MB`");
  }
  return arrow::Status::OK();
}

}  // namespace

const char* ChunkModeName(ChunkMode mode) {
  switch (mode) {
    case ChunkMode::kAuto:
      return "auto";
    case ChunkMode::kRows:
      return "rows";
    case ChunkMode::kBytes:
      return "bytes";
    case ChunkMode::kRowGroup:
      return "row-group";
    case ChunkMode::kFile:
      return "file";
    case ChunkMode::kOff:
      return "off";
  }
  return "auto";
}

arrow::Status RunContext::Validate() const {
  if (threads < 0) {
    return Error(ErrorKind::kInvalidOption,
                 "`threads` must not be negative: " + std::to_string(threads))
        .Hint("0 takes one thread for each processor");
  }
  ARROW_RETURN_NOT_OK(CheckLocalPath(temp_dir, "temp_dir"));
  if (memory_limit < MemoryBudget::kMinimumLimit) {
    return MemoryBudget::Make(memory_limit).status();
  }
  if (retry_delay.count() < 0) {
    return Error(ErrorKind::kInvalidOption, "retry_delay must not be negative: " +
                                                std::to_string(retry_delay.count()) +
                                                " ms");
  }
  ARROW_RETURN_NOT_OK(ValidateAmount("temp_limit", temp_limit));
  ARROW_RETURN_NOT_OK(ValidateAmount("chunk_rows", chunk_rows));
  ARROW_RETURN_NOT_OK(ValidateAmount("chunk_bytes", chunk_bytes));
  return ValidateChunks(*this);
}

arrow::Status WriterOptions::Validate() const {
  if (compression.empty()) {
    if (!compression_level.has_value()) return arrow::Status::OK();
    return Error(ErrorKind::kInvalidOption, "`compression_level` without `compression`")
        .Hint("name the codec too, for example `compression=zstd`");
  }
  const auto* codec =
      std::find_if(kCodecs.begin(), kCodecs.end(),
                   [&](const CodecName& known) { return compression == known.name; });
  if (codec == kCodecs.end()) {
    return Error(ErrorKind::kInvalidOption, "unknown `compression`: " + compression)
        .Fact("allowed", "none, snappy, gzip, brotli, zstd, lz4");
  }
  if (!arrow::util::Codec::IsAvailable(codec->type)) {
    return Error(ErrorKind::kInvalidOption,
                 "compression not built into this Arrow: " + compression)
        .Hint("choose another codec, or an Arrow built with it");
  }
  if (!compression_level.has_value()) return arrow::Status::OK();
  return ValidateLevel(codec->type, compression, *compression_level);
}

}  // namespace planish
