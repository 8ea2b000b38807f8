// SPDX-License-Identifier: Apache-2.0
#include "format/batch_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "arrow/builder.h"
#include "arrow/json/from_string.h"
#include "arrow/table.h"
#include "format/parquet_file.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class BatchWriterTest : public testing::Test {
 protected:
  arrow::Status Write(const arrow::RecordBatchVector& batches,
                      const BatchWriterOptions& options = {}) {
    ARROW_ASSIGN_OR_RAISE(
        auto writer,
        BatchWriter::Make(LocalFileSystem(), path_, batches.front()->schema(), options,
                          arrow::default_memory_pool()));
    for (const auto& batch : batches) ARROW_RETURN_NOT_OK(writer->Write(*batch));
    return writer->Finish();
  }
  arrow::Result<std::shared_ptr<ParquetFile>> Open() const {
    ARROW_ASSIGN_OR_RAISE(auto input, LocalFileSystem()->OpenInput(path_));
    return ParquetFile::Open(std::move(input), arrow::default_memory_pool());
  }
  static std::shared_ptr<arrow::RecordBatch> Numbers(int64_t num_rows) {
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < num_rows; ++i) EXPECT_OK(builder.Append(i));
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                                    num_rows, {builder.Finish().ValueOrDie()});
  }

  TempDir directory_;
  const std::string path_ = directory_ / "file.parquet";
};

TEST_F(BatchWriterTest, TypesComeBackAsTheyWere) {
  const auto schema = arrow::schema(
      {arrow::field("d", arrow::dictionary(arrow::int32(), arrow::utf8())),
       arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin")),
       arrow::field("l",
                    arrow::large_list(arrow::field("element", arrow::large_utf8())))});
  arrow::ArrayVector columns;
  columns.push_back(
      arrow::json::ArrayFromJSONString(schema->field(0)->type(), R"(["a", null, "a"])")
          .ValueOrDie());
  columns.push_back(
      arrow::json::ArrayFromJSONString(schema->field(1)->type(), "[1, 2, null]")
          .ValueOrDie());
  columns.push_back(
      arrow::json::ArrayFromJSONString(schema->field(2)->type(), R"([["x"], [], null])")
          .ValueOrDie());
  const auto batch = arrow::RecordBatch::Make(schema, 3, columns);
  ASSERT_OK(Write({batch, batch}));
  ASSERT_OK_AND_ASSIGN(auto expected, arrow::Table::FromRecordBatches({batch, batch}));
  ASSERT_OK_AND_ASSIGN(auto actual, ReadParquet(path_));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
}

TEST_F(BatchWriterTest, RowGroupsAreBoundedInRowsAndBytes) {
  BatchWriterOptions options;
  options.row_group_rows = 1000;
  ASSERT_OK(Write({Numbers(2500), Numbers(400)}, options));
  ASSERT_OK_AND_ASSIGN(auto file, Open());
  for (int i = 0; i < file->footer().num_row_groups(); ++i) {
    EXPECT_LE(file->footer().row_group_num_rows(i), 1000);
  }
  ASSERT_OK_AND_ASSIGN(auto table, ReadParquet(path_));
  EXPECT_EQ(table->num_rows(), 2900);
}

TEST_F(BatchWriterTest, LargeBatchesAreCut) {
  BatchWriterOptions options;
  options.row_group_bytes = 8 * 1000;
  ASSERT_OK(Write({Numbers(10'000)}, options));
  ASSERT_OK_AND_ASSIGN(auto file, Open());
  EXPECT_GE(file->footer().num_row_groups(), 10);
}

TEST_F(BatchWriterTest, NoRowsMakeAFileWithASchema) {
  ASSERT_OK(Write({Numbers(0)}));
  ASSERT_OK_AND_ASSIGN(auto table, ReadParquet(path_));
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->schema()->ToString(), "n: int64");
}

TEST_F(BatchWriterTest, NamesTheColumnThatParquetHasNoTypeFor) {
  const auto schema =
      arrow::schema({arrow::field("fine", arrow::int8()),
                     arrow::field("span", arrow::month_day_nano_interval())});
  const auto made = BatchWriter::Make(LocalFileSystem(), path_, schema, {},
                                      arrow::default_memory_pool());
  ASSERT_ERROR_KIND(made, ErrorKind::kUnsupported);
  EXPECT_EQ(GetErrorDetail(made.status())->column, "span");
}

TEST_F(BatchWriterTest, MemoryRefusedAnywhereIsAnErrorAndNothingWorse) {
  const auto batch = Numbers(20'000);
  int refused = 0;
  for (int64_t most = 1000; most < 1'000'000; most += most / 4) {
    StingyPool pool;
    pool.SetMostInAll(most);
    const std::string path = directory_ / (std::to_string(most) + ".parquet");
    auto writer = BatchWriter::Make(LocalFileSystem(), path, batch->schema(), {}, &pool);
    arrow::Status status = writer.status();
    if (status.ok()) status = (*writer)->Write(*batch);
    if (status.ok()) status = (*writer)->Finish();
    EXPECT_EQ(status.ok(), pool.num_refusals() == 0) << most;
    if (status.ok()) continue;
    ASSERT_ERROR_KIND(status, ErrorKind::kMemoryLimit);
    ++refused;
  }
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace planish
