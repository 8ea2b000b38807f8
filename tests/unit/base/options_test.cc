// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/memory_budget.h"
#include "planish/run_context.h"
#include "planish/writer_options.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

TEST(RunContextTest, IsValidAsItIs) {
  EXPECT_OK(RunContext().Validate());
}

TEST(RunContextTest, RefusesNegativeThreads) {
  RunContext context;
  context.threads = -1;
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
}

TEST(RunContextTest, RefusesAMemoryLimitThatNoBudgetTakes) {
  RunContext context;
  context.memory_limit = MemoryBudget::kMinimumLimit;
  EXPECT_OK(context.Validate());
  context.memory_limit = MemoryBudget::kMinimumLimit - 1;
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
}

TEST(RunContextTest, RefusesChunksWithoutRows) {
  RunContext context;
  context.chunk_rows = 0;
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
  context.chunk_rows = 1;
  EXPECT_OK(context.Validate());
}

TEST(RunContextTest, RefusesChunksAndScratchWithoutBytes) {
  RunContext context;
  context.chunk_bytes = 0;
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
  context.chunk_bytes = 1;
  EXPECT_OK(context.Validate());
  context.temp_limit = -1;
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
  context.temp_limit = 1;
  EXPECT_OK(context.Validate());
}

TEST(RunContextTest, RefusesSizesThatTheChunkModeDoesNotUse) {
  const auto valid = [](ChunkMode mode, bool rows, bool bytes) {
    RunContext context;
    context.chunk = mode;
    if (rows) context.chunk_rows = 1000;
    if (bytes) context.chunk_bytes = 1000;
    return context.Validate().ok();
  };
  EXPECT_TRUE(valid(ChunkMode::kAuto, true, true));
  EXPECT_TRUE(valid(ChunkMode::kRows, false, false));
  EXPECT_TRUE(valid(ChunkMode::kRows, true, false));
  EXPECT_FALSE(valid(ChunkMode::kRows, true, true));
  EXPECT_TRUE(valid(ChunkMode::kBytes, false, true));
  EXPECT_FALSE(valid(ChunkMode::kBytes, false, false));
  EXPECT_FALSE(valid(ChunkMode::kBytes, true, true));
  for (const ChunkMode mode : {ChunkMode::kRowGroup, ChunkMode::kFile, ChunkMode::kOff}) {
    EXPECT_TRUE(valid(mode, false, false)) << ChunkModeName(mode);
    EXPECT_FALSE(valid(mode, true, false)) << ChunkModeName(mode);
    EXPECT_FALSE(valid(mode, false, true)) << ChunkModeName(mode);
  }
}

TEST(WriterOptionsTest, IsValidAsItIs) {
  EXPECT_OK(WriterOptions().Validate());
}

TEST(WriterOptionsTest, TakesTheCodecsItNames) {
  for (const char* name : {"none", "snappy", "gzip", "brotli", "zstd", "lz4"}) {
    WriterOptions options;
    options.compression = name;
    EXPECT_OK(options.Validate()) << name;
  }
}

TEST(WriterOptionsTest, RefusesAnyOtherCodec) {
  for (const char* name : {"lzo", "bz2", "ZSTD", "zstd ", "uncompressed"}) {
    WriterOptions options;
    options.compression = name;
    EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption) << name;
  }
}

TEST(WriterOptionsTest, RefusesALevelWithoutACodec) {
  WriterOptions options;
  options.compression_level = 3;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
}

TEST(WriterOptionsTest, RefusesALevelThatTheCodecHasNot) {
  WriterOptions options;
  options.compression = "zstd";
  options.compression_level = 3;
  EXPECT_OK(options.Validate());
  options.compression_level = 99;
  EXPECT_EQ(FormatError(options.Validate()).substr(0, 36),
            "`compression_level` out of range: 99");
  options.compression = "snappy";
  options.compression_level = 1;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
}

}  // namespace
}  // namespace planish
