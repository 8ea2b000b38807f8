// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/builder.h"
#include "format/parquet_file.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

/// How much memory reading a row group takes.
class RowGroupMemoryTest : public testing::Test {
 protected:
  void Write(std::shared_ptr<arrow::Table> table, const WriteSpec& spec) {
    table_ = std::move(table);
    ASSERT_OK(WriteParquet(*table_, directory_ / "file.parquet", spec));
    ASSERT_OK_AND_ASSIGN(auto input,
                         LocalFileSystem()->OpenInput(directory_ / "file.parquet"));
    ASSERT_OK_AND_ASSIGN(file_, ParquetFile::Open(std::move(input), &pool_));
  }

  /// Numbers and their text; pages of a few kilobytes, chunks of hardly more.
  void WriteNumbers(int64_t rows) {
    arrow::Int64Builder numbers;
    arrow::StringBuilder texts;
    for (int64_t i = 0; i < rows; ++i) {
      ASSERT_OK(numbers.Append(i / 100));
      ASSERT_OK(texts.Append(std::to_string(i / 100)));
    }
    WriteSpec spec;
    spec.codec = arrow::Compression::ZSTD;
    spec.data_page_bytes = 4096;
    Write(
        arrow::Table::Make(arrow::schema({arrow::field("number", arrow::int64()),
                                          arrow::field("text", arrow::utf8())}),
                           {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()}),
        spec);
  }

  StingyPool pool_;
  TempDir directory_;
  std::shared_ptr<arrow::Table> table_;
  std::shared_ptr<ParquetFile> file_;
};

TEST_F(RowGroupMemoryTest, BatchesOfLongValuesHaveFewRows) {
  arrow::StringBuilder texts;
  for (int i = 0; i < 20; ++i)
    ASSERT_OK(texts.Append(std::string(1'000'000, static_cast<char>('a' + i))));
  WriteSpec spec;
  spec.dictionary = false;
  spec.write_batch_rows = 1;
  Write(arrow::Table::Make(arrow::schema({arrow::field("text", arrow::utf8())}),
                           {texts.Finish().ValueOrDie()}),
        spec);
  ASSERT_OK_AND_ASSIGN(auto reader, file_->ReadRowGroup(0, {0}, 1000));
  arrow::RecordBatchVector batches;
  for (auto batch = *reader->Next(); batch != nullptr; batch = *reader->Next()) {
    EXPECT_LE(batch->num_rows(), 5);
    batches.push_back(std::move(batch));
  }
  ASSERT_OK_AND_ASSIGN(const auto read, arrow::Table::FromRecordBatches(batches));
  EXPECT_TRUE(TablesEqual(*table_, *read));
}

TEST_F(RowGroupMemoryTest, ManyColumnsAreReadInBatchesOfFewRows) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 5000; ++i) ASSERT_OK(numbers.Append(i));
  const std::shared_ptr<arrow::Array> column = numbers.Finish().ValueOrDie();
  std::vector<int> all;
  for (int i = 0; i < 500; ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), arrow::int64()));
    columns.push_back(column);
    all.push_back(i);
  }
  Write(arrow::Table::Make(arrow::schema(fields), columns), {});
  ASSERT_OK_AND_ASSIGN(auto reader, file_->ReadRowGroup(0, all, 100'000));
  ASSERT_OK_AND_ASSIGN(const auto first, reader->Next());
  EXPECT_LT(first->num_rows(), 1500);
  EXPECT_GT(first->num_rows(), 200);
}

TEST_F(RowGroupMemoryTest, ARefusalOfMemoryMakesBatchesSmaller) {
  WriteNumbers(100'000);
  ASSERT_OK_AND_ASSIGN(auto reader, file_->ReadRowGroup(0, {0, 1}, 50'000));
  pool_.SetMost(64 << 10);
  ASSERT_OK_AND_ASSIGN(const auto read, reader->ToTable());
  EXPECT_GT(pool_.num_refusals(), 0);
  EXPECT_TRUE(TablesEqual(*table_, *read));
}

TEST_F(RowGroupMemoryTest, ARefusalInTheMiddleGoesOnAtTheRowReached) {
  WriteNumbers(100'000);
  ASSERT_OK_AND_ASSIGN(auto reader, file_->ReadRowGroup(0, {0, 1}, 30'000));
  arrow::RecordBatchVector batches;
  for (auto batch = *reader->Next(); batch != nullptr; batch = *reader->Next()) {
    batches.push_back(std::move(batch));
    if (batches.size() == 2) pool_.SetMost(64 << 10);
  }
  EXPECT_GT(pool_.num_refusals(), 0);
  EXPECT_EQ(batches.front()->num_rows(), 30'000);
  EXPECT_LT(batches.back()->num_rows(), 30'000);
  ASSERT_OK_AND_ASSIGN(const auto read, arrow::Table::FromRecordBatches(batches));
  EXPECT_TRUE(TablesEqual(*table_, *read));
}

TEST_F(RowGroupMemoryTest, AReaderThatWasRefusedHoldsNothingAndCanGoOn) {
  WriteNumbers(10'000);
  ASSERT_OK_AND_ASSIGN(auto reader, file_->ReadRowGroup(0, {0, 1}, 3000));
  ASSERT_OK(reader->Next());
  EXPECT_GT(pool_.bytes_allocated(), 0);
  pool_.SetMost(0);
  EXPECT_ERROR_KIND(reader->Next(), ErrorKind::kMemoryLimit);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
  pool_.SetMost(1 << 20);
  ASSERT_OK_AND_ASSIGN(const auto rest, reader->ToTable());
  EXPECT_TRUE(TablesEqual(*table_->Slice(3000), *rest));
}

}  // namespace
}  // namespace planish
