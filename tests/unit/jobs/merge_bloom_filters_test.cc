// SPDX-License-Identifier: Apache-2.0
// Bloom filters of what a merge writes: they are where the target's files have them, and
// deny no value that is there.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "arrow/io/file.h"
#include "parquet/bloom_filter.h"
#include "parquet/bloom_filter_reader.h"
#include "parquet/file_reader.h"
#include "unit/jobs/merge_cases.h"

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Schema(
    const std::shared_ptr<arrow::DataType>& number = arrow::int64()) {
  return arrow::schema({field("id", arrow::int64()), field("n", number),
                        field("s", arrow::utf8()),
                        field("l", arrow::list(arrow::utf8()))});
}

class MergeBloomFilters : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (!BloomFiltersWritable()) GTEST_SKIP() << "needs a newer Arrow";
    spec_.bloom_filter_columns = {"id", "n", "s", "l.list.element"};
  }
  void Upsert() {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    ASSERT_OK(room_.Run(options));
  }
  /// Of a leaf column in the first row group; null if it has none.
  std::unique_ptr<parquet::BloomFilter> Filter(const std::string& name, int leaf) {
    return FilterOf(room_.result() + "/" + name, leaf);
  }
  std::unique_ptr<parquet::BloomFilter> FilterOf(const std::string& path, int leaf) {
    reader_ = parquet::ParquetFileReader::OpenFile(path);
    const auto group = reader_->GetBloomFilterReader().RowGroup(0);
    return group == nullptr ? nullptr : group->GetColumnBloomFilter(leaf);
  }
  static bool Holds(const parquet::BloomFilter& filter, const std::string& text) {
    const parquet::ByteArray bytes(text);
    return filter.FindHash(filter.Hash(&bytes));
  }
  static bool Holds(const parquet::BloomFilter& filter, int64_t number) {
    return filter.FindHash(filter.Hash(number));
  }

  MergeRoom room_;
  WriteSpec spec_;
  std::unique_ptr<parquet::ParquetFileReader> reader_;
};

TEST_P(MergeBloomFilters, NewFilesHaveThoseOfTheTarget) {
  ASSERT_OK(room_.Target(Schema(), R"([[1, 10, "a", ["p"]]])", "a.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), R"([[2, 20, "b", ["q", "r"]], [3, 30, null, []]])"));
  Upsert();
  const auto ids = Filter("merge-000001-00000.parquet", 0);
  ASSERT_NE(ids, nullptr);
  EXPECT_TRUE(Holds(*ids, int64_t{2}));
  EXPECT_TRUE(Holds(*ids, int64_t{3}));
  EXPECT_FALSE(Holds(*ids, int64_t{1}));
  // As large as its values need, however many there might have been.
  EXPECT_LE(ids->GetBitsetSize(), 1024U);
  const auto elements = Filter("merge-000001-00000.parquet", 3);
  ASSERT_NE(elements, nullptr);
  EXPECT_TRUE(Holds(*elements, "q"));
  EXPECT_TRUE(Holds(*elements, "r"));
}

TEST_P(MergeBloomFilters, NewFilesHaveNoneWhereTheTargetHasNone) {
  spec_.bloom_filter_columns = {"s"};
  ASSERT_OK(room_.Target(Schema(), R"([[1, 10, "a", ["p"]]])", "a.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), R"([[2, 20, "b", ["q"]]])"));
  Upsert();
  EXPECT_EQ(Filter("merge-000001-00000.parquet", 0), nullptr);
  EXPECT_NE(Filter("merge-000001-00000.parquet", 2), nullptr);
}

TEST_P(MergeBloomFilters, ChangedColumnsHaveTheirNewValuesInThem) {
  ASSERT_OK(room_.Target(
      Schema(), R"([[1, 10, "a", ["p"]], [2, 20, "b", ["q"]], [3, 30, "c", ["r"]]])",
      "a.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), R"([[2, 22, "B", ["Q"]]])"));
  Upsert();
  const auto numbers = Filter("a.parquet", 1);
  ASSERT_NE(numbers, nullptr);
  for (const int64_t number : {10, 22, 30}) EXPECT_TRUE(Holds(*numbers, number));
  const auto texts = Filter("a.parquet", 2);
  ASSERT_NE(texts, nullptr);
  for (const char* const text : {"a", "B", "c"}) EXPECT_TRUE(Holds(*texts, text));
  EXPECT_FALSE(Holds(*texts, "nowhere"));
  const auto elements = Filter("a.parquet", 3);
  ASSERT_NE(elements, nullptr);
  for (const char* const text : {"p", "Q", "r"}) EXPECT_TRUE(Holds(*elements, text));
}

TEST_P(MergeBloomFilters, RetypedColumnsHaveThemOfTheirNewType) {
  ASSERT_OK(room_.Target(Schema(arrow::int32()),
                         R"([[1, 10, "a", ["p"]], [2, 20, "b", ["q"]]])", "a.parquet",
                         spec_));
  ASSERT_OK(room_.Target(Schema(), R"([[3, 30, "c", ["r"]]])", "b.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), R"([[2, 5000000000, "b", ["q"]]])"));
  Upsert();
  const auto numbers = Filter("a.parquet", 1);
  ASSERT_NE(numbers, nullptr);
  EXPECT_TRUE(Holds(*numbers, int64_t{10}));
  EXPECT_TRUE(Holds(*numbers, int64_t{5'000'000'000}));
}

TEST_P(MergeBloomFilters, AFilterThatGetsTooFullGoes) {
  std::string rows = R"([1, 1, "a", []])", news;
  constexpr int kRows = 4000;
  for (int i = 2; i < kRows; ++i) rows += ",[" + std::to_string(i) + R"(, 1, "a", []])";
  for (int i = 1; i < kRows; ++i) {
    news += (i == 1 ? "[" : ",[") + std::to_string(i) + "," + std::to_string(i) +
            R"(, "a", []])";
  }
  ASSERT_OK(room_.Target(Schema(), "[" + rows + "]", "a.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), "[" + news + "]"));
  const auto before = FilterOf(room_.target() + "/a.parquet", 1);
  ASSERT_NE(before, nullptr);
  EXPECT_LE(before->GetBitsetSize(), 1024U) << "is that of a single value";
  Upsert();
  EXPECT_EQ(room_.counts().updated, kRows - 2);
  const auto numbers = Filter("a.parquet", 1);
  if (GetParam() == Engine::kAuto) {
    EXPECT_EQ(numbers, nullptr);
  } else {
    // Written anew with all of the file, it is as large as these values need.
    ASSERT_NE(numbers, nullptr);
    for (int64_t i = 1; i < kRows; ++i) ASSERT_TRUE(Holds(*numbers, i));
    EXPECT_GT(numbers->GetBitsetSize(), 1024U);
  }
  EXPECT_NE(Filter("a.parquet", 2), nullptr) << "of a column that stays";
}

TEST_P(MergeBloomFilters, AFilterThatHasRoomStays) {
  std::string rows, news;
  constexpr int kRows = 4000;
  for (int i = 1; i < kRows; ++i) {
    const std::string id = (i == 1 ? "[" : ",[") + std::to_string(i) + ",";
    rows += id + std::to_string(i) + R"(, "a", []])";
    if (i < 10) news += id + std::to_string(-i) + R"(, "a", []])";
  }
  ASSERT_OK(room_.Target(Schema(), "[" + rows + "]", "a.parquet", spec_));
  ASSERT_OK(room_.Source(Schema(), "[" + news + "]"));
  Upsert();
  const auto numbers = Filter("a.parquet", 1);
  ASSERT_NE(numbers, nullptr);
  for (int64_t i = 1; i < 10; ++i) EXPECT_TRUE(Holds(*numbers, -i));
}

INSTANTIATE_TEST_SUITE_P(Engines, MergeBloomFilters,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
