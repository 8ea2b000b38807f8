// SPDX-License-Identifier: Apache-2.0
#include "jobs/batch_pieces.h"

#include <gtest/gtest.h>

#include <vector>

#include "arrow/array.h"
#include "arrow/builder.h"
#include "arrow/json/from_string.h"

namespace planish {
namespace {

std::shared_ptr<arrow::RecordBatch> Numbers(int64_t num_rows) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < num_rows; ++i) EXPECT_TRUE(builder.Append(i).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                                  num_rows, {builder.Finish().ValueOrDie()});
}

/// First rows and lengths.
std::vector<std::pair<int64_t, int64_t>> Cut(BatchPieces pieces) {
  std::vector<std::pair<int64_t, int64_t>> cut;
  int64_t begin = 0;
  while (auto piece = pieces.Next(&begin)) cut.emplace_back(begin, piece->num_rows());
  return cut;
}

using Pieces = std::vector<std::pair<int64_t, int64_t>>;

TEST(BatchPiecesTest, CutsByBytesAndByRows) {
  EXPECT_EQ(Cut({Numbers(10), 8 * 4, 100}), (Pieces{{0, 4}, {4, 4}, {8, 2}}));
  EXPECT_EQ(Cut({Numbers(10), 8 * 100, 5}), (Pieces{{0, 5}, {5, 5}}));
  EXPECT_EQ(Cut({Numbers(3), 1, 100}), (Pieces{{0, 1}, {1, 1}, {2, 1}}));
}

TEST(BatchPiecesTest, LeavesASmallBatchAsItIs) {
  const auto batch = Numbers(10);
  BatchPieces pieces(batch, 1 << 20, 10);
  int64_t begin = -1;
  EXPECT_EQ(pieces.Next(&begin), batch);
  EXPECT_EQ(begin, 0);
  EXPECT_EQ(pieces.Next(&begin), nullptr);
  EXPECT_EQ(Cut({Numbers(0), 1, 1}), (Pieces{{0, 0}}));
  EXPECT_EQ(Cut({}), Pieces{});
}

TEST(BatchPiecesTest, CountsWhatASliceRefersToOnly) {
  EXPECT_EQ(BytesPerRow(*Numbers(1000)), 8);
  EXPECT_EQ(BytesPerRow(*Numbers(1000)->Slice(500, 2)), 8);
  EXPECT_EQ(BytesPerRow(*Numbers(0)), 1);
}

TEST(BatchPiecesTest, DoesNotCountDictionaries) {
  const auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto codes =
      arrow::json::ArrayFromJSONString(arrow::int32(), "[0, 0]").ValueOrDie();
  arrow::StringBuilder words;
  ASSERT_TRUE(words.Append(std::string(100'000, 'x')).ok());
  const auto column =
      arrow::DictionaryArray::FromArrays(type, codes, words.Finish().ValueOrDie())
          .ValueOrDie();
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("d", type)}), 2, {column});
  EXPECT_EQ(BytesPerRow(*batch), 4);
}

}  // namespace
}  // namespace planish
