// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "arrow/builder.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "support/arrow_assertions.h"
#include "support/damage.h"
#include "support/faulty_file_system.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Datasets of `id` and `name` in row groups of 2 rows, every page with its checksum.
class SkippedChunksTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& rows) {
    const auto schema = arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())});
    WriteSpec spec;
    spec.row_group_rows = 2;
    spec.page_checksums = true;
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(schema, rows));
    ASSERT_OK(WriteParquet(table, directory_ / ("in/" + name), spec));
  }

  DedupOptions Options() const {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"id"};
    options.output = directory_ / "out";
    return options;
  }

  static RunContext Context() {
    RunContext context;
    context.threads = 2;
    context.sync = false;
    context.retry_delay = std::chrono::milliseconds(1);
    return context;
  }

  std::vector<std::string> NamesLeft() const {
    std::vector<std::string> names;
    const auto table = ReadDataset(directory_ / "out");
    EXPECT_OK(table.status());
    if (!table.ok()) return names;
    const auto column = (*table)->GetColumnByName("name");
    for (int64_t i = 0; i < column->length(); ++i) {
      names.push_back(column->GetScalar(i).ValueOrDie()->ToString());
    }
    return names;
  }

  /// "file:row group", of files their names alone.
  static std::vector<std::string> Places(const Report& report) {
    std::vector<std::string> places;
    for (const SkippedChunk& chunk : report.skipped) {
      places.push_back(std::filesystem::path(chunk.file).filename().string() + ":" +
                       std::to_string(chunk.row_group));
    }
    return places;
  }

  TempDir directory_;
};

TEST_F(SkippedChunksTest, RowsOfAnUnreadableKeyBeatNoOthers) {
  Write("a.parquet", R"([[1, "a"], [2, "b"], [3, "c"], [4, "d"]])");
  Write("b.parquet", R"([[1, "e"], [3, "f"]])");
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 0, 0));
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(Options(), Context()));
  EXPECT_THAT(Places(report), ElementsAre("a.parquet:0"));
  EXPECT_EQ(report.skipped[0].rows, 2);
  EXPECT_EQ(report.skipped[0].column, "id");
  EXPECT_EQ(report.rows_in, 6);
  EXPECT_EQ(report.rows_kept + report.rows_dropped, 4);
  EXPECT_THAT(NamesLeft(), ElementsAre("c", "d", "e"));
}

TEST_F(SkippedChunksTest, RowsThatCannotBeWrittenBeatNoOthers) {
  // [1 1] is mixed, so its names are decoded, and cannot be. That sets b's [1 5] free.
  Write("a.parquet", R"([[1, "a"], [1, "b"], [3, "c"], [4, "d"]])");
  Write("b.parquet", R"([[1, "e"], [5, "f"]])");
  Write("c.parquet", R"([[5, "g"], [6, "h"]])");
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 0, 1));
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    DedupOptions options = Options();
    options.engine = engine;
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, Context()));
    EXPECT_THAT(Places(report), ElementsAre("a.parquet:0"));
    EXPECT_THAT(NamesLeft(), ElementsAre("c", "d", "e", "f", "h"));
    EXPECT_EQ(report.row_groups.skipped, 1);
    std::filesystem::remove_all(options.output);
  }
}

TEST_F(SkippedChunksTest, OneSkipCanLeadToAnother) {
  // Without a's [1 1], b's [1 2] is no longer dropped but mixed with c's [2 9]; its names
  // are decoded only then.
  Write("a.parquet", R"([[1, "a"], [1, "b"], [2, "c"], [9, "d"]])");
  Write("b.parquet", R"([[1, "e"], [2, "f"]])");
  Write("c.parquet", R"([[1, "g"], [2, "h"]])");
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 0, 1));
  ASSERT_OK(DamageColumnChunk(directory_ / "in/b.parquet", 0, 1));
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(Options(), Context()));
  EXPECT_THAT(Places(report), ElementsAre("a.parquet:0", "b.parquet:0"));
  EXPECT_EQ(report.files.skipped, 1);
  EXPECT_THAT(NamesLeft(), ElementsAre("c", "d", "g"));
}

TEST_F(SkippedChunksTest, TakesDamageAlongThatNobodyHadToRead) {
  Write("a.parquet", R"([[1, "a"], [2, "b"]])");
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 0, 1));
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(Options(), Context()));
  EXPECT_TRUE(report.skipped.empty());
  EXPECT_EQ(*ReadFileBytes(directory_ / "out/a.parquet"),
            *ReadFileBytes(directory_ / "in/a.parquet"));
}

TEST_F(SkippedChunksTest, ARowGroupScannedInPartTakesNoPart) {
  // Several pages, of which the last is damaged: most rows are read before the error.
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < 200'000; ++i) ASSERT_OK(ids.Append(i));
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64())}), {ids.Finish().ValueOrDie()});
  WriteSpec spec;
  spec.dictionary = false;
  spec.page_checksums = true;
  spec.data_page_bytes = 64 << 10;
  ASSERT_OK(WriteParquet(table, directory_ / "in/a.parquet", spec));
  ASSERT_OK(WriteParquet(table->Slice(0, 1000), directory_ / "in/b.parquet", spec));
  ASSERT_OK(DamageColumnChunk(directory_ / "in/a.parquet", 0, 0));
  for (const bool inline_keys : {true, false}) {
    DedupOptions options = Options();
    options.optimizations.inline_keys = inline_keys;
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, Context()));
    EXPECT_THAT(Places(report), ElementsAre("a.parquet:0"));
    EXPECT_EQ(report.rows_kept, 1000);
    EXPECT_EQ(report.rows_dropped, 0);
    std::filesystem::remove_all(options.output);
  }
  CheckOptions check;
  check.dataset = Options().dataset;
  ASSERT_OK_AND_ASSIGN(const CheckResult result, Check(check, Context()));
  EXPECT_EQ(result.duplicated_keys, 0);
  EXPECT_THAT(Places(result.report), ElementsAre("a.parquet:0"));
}

TEST_F(SkippedChunksTest, EndsTheRunForWhatConcernsAllOfIt) {
  Write("a.parquet", R"([[1, "a"]])");
  ASSERT_OK_AND_ASSIGN(auto other,
                       TableFromJson(arrow::schema({arrow::field("id", arrow::utf8()),
                                                    arrow::field("name", arrow::utf8())}),
                                     R"([["1", "a"]])"));
  ASSERT_OK(WriteParquet(other, directory_ / "in/b.parquet"));
  EXPECT_ERROR_KIND(Dedup(Options(), Context()), ErrorKind::kSchemaMismatch);
  DedupOptions options = Options();
  options.dataset.inputs = {directory_ / "in/a.parquet", directory_ / "in/nothing"};
  EXPECT_ERROR_KIND(Dedup(options, Context()), ErrorKind::kMissingPath);
  options.dataset.inputs = {directory_ / "in/a.parquet"};
  options.key = {"nothing"};
  EXPECT_ERROR_KIND(Dedup(options, Context()), ErrorKind::kMissingColumn);
  std::filesystem::create_directories(directory_ / "out/full");
  EXPECT_ERROR_KIND(Dedup(Options(), Context()), ErrorKind::kOutputExists);
}

TEST_F(SkippedChunksTest, RefusesRetriesThatWouldHaveNoEffect) {
  DedupOptions options = Options();
  options.retries = 2;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
  options.on_error = OnError::kRetry;
  EXPECT_OK(options.Validate());
  options.retries = 0;
  EXPECT_ERROR_KIND(options.Validate(), ErrorKind::kInvalidOption);
  CheckOptions check;
  check.dataset.inputs = {"in"};
  check.retries = 2;
  EXPECT_ERROR_KIND(check.Validate(), ErrorKind::kInvalidOption);
  RunContext context;
  context.retry_delay = std::chrono::milliseconds(-1);
  EXPECT_ERROR_KIND(context.Validate(), ErrorKind::kInvalidOption);
}

TEST_F(SkippedChunksTest, CallsBackOnTheCallersThreadAlone) {
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::to_string(10 + i) + ".parquet";
    Write(name, R"([[1, "a"], [2, "b"], [3, "c"], [4, "d"]])");
    ASSERT_OK(DamageColumnChunk(directory_ / ("in/" + name), 1, 0));
  }
  const std::thread::id caller = std::this_thread::get_id();
  int64_t calls = 0;
  std::vector<std::string> messages;
  RunContext context = Context();
  context.threads = 4;
  context.on_progress = [&](const Progress&) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++calls;
    return arrow::Status::OK();
  };
  context.on_log = [&](LogLevel level, const std::string& message) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    if (level == LogLevel::kWarning) messages.push_back(message);
  };
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(Options(), context));
  EXPECT_EQ(report.skipped.size(), 20U);
  EXPECT_GE(calls, 4) << "a stage at least";
  ASSERT_EQ(messages.size(), 20U);
  EXPECT_THAT(messages[0], HasSubstr("skipped row group 1 of "));
  EXPECT_THAT(messages[0], HasSubstr("column id"));
}

}  // namespace
}  // namespace planish
