// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "arrow/builder.h"
#include "support/random_source.h"
#include "unit/jobs/merge_cases.h"

// Merges of which neither side fits into memory.

namespace planish {
namespace {

constexpr int64_t kTargetRows = 300'000;
constexpr int64_t kSourceRows = 200'000;

/// Keys in no order: each of [0, num_rows) times `factor`, and a payload.
arrow::Result<std::shared_ptr<arrow::Table>> Shuffled(int64_t num_rows, int64_t factor,
                                                      const std::string& prefix) {
  std::vector<int64_t> keys;
  for (int64_t i = 0; i < num_rows; ++i) keys.push_back(i * factor);
  RandomSource random(7);
  random.Shuffle(&keys);
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  ARROW_RETURN_NOT_OK(ids.AppendValues(keys));
  for (const int64_t key : keys) {
    ARROW_RETURN_NOT_OK(names.Append(prefix + std::to_string(key)));
  }
  ARROW_ASSIGN_OR_RAISE(auto id, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(auto name, names.Finish());
  return arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64()),
                                           arrow::field("name", arrow::utf8())}),
                            {id, name});
}

class MergeMemory : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(MergeMemory, TheResultIsTheSameByteForByteInLittleMemory) {
  MergeRoom room;
  WriteSpec spec;
  spec.row_group_rows = 10'000;
  // Tables that find values again take more than all the rest.
  spec.dictionary = false;
  ASSERT_OK_AND_ASSIGN(const auto target, Shuffled(kTargetRows, 1, "old "));
  ASSERT_OK_AND_ASSIGN(const auto source, Shuffled(kSourceRows, 3, "new "));
  ASSERT_OK(WriteParquet(target, room / "target/a.parquet", spec));
  ASSERT_OK(WriteParquet(source, room / "source/s.parquet", spec));
  MergeOptions options = room.Options(MergeStrategy::kUpsert, GetParam());
  RunContext context = MergeRoom::Context();
  ASSERT_OK_AND_ASSIGN(const Report plain, Merge(options, context));
  EXPECT_EQ(plain.merge->passes, 1);
  EXPECT_EQ(plain.scratch.spilled_bytes, 0);
  options.output = room / "little";
  context.memory_limit = int64_t{24} << 20;
  ASSERT_OK_AND_ASSIGN(const Report little, Merge(options, context));
  EXPECT_GT(little.merge->passes, 1);
  // By name and id nothing matches, so there are no rows to bring into order.
  EXPECT_EQ(little.scratch.spilled_bytes > 0, plain.merge->updated > 0);
  EXPECT_EQ(little.merge->updated, plain.merge->updated);
  EXPECT_EQ(little.merge->inserted, plain.merge->inserted);
  for (const char* name : {"/a.parquet", "/merge-000001-00000.parquet"}) {
    ASSERT_OK_AND_ASSIGN(const std::string expected, ReadFileBytes(room.result() + name));
    ASSERT_OK_AND_ASSIGN(const std::string actual, ReadFileBytes(options.output + name));
    EXPECT_TRUE(expected == actual) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, MergeMemory,
                         testing::Values(std::vector<std::string>{"id"},
                                         std::vector<std::string>{"name", "id"}));

}  // namespace
}  // namespace planish
