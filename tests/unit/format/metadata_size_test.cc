// SPDX-License-Identifier: Apache-2.0
// What files say of themselves is measured before anything is made of it.
#include "format/metadata_size.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/array/util.h"
#include "arrow/io/memory.h"
#include "arrow/ipc/writer.h"
#include "arrow/scalar.h"
#include "arrow/table.h"
#include "base/memory_budget.h"
#include "format/ipc_schema_size.h"
#include "format/parquet_file.h"
#include "format/thrift_compact.h"
#include "parquet/arrow/writer.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"

namespace planish {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

class MetadataSizeTest : public ::testing::Test {
 protected:
  void SetLimit(int64_t limit) {
    pool_.reset();
    budget_ = MemoryBudget::Make(limit).ValueOrDie();
    pool_ = std::make_unique<BudgetedPool>(budget_.get(), arrow::system_memory_pool());
  }

  std::unique_ptr<MemoryBudget> budget_;
  std::unique_ptr<BudgetedPool> pool_;
};

/// Row groups of one row each.
std::string WideFile(int columns, int row_groups) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (int i = 0; i < columns; ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), arrow::int64()));
    arrays.push_back(
        arrow::MakeArrayFromScalar(arrow::Int64Scalar(i), row_groups).ValueOrDie());
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_OK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink,
                                       /*chunk_size=*/1));
  return sink->Finish().ValueOrDie()->ToString();
}

TEST_F(MetadataSizeTest, RowGroupsThatDoNotFitTogetherAreParsedOneByOne) {
  SetLimit(32 * kMegabyte);
  const auto input = std::make_shared<MemoryInput>(WideFile(500, 60));
  ASSERT_OK_AND_ASSIGN(const auto file, ParquetFile::Open(input, pool_.get()));
  const MetadataSize& size = file->footer().metadata_size();
  ASSERT_GT(size.row_groups, MostMetadataBytes(pool_.get()));
  EXPECT_LT(budget_->used(), MostMetadataBytes(pool_.get()));
  for (const int row_group : {0, 30, 59, 0}) {
    const ColumnChunkStatistics statistics = file->Statistics(row_group, 499);
    ASSERT_NE(statistics.min, nullptr);
    EXPECT_TRUE(statistics.min->Equals(arrow::Int64Scalar(499)));
    ASSERT_OK_AND_ASSIGN(auto reader, file->ReadRowGroup(row_group, {499, 0}, 10));
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_OK(reader->ReadNext(&batch));
    ASSERT_EQ(batch->num_rows(), 1);
    ASSERT_OK_AND_ASSIGN(const auto value, batch->column(0)->GetScalar(0));
    EXPECT_TRUE(value->Equals(arrow::Int64Scalar(499)));
  }
}

TEST_F(MetadataSizeTest, AFooterThatTakesMoreThanItsShareIsUnsupported) {
  SetLimit(4 * kMegabyte);
  const auto input = std::make_shared<MemoryInput>(WideFile(500, 60));
  const arrow::Status status = ParquetFile::Open(input, pool_.get()).status();
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr) << status;
  EXPECT_EQ(detail->kind, ErrorKind::kUnsupported);
  EXPECT_EQ(detail->file, "memory.parquet");
  EXPECT_NE(detail->hint.find("raise memory_limit to "), std::string::npos);
}

TEST_F(MetadataSizeTest, CountsWhatIsMadeOfStringsAndNotTheirBytes) {
  std::string footer;
  ThriftStructWriter writer(&footer);
  writer.Header(5, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kStruct, 1, &footer);
  ThriftStructWriter entry(&footer);
  entry.Header(1, ThriftType::kList);
  AppendThriftListHeader(ThriftType::kBinary, 1000, &footer);
  footer.append(1000, '\0');
  entry.Stop();
  writer.Stop();
  ASSERT_OK_AND_ASSIGN(const MetadataSize size, MeasureMetadata(footer));
  EXPECT_GT(size.file, 32 * 1000);
}

TEST_F(MetadataSizeTest, CountsEveryFieldOfAnIpcSchemaAndStopsWhereThatIsTooMuch) {
  arrow::FieldVector fields(
      1000, arrow::field("a", arrow::struct_({arrow::field("b", arrow::int32())})));
  ASSERT_OK_AND_ASSIGN(const auto bytes,
                       arrow::ipc::SerializeSchema(arrow::Schema(fields)));
  // Behind the mark and the length.
  const std::string_view message = std::string_view(*bytes).substr(8);
  const int64_t all = MeasureIpcSchema(message, 1000 * kMegabyte);
  EXPECT_GT(all, 2 * 1000 * 200);
  EXPECT_LT(all, 2 * 1000 * 1000);
  EXPECT_LT(MeasureIpcSchema(message, all / 2), all);
  SetLimit(2 * kMegabyte);
  EXPECT_OK(CheckEmbeddedSchemaFits(std::string_view(*bytes), pool_.get()));
  SetLimit(MemoryBudget::kMinimumLimit);
  EXPECT_FALSE(CheckEmbeddedSchemaFits(std::string_view(*bytes), pool_.get()).ok());
}

TEST_F(MetadataSizeTest, DamagedSchemasAreLeftToArrow) {
  EXPECT_EQ(MeasureIpcSchema("", kMegabyte), 0);
  EXPECT_EQ(MeasureIpcSchema("\xff\xff\xff\x7f", kMegabyte), 0);
  const std::string all_ones(64, '\xff');
  EXPECT_EQ(MeasureIpcSchema(all_ones, kMegabyte), 0);
  EXPECT_EQ(MeasureIpcFooter(all_ones, kMegabyte), 0);
}

}  // namespace
}  // namespace planish
