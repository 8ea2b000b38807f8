// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "planish/stream.h"
#include "support/arrow_assertions.h"
#include "support/stream_of_batches.h"

// Batches of a stream whose schema is not that of the stream.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> IdAndX() {
  return arrow::schema({field("id", arrow::int64()), field("x", arrow::utf8())});
}

StreamDedupOptions ById() {
  StreamDedupOptions options;
  options.key = {"id"};
  options.source_name = "events";
  return options;
}

void ExpectRefused(const arrow::RecordBatchVector& batches, ErrorKind kind,
                   const std::string& column) {
  const auto judge = [&](const arrow::Status& status) {
    ASSERT_ERROR_KIND(status, kind);
    const ErrorDetail& detail = *GetErrorDetail(status);
    EXPECT_EQ(detail.file, "events");
    EXPECT_EQ(detail.column, column);
    ASSERT_FALSE(detail.facts.empty());
    EXPECT_EQ(detail.facts[0],
              std::make_pair(std::string("batch"), std::to_string(batches.size() - 1)));
  };
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(StreamOf(batches), ById()));
  judge(reader->ToTable().status());
  judge(FindDuplicates(StreamOf(batches), ById()).status());
}

TEST(StreamBatches, AreMatchedByNameAndPromotedToTheStreamsTypes) {
  const auto shuffled =
      arrow::schema({field("x", arrow::large_utf8()), field("id", arrow::int16())});
  const auto stream_schema =
      arrow::schema({field("id", arrow::int64()), field("x", arrow::large_utf8())});
  const arrow::RecordBatchVector batches = {
      BatchOfRows(stream_schema, R"([[1, "a"], [2, "b"]])"),
      BatchOfRows(shuffled, R"([["c", 2], ["d", 3]])"),
      BatchOfRows(IdAndX(), R"([[3, "e"], [4, "f"]])")};
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(StreamOf(batches), ById()));
  ASSERT_OK_AND_ASSIGN(const auto actual, reader->ToTable());
  ASSERT_OK_AND_ASSIGN(
      const auto expected,
      TableFromJson(stream_schema, R"([[1, "a"], [2, "b"], [3, "d"], [4, "f"]])"));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
  ASSERT_OK_AND_ASSIGN(const auto mask, FindDuplicates(StreamOf(batches), ById()));
  EXPECT_EQ(mask->true_count(), 2);
  EXPECT_TRUE(mask->Value(2) && mask->Value(4));
}

TEST(StreamBatches, KeepTheirDictionariesWhereOnlyTheOrderOfColumnsDiffers) {
  const auto codes = arrow::dictionary(arrow::int32(), arrow::utf8());
  const auto schema = arrow::schema({field("id", arrow::int64()), field("x", codes)});
  const auto shuffled = arrow::schema({field("x", codes), field("id", arrow::int64())});
  const arrow::RecordBatchVector batches = {BatchOfRows(schema, R"([[1, "a"]])"),
                                            BatchOfRows(shuffled, R"([["b", 2]])")};
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(StreamOf(batches), ById()));
  ASSERT_OK_AND_ASSIGN(const auto actual, reader->ToTable());
  EXPECT_EQ(actual->num_rows(), 2);
  EXPECT_TRUE(actual->schema()->Equals(*schema));
}

TEST(StreamBatches, OfAWiderTypeAreRefused) {
  const auto narrow =
      arrow::schema({field("id", arrow::int8()), field("x", arrow::utf8())});
  ExpectRefused(
      {BatchOfRows(narrow, R"([[1, "a"]])"), BatchOfRows(IdAndX(), R"([[300, "b"]])")},
      ErrorKind::kSchemaMismatch, "id");
}

TEST(StreamBatches, WithOtherColumnsAreRefused) {
  const auto first = BatchOfRows(IdAndX(), R"([[1, "a"]])");
  const auto fewer = arrow::schema({field("id", arrow::int64())});
  ExpectRefused({first, BatchOfRows(fewer, "[[2]]")}, ErrorKind::kSchemaMismatch, "x");
  const auto more = arrow::schema({field("id", arrow::int64()), field("x", arrow::utf8()),
                                   field("y", arrow::utf8())});
  ExpectRefused({first, BatchOfRows(more, R"([[2, "b", "c"]])")},
                ErrorKind::kSchemaMismatch, "y");
}

TEST(StreamBatches, WithNullsWhereTheStreamHasNoneAreRefused) {
  const auto required =
      arrow::schema({field("id", arrow::int64(), false), field("x", arrow::utf8())});
  ExpectRefused(
      {BatchOfRows(required, R"([[1, "a"]])"), BatchOfRows(IdAndX(), R"([[2, "b"]])"),
       BatchOfRows(IdAndX(), R"([[null, "c"]])")},
      ErrorKind::kSchemaMismatch, "id");
}

TEST(StreamBatches, WithoutRowsSayNothing) {
  const auto other = arrow::schema({field("y", arrow::utf8())});
  const arrow::RecordBatchVector batches = {BatchOfRows(IdAndX(), R"([[1, "a"]])"),
                                            BatchOfRows(other, "[]"),
                                            BatchOfRows(IdAndX(), R"([[2, "b"]])")};
  ASSERT_OK_AND_ASSIGN(auto reader, DedupStream(StreamOf(batches), ById()));
  ASSERT_OK_AND_ASSIGN(const auto actual, reader->ToTable());
  EXPECT_EQ(actual->num_rows(), 2);
}

}  // namespace
}  // namespace planish
