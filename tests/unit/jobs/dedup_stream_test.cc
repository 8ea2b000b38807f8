// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "base/arrow_casts.h"
#include "planish/stream.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Batches = arrow::RecordBatchVector;

std::shared_ptr<arrow::Schema> IdAndText() {
  return arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
}

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    arrays.push_back(arrow::json::ArrayFromJSONString(
                         schema->field(static_cast<int>(i))->type(), columns[i])
                         .ValueOrDie());
  }
  return arrow::RecordBatch::Make(schema, arrays[0]->length(), arrays);
}

/// Counts how often it was asked.
class CountingReader : public arrow::RecordBatchReader {
 public:
  CountingReader(std::shared_ptr<arrow::Schema> schema, Batches batches)
      : schema_(std::move(schema)), batches_(std::move(batches)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (failure.has_value() && num_read == failure->first) return failure->second;
    *batch = num_read < batches_.size() ? batches_[num_read] : nullptr;
    ++num_read;
    return arrow::Status::OK();
  }

  size_t num_read = 0;
  std::optional<std::pair<size_t, arrow::Status>> failure;

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const Batches batches_;
};

class DedupStreamTest : public testing::Test {
 protected:
  RunContext WithScratch(int64_t memory_limit = int64_t{64} << 20) const {
    RunContext context;
    context.memory_limit = memory_limit;
    context.temp_dir = directory_.path();
    context.threads = 2;
    return context;
  }
  static std::shared_ptr<CountingReader> ThreeBatches() {
    return std::make_shared<CountingReader>(
        IdAndText(), Batches{BatchOf(IdAndText(), {"[1, 2, 1]", R"(["a", "b", "c"])"}),
                             BatchOf(IdAndText(), {"[2, 1]", R"(["d", "e"])"}),
                             BatchOf(IdAndText(), {"[3, null]", R"(["f", "g"])"})});
  }
  static std::vector<std::string> Texts(const arrow::Table& table) {
    std::vector<std::string> texts;
    const auto combined = table.CombineChunksToBatch().ValueOrDie();
    const auto& column =
        static_cast<const arrow::StringArray&>(*combined->GetColumnByName("text"));
    for (int64_t i = 0; i < column.length(); ++i) texts.push_back(column.GetString(i));
    return texts;
  }
  static StreamDedupOptions ById() {
    StreamDedupOptions options;
    options.key = {"id"};
    return options;
  }
  /// What is left in the directory for scratch.
  bool ScratchIsEmpty() const { return std::filesystem::is_empty(directory_.path()); }

  TempDir directory_;
};

TEST_F(DedupStreamTest, FirstRowsComeOutBeforeTheSourceIsReadOn) {
  auto source = ThreeBatches();
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, ById()));
  EXPECT_EQ(source->num_read, 0u);
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  EXPECT_EQ(source->num_read, 1u);
  EXPECT_EQ(batch->num_rows(), 2);
  // The second batch has nothing new.
  ASSERT_OK(reader->ReadNext(&batch));
  EXPECT_EQ(source->num_read, 3u);
  EXPECT_EQ(batch->num_rows(), 2);
  ASSERT_OK(reader->ReadNext(&batch));
  EXPECT_EQ(batch, nullptr);
  EXPECT_EQ(reader->spooled_rows(), 0);
  EXPECT_EQ(reader->report().rows_in, 7);
  EXPECT_EQ(reader->report().rows_kept, 4);
  EXPECT_EQ(reader->report().rows_dropped, 3);
}

TEST_F(DedupStreamTest, LastRowsAndOrdersGoThroughScratch) {
  const auto texts = [&](const StreamDedupOptions& options) {
    auto reader = DedupStream(ThreeBatches(), options, WithScratch()).ValueOrDie();
    const auto table = reader->ToTable().ValueOrDie();
    EXPECT_EQ(reader->spooled_rows(), 7);
    EXPECT_GT(reader->report().scratch.spilled_bytes, 0);
    EXPECT_TRUE(ScratchIsEmpty());
    return Texts(*table);
  };
  StreamDedupOptions options = ById();
  options.keep = Keep::kLast;
  EXPECT_EQ(texts(options), (std::vector<std::string>{"d", "e", "f", "g"}));
  options.keep = Keep::kNone;
  EXPECT_EQ(texts(options), (std::vector<std::string>{"f", "g"}));
  options.keep = Keep::kFirst;
  options.order_by = {"-text"};
  EXPECT_EQ(texts(options), (std::vector<std::string>{"d", "e", "f", "g"}));
  options.order_by = {"text"};
  EXPECT_EQ(texts(options), (std::vector<std::string>{"a", "b", "f", "g"}));
}

TEST_F(DedupStreamTest, KeysThatDoNotFitGoThroughScratch) {
  constexpr int kRows = 30'000;
  Batches batches;
  for (int begin = 0; begin < kRows; begin += 100) {
    arrow::Int64Builder ids;
    arrow::StringBuilder texts;
    for (int i = begin; i < begin + 100; ++i) {
      ASSERT_OK(ids.Append(i));
      ASSERT_OK(
          texts.Append(std::string(300, 'x') + std::to_string(i % 30 == 29 ? i / 2 : i)));
    }
    batches.push_back(arrow::RecordBatch::Make(
        IdAndText(), 100, {ids.Finish().ValueOrDie(), texts.Finish().ValueOrDie()}));
  }
  const auto run = [&](int64_t memory_limit) {
    StreamDedupOptions options;
    options.key = {"text"};
    auto source = std::make_shared<CountingReader>(IdAndText(), batches);
    return DedupStream(source, options, WithScratch(memory_limit)).ValueOrDie();
  };
  // In lockstep, because batches that are kept count.
  auto roomy = run(int64_t{256} << 20), tight = run(int64_t{8} << 20);
  std::shared_ptr<arrow::RecordBatch> expected, actual;
  do {
    ASSERT_OK(roomy->ReadNext(&expected));
    ASSERT_OK(tight->ReadNext(&actual));
    ASSERT_EQ(expected == nullptr, actual == nullptr);
    if (actual != nullptr) {
      ASSERT_TRUE(actual->Equals(*expected));
    }
  } while (actual != nullptr);
  EXPECT_EQ(roomy->spooled_rows(), 0);
  EXPECT_GT(tight->spooled_rows(), 10'000);
  EXPECT_LT(tight->spooled_rows(), kRows);
  EXPECT_LT(tight->report().rows_kept, kRows);
  EXPECT_TRUE(ScratchIsEmpty());
}

TEST_F(DedupStreamTest, WithoutScratchKeysThatDoNotFitAreAnError) {
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < 100'000; ++i) ASSERT_OK(ids.Append(i));
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  auto source = std::make_shared<CountingReader>(
      schema,
      Batches{arrow::RecordBatch::Make(schema, 100'000, {ids.Finish().ValueOrDie()})});
  RunContext context;
  context.memory_limit = int64_t{1} << 20;
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, ById(), context));
  std::shared_ptr<arrow::RecordBatch> batch;
  EXPECT_ERROR_KIND(reader->ReadNext(&batch), ErrorKind::kMemoryLimit);
}

TEST_F(DedupStreamTest, WithoutScratchWhatNeedsItIsRefusedAtOnce) {
  StreamDedupOptions options = ById();
  options.keep = Keep::kLast;
  EXPECT_ERROR_KIND(DedupStream(ThreeBatches(), options), ErrorKind::kInvalidOption);
}

TEST_F(DedupStreamTest, AFullScratchIsAnErrorAndNothingOnStandardError) {
  StreamDedupOptions options = ById();
  options.keep = Keep::kLast;
  RunContext context = WithScratch();
  context.temp_limit = 100;
  testing::internal::CaptureStderr();
  {
    ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(ThreeBatches(), options, context));
    std::shared_ptr<arrow::RecordBatch> batch;
    EXPECT_ERROR_KIND(reader->ReadNext(&batch), ErrorKind::kDiskFull);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(ScratchIsEmpty());
}

TEST_F(DedupStreamTest, EveryTypeComesOutAsItWentIn) {
  ASSERT_OK(RegisterCasts());
  auto text = arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["a", "b", "a", null])")
                  .ValueOrDie();
  arrow::ArrayVector columns = {
      text,
      arrow::compute::DictionaryEncode(text).ValueOrDie().make_array(),
      arrow::compute::RunEndEncode(text).ValueOrDie().make_array(),
      arrow::json::ArrayFromJSONString(arrow::utf8_view(),
                                       R"(["a", "b", "longer than twelve", null])")
          .ValueOrDie(),
      arrow::json::ArrayFromJSONString(arrow::month_day_nano_interval(),
                                       "[[1, 2, 3], [4, 5, 6], null, [7, 8, 9]]")
          .ValueOrDie(),
      arrow::json::ArrayFromJSONString(
          arrow::dense_union(
              {arrow::field("i", arrow::int8()), arrow::field("s", arrow::utf8())}),
          R"([[0, 1], [1, "b"], [0, null], [1, "d"]])")
          .ValueOrDie(),
      arrow::json::ArrayFromJSONString(arrow::float16(), "[1, 2, 3, null]").ValueOrDie()};
  arrow::FieldVector fields;
  for (const auto& column : columns) {
    fields.push_back(arrow::field("c" + std::to_string(fields.size()), column->type()));
  }
  const auto schema = arrow::schema(fields);
  const auto batch = arrow::RecordBatch::Make(schema, 4, columns);
  for (const std::string key : {"c0", "c1", "c2"}) {
    for (const Keep keep : {Keep::kFirst, Keep::kLast}) {
      StreamDedupOptions options;
      options.key = {key};
      options.keep = keep;
      auto source = std::make_shared<CountingReader>(schema, Batches{batch});
      ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, options, WithScratch()));
      ASSERT_TRUE(reader->schema()->Equals(*schema));
      ASSERT_OK_AND_ASSIGN(const Batches kept, reader->ToRecordBatches());
      ASSERT_EQ(kept.size(), 1u);
      ASSERT_OK(kept[0]->ValidateFull());
      ASSERT_EQ(kept[0]->num_rows(), 3);
      for (int column = 0; column < batch->num_columns(); ++column) {
        for (const int row : {1, 3}) {
          const int place = row == 3 ? 2 : keep == Keep::kFirst ? 1 : 0;
          ASSERT_OK_AND_ASSIGN(auto expected, batch->column(column)->GetScalar(row));
          ASSERT_OK_AND_ASSIGN(auto actual, kept[0]->column(column)->GetScalar(place));
          EXPECT_TRUE(expected->Equals(*actual)) << schema->field(column)->ToString();
        }
      }
    }
  }
}

TEST_F(DedupStreamTest, RefusesKeysThatNoRuleComparesBeforeReading) {
  const auto schema = arrow::schema(
      {arrow::field("u", arrow::sparse_union({arrow::field("i", arrow::int8())}))});
  auto source = std::make_shared<CountingReader>(schema, Batches{});
  EXPECT_ERROR_KIND(DedupStream(source, {}), ErrorKind::kUnsupported);
  StreamDedupOptions options;
  options.key = {"nobody"};
  EXPECT_ERROR_KIND(DedupStream(ThreeBatches(), options), ErrorKind::kMissingColumn);
  EXPECT_EQ(source->num_read, 0u);
}

TEST_F(DedupStreamTest, OptionsThatContradictEachOtherAreRefused) {
  StreamDedupOptions options = ById();
  options.keep = Keep::kNone;
  options.order_by = {"text"};
  EXPECT_ERROR_KIND(DedupStream(ThreeBatches(), options, WithScratch()),
                    ErrorKind::kInvalidOption);
}

TEST_F(DedupStreamTest, ErrorsOfTheSourceStay) {
  for (const Keep keep : {Keep::kFirst, Keep::kLast}) {
    auto source = ThreeBatches();
    source->failure = {2, arrow::Status::IOError("the cable broke")};
    StreamDedupOptions options = ById();
    options.keep = keep;
    ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, options, WithScratch()));
    std::shared_ptr<arrow::RecordBatch> batch;
    arrow::Status status;
    while ((status = reader->ReadNext(&batch)).ok()) ASSERT_NE(batch, nullptr);
    EXPECT_NE(status.ToString().find("the cable broke"), std::string::npos);
    EXPECT_EQ(reader->ReadNext(&batch), status);
    EXPECT_TRUE(ScratchIsEmpty());
  }
}

TEST_F(DedupStreamTest, StopsWhenTheCallerWants) {
  const std::atomic<bool> cancel{true};
  RunContext context = WithScratch();
  context.cancel = &cancel;
  EXPECT_ERROR_KIND(DedupStream(ThreeBatches(), ById(), context), ErrorKind::kCancelled);
}

TEST_F(DedupStreamTest, BatchesMayOutliveTheReader) {
  std::shared_ptr<arrow::RecordBatch> batch;
  {
    StreamDedupOptions options = ById();
    options.keep = Keep::kLast;
    ASSERT_OK_AND_ASSIGN(auto reader,
                         DedupStream(ThreeBatches(), options, WithScratch()));
    ASSERT_OK(reader->ReadNext(&batch));
  }
  EXPECT_TRUE(ScratchIsEmpty());
  EXPECT_TRUE(batch->Equals(*BatchOf(IdAndText(), {"[2, 1]", R"(["d", "e"])"})));
}

TEST_F(DedupStreamTest, EmptyStreamsKeepTheirSchema) {
  for (const Keep keep : {Keep::kFirst, Keep::kLast}) {
    StreamDedupOptions options = ById();
    options.keep = keep;
    auto source = std::make_shared<CountingReader>(IdAndText(), Batches{});
    ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, options, WithScratch()));
    ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
    EXPECT_EQ(table->num_rows(), 0);
    EXPECT_TRUE(table->schema()->Equals(*IdAndText()));
  }
}

TEST_F(DedupStreamTest, BatchOfAnotherSchemaIsAnError) {
  const auto other = arrow::schema({arrow::field("id", arrow::int32())});
  auto source =
      std::make_shared<CountingReader>(IdAndText(), Batches{BatchOf(other, {"[1]"})});
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, ById()));
  EXPECT_ERROR_KIND(reader->ToTable(), ErrorKind::kSchemaMismatch);
}

TEST_F(DedupStreamTest, BatchesThatDoNotCountMayBeKeptBeyondTheLimit) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  constexpr int64_t kRows = 256 * 1024, kBatches = 8;
  Batches batches;
  for (int64_t batch = 0; batch < kBatches; ++batch) {
    arrow::Int64Builder ids;
    for (int64_t row = 0; row < kRows; ++row)
      ASSERT_OK(ids.Append(row * kBatches + batch));
    ASSERT_OK_AND_ASSIGN(auto array, ids.Finish());
    batches.push_back(arrow::RecordBatch::Make(schema, kRows, {array}));
  }
  StreamDedupOptions options;
  options.key = {"id"};
  options.keep = Keep::kLast;
  for (const bool count : {true, false}) {
    RunContext context = WithScratch(int64_t{8} << 20);
    context.count_lent_batches = count;
    auto source = std::make_shared<CountingReader>(schema, batches);
    ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(source, options, context));
    const auto table = reader->ToTable();
    if (count) {
      EXPECT_TRUE(table.status().IsOutOfMemory()) << table.status();
    } else {
      ASSERT_OK(table.status());
      EXPECT_EQ((*table)->num_rows(), kRows * kBatches);
    }
  }
}

}  // namespace
}  // namespace planish
