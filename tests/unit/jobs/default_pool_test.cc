// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arrow/array/array_dict.h"
#include "arrow/builder.h"
#include "arrow/memory_pool.h"
#include "arrow/table.h"
#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/merge.h"
#include "planish/stream.h"
#include "support/arrow_assertions.h"
#include "support/ipc_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

// What a run takes from Arrow's default pool, its budget does not see.

namespace planish {
namespace {

constexpr int64_t kRows = 50'000;
/// Schemas are serialized there, and statistics turned into scalars.
constexpr int64_t kTrifle = 64 << 10;

class DefaultPoolTest : public testing::Test {
 protected:
  /// Bytes that `run` takes from the default pool, given back or not.
  static int64_t Taken(const std::function<void()>& run) {
    const int64_t before = arrow::default_memory_pool()->total_bytes_allocated();
    run();
    return arrow::default_memory_pool()->total_bytes_allocated() - before;
  }

  /// Rows of every kind that takes another way: numbers, texts, dictionaries, nested.
  static arrow::Result<std::shared_ptr<arrow::Table>> Rows(int64_t distinct) {
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    arrow::StringDictionary32Builder codes;
    arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO),
                                  arrow::default_memory_pool());
    auto item = std::make_shared<arrow::Int32Builder>();
    arrow::ListBuilder lists(arrow::default_memory_pool(), item);
    for (int64_t row = 0; row < kRows; ++row) {
      const int64_t id = row * 7919 % distinct;
      ARROW_RETURN_NOT_OK(ids.Append(id));
      ARROW_RETURN_NOT_OK(texts.Append("a text of some length, " + std::to_string(id)));
      ARROW_RETURN_NOT_OK(codes.Append("code " + std::to_string(id % 1000)));
      ARROW_RETURN_NOT_OK(times.Append(row));
      ARROW_RETURN_NOT_OK(lists.Append());
      ARROW_RETURN_NOT_OK(item->Append(static_cast<int32_t>(row)));
    }
    ARROW_ASSIGN_OR_RAISE(auto id_array, ids.Finish());
    ARROW_ASSIGN_OR_RAISE(auto text_array, texts.Finish());
    ARROW_ASSIGN_OR_RAISE(auto code_array, codes.Finish());
    ARROW_ASSIGN_OR_RAISE(auto time_array, times.Finish());
    ARROW_ASSIGN_OR_RAISE(auto list_array, lists.Finish());
    const auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                                       arrow::field("text", arrow::utf8()),
                                       arrow::field("code", code_array->type()),
                                       arrow::field("time", time_array->type()),
                                       arrow::field("list", list_array->type())});
    return arrow::Table::Make(schema,
                              {id_array, text_array, code_array, time_array, list_array});
  }

  arrow::Status WriteDataset() {
    ARROW_ASSIGN_OR_RAISE(auto rows, Rows(kRows * 9 / 10));
    WriteSpec spec;
    spec.row_group_rows = kRows / 4;
    ARROW_RETURN_NOT_OK(WriteParquet(*rows, directory_ / "in/a.parquet", spec));
    ARROW_RETURN_NOT_OK(WriteParquet(*rows, directory_ / "in/b.parquet", spec));
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows->CombineChunksToBatch());
    return WriteIpc({batch}, directory_ / "in/c.arrow", IpcFormat::kFile);
  }

  RunContext Context() const {
    RunContext context;
    context.sync = false;
    context.threads = 2;
    context.temp_dir = directory_ / "scratch";
    return context;
  }

  static const std::vector<std::vector<std::string>>& Keys() {
    static const std::vector<std::vector<std::string>> keys = {
        {"id"}, {"text"}, {"code", "id"}, {"list"}, {}};
    return keys;
  }

  TempDir directory_;
};

TEST_F(DefaultPoolTest, DedupAndCheckTakeNextToNothingFromIt) {
  ASSERT_OK(WriteDataset());
  int number = 0;
  for (const auto& key : Keys()) {
    for (const bool ordered : {false, true}) {
      DedupOptions options;
      options.dataset.inputs = {directory_ / "in"};
      options.key = key;
      if (ordered) options.order_by = {"-time", "code"};
      options.output = directory_ / ("out-" + std::to_string(number++));
      EXPECT_LT(Taken([&] { ASSERT_OK(Dedup(options, Context()).status()); }), kTrifle)
          << testing::PrintToString(key) << ordered;
    }
    CheckOptions check;
    check.dataset.inputs = {directory_ / "in"};
    check.key = key;
    EXPECT_LT(Taken([&] { ASSERT_OK(Check(check, Context()).status()); }), kTrifle)
        << testing::PrintToString(key);
  }
}

TEST_F(DefaultPoolTest, NeitherDoInspectAndTheReferenceEngine) {
  ASSERT_OK(WriteDataset());
  DatasetOptions dataset;
  dataset.inputs = {directory_ / "in/a.parquet", directory_ / "in/b.parquet"};
  EXPECT_LT(Taken([&] { ASSERT_OK(Inspect(dataset, Context()).status()); }), kTrifle);
  DedupOptions options;
  options.dataset = dataset;
  options.engine = Engine::kReference;
  options.key = {"text"};
  options.output = directory_ / "out";
  EXPECT_LT(Taken([&] { ASSERT_OK(Dedup(options, Context()).status()); }), kTrifle);
}

TEST_F(DefaultPoolTest, NeitherDoMerges) {
  ASSERT_OK(WriteDataset());
  ASSERT_OK_AND_ASSIGN(auto rows, Rows(kRows * 2));
  WriteSpec spec;
  spec.row_group_rows = kRows / 4;
  ASSERT_OK(WriteParquet(*rows, directory_ / "source/a.parquet", spec));
  std::filesystem::remove(directory_ / "in/c.arrow");
  int number = 0;
  for (const Engine engine : {Engine::kAuto, Engine::kReference}) {
    for (const char* newer_by : {"", "time"}) {
      MergeOptions options;
      options.target = directory_ / "in";
      options.source.inputs = {directory_ / "source"};
      options.key = {"id"};
      options.newer_by = newer_by;
      options.engine = engine;
      options.output = directory_ / ("out-" + std::to_string(number++));
      EXPECT_LT(Taken([&] { ASSERT_OK(Merge(options, Context()).status()); }), kTrifle)
          << number << newer_by;
    }
  }
}

TEST_F(DefaultPoolTest, NeitherDoStreams) {
  ASSERT_OK(WriteDataset());
  ASSERT_OK_AND_ASSIGN(auto rows, Rows(kRows * 9 / 10));
  for (const auto& key : Keys()) {
    for (const Keep keep : {Keep::kFirst, Keep::kLast}) {
      StreamDedupOptions options;
      options.key = key;
      options.keep = keep;
      EXPECT_LT(Taken([&] {
                  auto source = std::make_shared<arrow::TableBatchReader>(*rows);
                  ASSERT_OK_AND_ASSIGN(auto reader,
                                       DedupStream(source, options, Context()));
                  ASSERT_OK(reader->ToTable().status());
                }),
                kTrifle)
          << testing::PrintToString(key) << static_cast<int>(keep);
    }
    StreamDedupOptions options;
    options.key = key;
    EXPECT_LT(Taken([&] {
                auto source = std::make_shared<arrow::TableBatchReader>(*rows);
                ASSERT_OK(FindDuplicates(source, options, Context()).status());
              }),
              kTrifle)
        << testing::PrintToString(key);
    DedupOptions dataset;
    dataset.dataset.inputs = {directory_ / "in"};
    dataset.key = key;
    EXPECT_LT(Taken([&] {
                ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(dataset, Context()));
                ASSERT_OK(reader->ToTable().status());
              }),
              kTrifle)
        << testing::PrintToString(key);
  }
}

}  // namespace
}  // namespace planish
