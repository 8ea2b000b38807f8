// SPDX-License-Identifier: Apache-2.0
#include "jobs/duplicate_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/builder.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using testing::ElementsAre;

class FindDuplicatesTest : public testing::Test {
 protected:
  /// Column id with these values, in batches of two rows, and column at, which counts.
  static std::shared_ptr<arrow::RecordBatchReader> Source(
      const std::vector<std::string>& ids) {
    const auto schema = arrow::schema(
        {{arrow::field("id", arrow::utf8())}, {arrow::field("at", arrow::int64())}});
    arrow::StringBuilder id_builder;
    arrow::Int64Builder at_builder;
    for (size_t i = 0; i < ids.size(); ++i) {
      EXPECT_OK(ids[i].empty() ? id_builder.AppendNull() : id_builder.Append(ids[i]));
      EXPECT_OK(at_builder.Append(static_cast<int64_t>(i)));
    }
    const auto whole = arrow::RecordBatch::Make(
        schema, static_cast<int64_t>(ids.size()),
        {id_builder.Finish().ValueOrDie(), at_builder.Finish().ValueOrDie()});
    arrow::RecordBatchVector batches;
    for (int64_t begin = 0; begin < whole->num_rows(); begin += 2) {
      batches.push_back(whole->Slice(begin, 2));
    }
    return arrow::RecordBatchReader::Make(std::move(batches), schema).ValueOrDie();
  }

  static std::vector<bool> Values(const arrow::BooleanArray& mask) {
    std::vector<bool> values;
    for (int64_t row = 0; row < mask.length(); ++row) values.push_back(mask.Value(row));
    return values;
  }

  static StreamDedupOptions ById(Keep keep = Keep::kFirst,
                                 std::vector<std::string> order_by = {}) {
    StreamDedupOptions options;
    options.key = {"id"};
    options.keep = keep;
    options.order_by = std::move(order_by);
    return options;
  }

  RunContext WithScratch() const {
    RunContext context;
    context.temp_dir = directory_.path();
    return context;
  }

  TempDir directory_;
  const std::vector<std::string> ids_ = {"a", "b", "a", "", "", "c"};
};

TEST_F(FindDuplicatesTest, FirstRowOfEachKeyIsNoDuplicateAndNeedsNoScratch) {
  ASSERT_OK_AND_ASSIGN(const auto mask, FindDuplicates(Source(ids_), ById()));
  EXPECT_EQ(mask->null_count(), 0);
  EXPECT_THAT(Values(*mask), ElementsAre(false, false, true, false, true, false));
}

TEST_F(FindDuplicatesTest, KeepAndOrderAreThoseOfDedupStream) {
  ASSERT_OK_AND_ASSIGN(auto mask,
                       FindDuplicates(Source(ids_), ById(Keep::kLast), WithScratch()));
  EXPECT_THAT(Values(*mask), ElementsAre(true, false, false, true, false, false));
  ASSERT_OK_AND_ASSIGN(mask,
                       FindDuplicates(Source(ids_), ById(Keep::kNone), WithScratch()));
  EXPECT_THAT(Values(*mask), ElementsAre(true, false, true, true, true, false));
  ASSERT_OK_AND_ASSIGN(
      mask, FindDuplicates(Source(ids_), ById(Keep::kFirst, {"-at"}), WithScratch()));
  EXPECT_THAT(Values(*mask), ElementsAre(true, false, false, true, false, false));
}

TEST_F(FindDuplicatesTest, SourceWithoutRowsHasAnEmptyMask) {
  ASSERT_OK_AND_ASSIGN(const auto mask, FindDuplicates(Source({}), {}));
  EXPECT_EQ(mask->length(), 0);
}

TEST_F(FindDuplicatesTest, KeysThatDoNotFitGoToScratchWhereverTheyStop) {
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i)
    ids.push_back("a key that takes some room " + std::to_string(i % 300));
  for (const int64_t most_bytes : {0, 1 << 14, 1 << 20}) {
    ASSERT_OK_AND_ASSIGN(auto run, Run::Make(WithScratch()));
    ASSERT_OK_AND_ASSIGN(const auto mask,
                         FindDuplicates(run.get(), Source(ids), ById(), most_bytes));
    for (int64_t row = 0; row < mask->length(); ++row) {
      ASSERT_EQ(mask->Value(row), row >= 300) << row << " of " << most_bytes;
    }
  }
}

TEST_F(FindDuplicatesTest, WithoutAPlaceForScratchIsAnErrorThatSaysSo) {
  const auto refused = FindDuplicates(Source(ids_), ById(Keep::kLast));
  ASSERT_FALSE(refused.ok());
  const ErrorDetail* detail = GetErrorDetail(refused.status());
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->kind, ErrorKind::kInvalidOption);
  EXPECT_THAT(detail->hint, testing::HasSubstr("temp_dir"));
}

TEST_F(FindDuplicatesTest, UnknownColumnIsAnError) {
  StreamDedupOptions options;
  options.key = {"user"};
  const auto refused = FindDuplicates(Source(ids_), options);
  ASSERT_FALSE(refused.ok());
  ASSERT_NE(GetErrorDetail(refused.status()), nullptr);
  EXPECT_EQ(GetErrorDetail(refused.status())->kind, ErrorKind::kMissingColumn);
}

}  // namespace
}  // namespace planish
