// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "planish/merge.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr int kGroups = 16;
constexpr int kRows = 6'000;  ///< of a row group

/// Row groups of about 240 KB each, a row in ten with the key of the row before, and
/// texts that do not compress.
arrow::Status WriteDuplicates(const std::string& path) {
  RandomSource random(5);
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  for (int row = 0; row < kGroups * kRows; ++row) {
    ARROW_RETURN_NOT_OK(ids.Append(row % 10 == 9 ? row - 1 : row));
    std::string text(30, ' ');
    for (char& letter : text) letter = static_cast<char>(random.Between(1, 127));
    ARROW_RETURN_NOT_OK(texts.Append(text));
  }
  ARROW_ASSIGN_OR_RAISE(auto id_array, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(auto text_array, texts.Finish());
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  WriteSpec spec;
  spec.row_group_rows = kRows;
  spec.dictionary = false;
  spec.data_page_bytes = 16 << 10;
  return WriteParquet(*arrow::Table::Make(schema, {id_array, text_array}), path, spec);
}

/// Two threads, the one of which sleeps now and then while it writes: as it does where
/// somebody else is busy.
RunContext HeldUp(int64_t memory_limit) {
  RunContext context;
  context.sync = false;
  context.threads = 2;
  context.memory_limit = memory_limit;
  context.on_progress = [](const Progress& progress) {
    if (progress.stage == "rewrite") {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return arrow::Status::OK();
  };
  return context;
}

TEST(RewriteMemoryTest, NothingGoesToScratchBecauseTheThreadThatWritesIsHeldUp) {
  TempDir directory;
  ASSERT_OK(WriteDuplicates(directory / "in/a.parquet"));
  DedupOptions options;
  options.dataset.inputs = {directory / "in"};
  options.key = {"id"};
  options.output = directory / "out";
  // An eighth, where chunks wait, has room for a few row groups.
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, HeldUp(5 << 20)));
  EXPECT_EQ(report.engine.decoded_column_chunks, 2 * kGroups);
  EXPECT_EQ(report.scratch.spilled_bytes, 0);
}

TEST(RewriteMemoryTest, NorInAMerge) {
  TempDir directory;
  ASSERT_OK(WriteDuplicates(directory / "target/a.parquet"));
  MergeOptions options;
  options.target = directory / "target";
  options.source.inputs = {directory / "source"};
  options.key = {"id"};
  options.strategy = MergeStrategy::kDelete;
  options.output = directory / "out";
  // Some rows of each row group go.
  arrow::Int64Builder rows;
  for (int64_t row = 0; row < kGroups * kRows; row += 5) ASSERT_OK(rows.Append(row));
  ASSERT_OK_AND_ASSIGN(auto ids, rows.Finish());
  ASSERT_OK(WriteParquet(
      *arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64())}), {ids}),
      directory / "source/a.parquet"));
  ASSERT_OK_AND_ASSIGN(const Report report, Merge(options, HeldUp(6 << 20)));
  EXPECT_EQ(report.row_groups.transcoded, kGroups);
  for (const StageReport& stage : report.stages) {
    // What precedes may take pairs of rows there, whoever is busy.
    if (stage.name == "rewrite") {
      EXPECT_EQ(stage.spilled_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace planish
