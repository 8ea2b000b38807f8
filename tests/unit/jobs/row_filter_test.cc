// SPDX-License-Identifier: Apache-2.0
#include "jobs/row_filter.h"

#include <gtest/gtest.h>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/compute/api_vector.h"
#include "arrow/datum.h"
#include "arrow/json/from_string.h"
#include "base/arrow_casts.h"
#include "jobs/batch_lender.h"
#include "support/arrow_assertions.h"

namespace planish {
namespace {

using arrow::json::ArrayFromJSONString;

/// Columns of six rows, of every kind of layout.
arrow::ArrayVector ManyColumns() {
  arrow::ArrayVector columns;
  const auto add = [&](const std::shared_ptr<arrow::DataType>& type, const char* rows) {
    columns.push_back(ArrayFromJSONString(type, rows).ValueOrDie());
  };
  add(arrow::int32(), "[1, null, 3, 4, 5, 6]");
  add(arrow::boolean(), "[true, null, false, true, true, false]");
  add(arrow::null(), "[null, null, null, null, null, null]");
  add(arrow::utf8(), R"(["a", "", null, "dd", "e", "f"])");
  add(arrow::utf8_view(), R"(["a", "", null, "longer than twelve bytes", "e", "f"])");
  add(arrow::float16(), "[1, 2, 3, 4, null, 6]");
  add(arrow::month_day_nano_interval(),
      "[[1, 2, 3], null, [1, 1, 1], [0, 0, 0], [2, 2, 2], [3, 3, 3]]");
  add(arrow::list(arrow::int8()), "[[1], [], null, [2, 3], [4], [5]]");
  add(arrow::list_view(arrow::utf8_view()),
      R"([["a"], [], null, ["b", "c"], ["d"], ["e"]])");
  add(arrow::struct_({arrow::field("x", arrow::binary_view())}),
      R"([{"x": "a"}, null, {"x": null}, {"x": "b"}, {"x": "c"}, {"x": "d"}])");
  add(arrow::sparse_union({arrow::field("i", arrow::int8())}, {3}),
      "[[3, 1], [3, 2], [3, null], [3, 4], [3, 5], [3, 6]]");
  add(arrow::dense_union(
          {arrow::field("i", arrow::int8()), arrow::field("s", arrow::utf8())}, {3, 4}),
      R"([[3, 1], [4, "b"], [3, null], [4, "d"], [3, 5], [4, "f"]])");
  columns.push_back(
      arrow::compute::DictionaryEncode(columns[3]).ValueOrDie().make_array());
  columns.push_back(arrow::compute::RunEndEncode(columns[0]).ValueOrDie().make_array());
  return columns;
}

class RowFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(RegisterCasts());
    arrow::ArrayVector columns = ManyColumns();
    arrow::FieldVector fields;
    for (const auto& column : columns) {
      fields.push_back(arrow::field("c" + std::to_string(fields.size()), column->type()));
    }
    batch_ = arrow::RecordBatch::Make(arrow::schema(fields), 6, columns);
  }

  std::shared_ptr<arrow::RecordBatch> batch_;
};

TEST_F(RowFilterTest, KeepsRowsOfEveryType) {
  ASSERT_OK_AND_ASSIGN(
      auto kept, FilterRows(batch_, {0, 1, 1, 0, 0, 1}, arrow::default_memory_pool()));
  ASSERT_OK(kept->ValidateFull());
  ASSERT_EQ(kept->num_rows(), 3);
  ASSERT_TRUE(kept->schema()->Equals(*batch_->schema()));
  const int rows[] = {1, 2, 5};
  for (int column = 0; column < batch_->num_columns(); ++column) {
    for (int row = 0; row < 3; ++row) {
      ASSERT_OK_AND_ASSIGN(auto expected, batch_->column(column)->GetScalar(rows[row]));
      ASSERT_OK_AND_ASSIGN(auto actual, kept->column(column)->GetScalar(row));
      EXPECT_TRUE(expected->Equals(*actual))
          << batch_->schema()->field(column)->ToString() << " row " << row << ": "
          << actual->ToString();
    }
  }
}

TEST_F(RowFilterTest, KeepsRowsOfASlice) {
  const auto slice = batch_->Slice(2, 3);
  ASSERT_OK_AND_ASSIGN(auto kept,
                       FilterRows(slice, {1, 0, 1}, arrow::default_memory_pool()));
  ASSERT_OK(kept->ValidateFull());
  for (int column = 0; column < batch_->num_columns(); ++column) {
    ASSERT_OK_AND_ASSIGN(auto expected, batch_->column(column)->GetScalar(4));
    ASSERT_OK_AND_ASSIGN(auto actual, kept->column(column)->GetScalar(1));
    EXPECT_TRUE(expected->Equals(*actual)) << batch_->schema()->field(column)->ToString();
  }
}

TEST_F(RowFilterTest, TakesAllRowsAsTheyAre) {
  ASSERT_OK_AND_ASSIGN(auto kept, FilterRows(batch_, std::vector<uint8_t>(6, 1),
                                             arrow::default_memory_pool()));
  EXPECT_EQ(kept, batch_);
}

TEST_F(RowFilterTest, LeavesNothingIfNothingIsKept) {
  ASSERT_OK_AND_ASSIGN(auto kept, FilterRows(batch_, std::vector<uint8_t>(6, 0),
                                             arrow::default_memory_pool()));
  EXPECT_EQ(kept->num_rows(), 0);
}

TEST_F(RowFilterTest, LentBatchesKeepTheirOwnerAlive) {
  auto owner = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = owner;
  std::shared_ptr<arrow::RecordBatch> lent;
  {
    BatchLender lender(std::move(owner));
    lent = lender.Lend(batch_);
  }
  EXPECT_FALSE(watched.expired());
  EXPECT_TRUE(lent->Equals(*batch_));
  std::shared_ptr<arrow::Array> column = lent->column(0);
  lent.reset();
  EXPECT_FALSE(watched.expired());
  column.reset();
  EXPECT_TRUE(watched.expired());
}

TEST_F(RowFilterTest, LentBatchesShareADictionaryThatTheyShared) {
  BatchLender lender(std::make_shared<int>(1));
  const auto dictionary = [&](const std::shared_ptr<arrow::RecordBatch>& batch) {
    return batch->column_data(12)->dictionary;
  };
  EXPECT_EQ(dictionary(lender.Lend(batch_->Slice(0, 2))),
            dictionary(lender.Lend(batch_->Slice(2, 2))));
}

}  // namespace
}  // namespace planish
