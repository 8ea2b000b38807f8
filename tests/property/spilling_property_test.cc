// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "property/dedup_case.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/random_source.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// What a text key looks like: packed in one of three forms, or digested.
enum class KeyShape { kNumber, kHex, kShort, kLong, kMixed };

std::string TextOf(KeyShape shape, int key) {
  char hex[33];
  std::snprintf(hex, sizeof(hex), "%032x", static_cast<unsigned>(key) * 2654435761U);
  switch (shape) {
    case KeyShape::kShort:
      return "k" + std::to_string(key);
    case KeyShape::kLong:
      return "a key of more than fifteen bytes, " + std::to_string(key);
    case KeyShape::kMixed:
      // The first rows look like digests.
      return key % 97 == 13 ? "something else entirely" : hex;
    default:
      return hex;
  }
}

class SpillingProperty : public testing::TestWithParam<int> {
 protected:
  arrow::Status WriteRandomDataset() {
    shape_ = random_.Pick({KeyShape::kNumber, KeyShape::kHex, KeyShape::kShort,
                           KeyShape::kLong, KeyShape::kMixed});
    const int num_keys = random_.Pick({50'000, 150'000, 1'000'000'000});
    const bool hot_key = random_.OneIn(3);
    const int num_files = random_.Between(1, 3);
    for (int file = 0; file < num_files; ++file) {
      arrow::Int64Builder numbers, order;
      arrow::StringBuilder texts;
      const int rows = random_.Between(250'000, 300'000) / num_files;
      for (int row = 0; row < rows; ++row) {
        const int key = hot_key && !random_.OneIn(5) ? 7 : random_.Below(num_keys);
        ARROW_RETURN_NOT_OK(numbers.Append(key));
        ARROW_RETURN_NOT_OK(texts.Append(TextOf(shape_, key)));
        ARROW_RETURN_NOT_OK(order.Append(random_.Below(5)));
      }
      ARROW_ASSIGN_OR_RAISE(auto number_array, numbers.Finish());
      ARROW_ASSIGN_OR_RAISE(auto text_array, texts.Finish());
      ARROW_ASSIGN_OR_RAISE(auto order_array, order.Finish());
      const auto schema = arrow::schema({arrow::field("number", arrow::int64()),
                                         arrow::field("text", arrow::utf8()),
                                         arrow::field("order", arrow::int64())});
      WriteSpec spec;
      spec.row_group_rows = random_.Between(5'000, 100'000);
      // A dictionary of a megabyte a thread would leave records no memory at all.
      spec.dictionary = false;
      spec.data_page_bytes = 64 << 10;
      ARROW_RETURN_NOT_OK(WriteParquet(
          *arrow::Table::Make(schema, {number_array, text_array, order_array}),
          directory_ / ("in/part-" + std::to_string(file) + ".parquet"), spec));
    }
    return arrow::Status::OK();
  }

  DedupOptions RandomQuestion() {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {shape_ == KeyShape::kNumber ? "number" : "text"};
    options.keep = random_.Pick({Keep::kFirst, Keep::kLast, Keep::kNone});
    if (options.keep != Keep::kNone && random_.OneIn(2)) options.order_by = {"-order"};
    return options;
  }

  void Try() {
    ASSERT_OK(WriteRandomDataset());
    DedupOptions options = RandomQuestion();
    options.output = directory_ / "plain";
    ASSERT_OK_AND_ASSIGN(const Report plain, Dedup(options, DedupCase::PlainContext()));
    ASSERT_EQ(plain.scratch.spilled_bytes, 0);
    ASSERT_OK_AND_ASSIGN(const BytesByPath expected, ReadBytes(options.output));

    RunContext context;
    context.sync = false;
    context.threads = random_.Between(1, 3);
    context.memory_limit = int64_t{random_.Between(4000, 5500)} << 10;
    context.chunk = random_.Pick({ChunkMode::kAuto, ChunkMode::kRowGroup});
    options.output = directory_ / "spilled";
    SCOPED_TRACE(std::to_string(context.threads) + " threads, limit " +
                 std::to_string(context.memory_limit) + ", shape " +
                 std::to_string(static_cast<int>(shape_)));
    ASSERT_OK_AND_ASSIGN(const Report spilled, Dedup(options, context));
    EXPECT_GT(spilled.scratch.spilled_bytes, 0);
    EXPECT_EQ(spilled.rows_kept, plain.rows_kept);
    ASSERT_OK_AND_ASSIGN(const BytesByPath actual, ReadBytes(options.output));
    ASSERT_EQ(expected.size(), actual.size());
    for (const auto& [path, bytes] : expected) {
      ASSERT_EQ(actual.count(path), 1U) << path;
      EXPECT_TRUE(bytes == actual.at(path)) << path << " differs";
    }
    // Scratch is gone.
    ASSERT_OK_AND_ASSIGN(const auto left, LocalFileSystem()->List(directory_.path()));
    EXPECT_EQ(left.size(), 3U);
  }

  /// Sorted by key, with repetitions, in files that touch each other now and then.
  arrow::Status WriteSortedDataset() {
    int64_t key = -100'000;
    for (int file = 0; file < 4; ++file) {
      arrow::Int64Builder numbers;
      for (int row = 0; row < 80'000; ++row) {
        key += random_.Below(3);
        ARROW_RETURN_NOT_OK(numbers.Append(key));
      }
      ARROW_ASSIGN_OR_RAISE(auto array, numbers.Finish());
      WriteSpec spec;
      spec.row_group_rows = 10'000;
      spec.dictionary = false;
      ARROW_RETURN_NOT_OK(WriteParquet(
          *arrow::Table::Make(arrow::schema({arrow::field("number", arrow::int64())}),
                              {array}),
          directory_ / ("in/part-" + std::to_string(file) + ".parquet"), spec));
    }
    return arrow::Status::OK();
  }

  RandomSource random_{PropertySeed(GetParam(), 0)};
  KeyShape shape_ = KeyShape::kNumber;
  TempDir directory_;
};

TEST_P(SpillingProperty, OutputOfASpilledRunIsTheSameByteForByte) {
  Try();
}

TEST_P(SpillingProperty, WhatIsSortedIsDecidedPartByPartAndSpillsNothing) {
  ASSERT_OK(WriteSortedDataset());
  DedupOptions options;
  options.dataset.inputs = {directory_ / "in"};
  options.key = {"number"};
  options.output = directory_ / "plain";
  ASSERT_OK_AND_ASSIGN(const Report plain, Dedup(options, DedupCase::PlainContext()));
  EXPECT_EQ(plain.engine.batches, 1);
  ASSERT_OK_AND_ASSIGN(const BytesByPath expected, ReadBytes(options.output));
  RunContext context;
  context.sync = false;
  context.threads = random_.Between(1, 2);
  context.memory_limit = int64_t{5} << 20;
  for (const bool key_ranges : {true, false}) {
    options.output = directory_ / (key_ranges ? "by_range" : "at_once");
    options.optimizations.key_ranges = key_ranges;
    ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, context));
    EXPECT_EQ(report.engine.batches > 1, key_ranges);
    EXPECT_EQ(report.scratch.spilled_bytes == 0, key_ranges);
    EXPECT_EQ(report.engine.records, plain.engine.records);
    ASSERT_OK_AND_ASSIGN(const BytesByPath actual, ReadBytes(options.output));
    EXPECT_TRUE(expected == actual);
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, SpillingProperty, testing::Range(0, 12));

}  // namespace
}  // namespace planish
