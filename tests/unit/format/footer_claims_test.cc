// SPDX-License-Identifier: Apache-2.0
// Footers of strangers: numbers that no file of that size can hold are refused before
// anything is done by them.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "arrow/builder.h"
#include "format/footer.h"
#include "format/page_header.h"
#include "format/parquet_file.h"
#include "format/schema_shape.h"
#include "format/thrift_compact.h"
#include "parquet/types.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/stingy_pool.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int32_t kMostInt32 = std::numeric_limits<int32_t>::max();

void AppendElement(const std::string& name, int32_t type, int32_t length,
                   int32_t num_children, std::string* out) {
  ThriftStructWriter element(out);
  if (type >= 0) element.I32(1, type);
  if (length > 0) element.I32(2, length);
  element.I32(3, 0);
  element.Binary(4, name);
  if (num_children > 0) element.I32(5, num_children);
  element.Stop();
}

/// A leaf below so many groups.
std::string NestedSchema(int32_t depth) {
  std::string schema;
  AppendThriftListHeader(ThriftType::kStruct, depth + 2, &schema);
  AppendElement("schema", -1, 0, 1, &schema);
  for (int32_t i = 0; i < depth; ++i) AppendElement("g", -1, 0, 1, &schema);
  AppendElement("a", parquet::Type::INT64, 0, 0, &schema);
  return schema;
}

std::string FixedLengthSchema(int32_t length) {
  std::string schema;
  AppendThriftListHeader(ThriftType::kStruct, 2, &schema);
  AppendElement("schema", -1, 0, 1, &schema);
  AppendElement("a", parquet::Type::FIXED_LEN_BYTE_ARRAY, length, 0, &schema);
  return schema;
}

FooterSample Claiming(int64_t rows, int64_t values) {
  FooterSample sample;
  sample.num_rows = rows;
  sample.row_groups[0].num_rows = rows;
  sample.row_groups[0].chunks[0].num_values = values;
  return sample;
}

arrow::Status StatusOf(const FooterSample& sample, std::string_view data) {
  MemoryInput input(FileWith(data, sample.Serialize()));
  return Footer::Read(input).status();
}

void ExpectKind(const arrow::Status& status, ErrorKind kind) {
  ASSERT_FALSE(status.ok());
  const ErrorDetail* detail = GetErrorDetail(status);
  ASSERT_NE(detail, nullptr) << status;
  EXPECT_EQ(detail->kind, kind) << status;
}

const std::string kTenBytes(10, 'x');

TEST(FooterClaims, ASchemaNestedDeeperThanItsBoundIsRefused) {
  FooterSample sample;
  sample.schema = NestedSchema(static_cast<int32_t>(kMaxSchemaDepth));
  EXPECT_OK(StatusOf(sample, kTenBytes));
  for (const int32_t depth : {101, 12'000, 1'000'000}) {
    sample.schema = NestedSchema(depth);
    ExpectKind(StatusOf(sample, kTenBytes), ErrorKind::kUnsupported);
  }
}

TEST(FooterClaims, MoreRowsThanAnyColumnHasValuesAreRefused) {
  EXPECT_OK(StatusOf(Claiming(3, 3), kTenBytes));
  ExpectKind(StatusOf(Claiming(2'000'000, 3), kTenBytes), ErrorKind::kCorrupt);
  ExpectKind(StatusOf(Claiming(kMost, 3), kTenBytes), ErrorKind::kCorrupt);
}

TEST(FooterClaims, MoreValuesThanThePagesThatFitCouldHaveAreRefused) {
  ExpectKind(StatusOf(Claiming(kMost, kMost), kTenBytes), ErrorKind::kCorrupt);
  ExpectKind(StatusOf(Claiming(kMost - 1, kMost), kTenBytes), ErrorKind::kCorrupt);
}

TEST(FooterClaims, SizesThatDoNotAddUpToANumberAreRefused) {
  FooterSample sample;
  sample.row_groups[0].chunks[0].uncompressed_size = kMost;
  ExpectKind(StatusOf(sample, kTenBytes), ErrorKind::kCorrupt);
  sample.row_groups[0].chunks[0].uncompressed_size = kMost / 4;
  sample.row_groups.assign(8, sample.row_groups[0]);
  ExpectKind(StatusOf(sample, kTenBytes), ErrorKind::kCorrupt);
}

TEST(FooterClaims, OneValueLongerThanItsColumnChunkIsRefused) {
  FooterSample sample;
  sample.schema = FixedLengthSchema(16);
  EXPECT_OK(StatusOf(sample, kTenBytes));
  sample.schema = FixedLengthSchema(kMostInt32);
  const arrow::Status status = StatusOf(sample, kTenBytes);
  ExpectKind(status, ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(status)->row_group, 0);
}

/// A data page of INT64 values, of which it holds none.
std::string EmptyPage(int32_t num_values, int32_t uncompressed_size) {
  PageHeader header;
  header.type = parquet::PageType::DATA_PAGE;
  header.num_values = num_values;
  header.uncompressed_size = uncompressed_size;
  std::string page;
  AppendPageHeader(header, {}, &page);
  return page;
}

arrow::Result<std::shared_ptr<ParquetFile>> OpenFile(const FooterSample& sample,
                                                     std::string_view data,
                                                     arrow::MemoryPool* pool) {
  return ParquetFile::Open(
      std::make_shared<MemoryInput>(FileWith(data, sample.Serialize())), pool);
}

TEST(FooterClaims, AnImplausibleNumberOfRowsIsCountedInThePages) {
  const std::string page = EmptyPage(1000, 0);
  FooterSample sample = Claiming(2'000'000'000, 2'000'000'000);
  sample.row_groups[0].chunks[0].compressed_size = static_cast<int64_t>(page.size());
  const auto file = OpenFile(sample, page, arrow::default_memory_pool());
  ExpectKind(file.status(), ErrorKind::kCorrupt);
  EXPECT_EQ(GetErrorDetail(file.status())->row_group, 0);
  EXPECT_NE(file.status().ToString().find("1000"), std::string::npos) << file.status();
}

TEST(FooterClaims, RowsOfOneRepeatedValueMayBeManyInFewBytes) {
  const TempDir directory;
  arrow::Int64Builder values;
  for (int i = 0; i < 1 << 21; ++i) ASSERT_OK(values.Append(7));
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("a", arrow::int64())}), {*values.Finish()});
  WriteSpec spec;
  spec.row_group_rows = 1 << 22;
  spec.codec = arrow::Compression::ZSTD;
  ASSERT_OK(WriteParquet(*table, directory / "file.parquet", spec));
  ASSERT_OK_AND_ASSIGN(auto input,
                       LocalFileSystem()->OpenInput(directory / "file.parquet"));
  EXPECT_LT(input->size(), (1 << 21) / 64);
  ASSERT_OK_AND_ASSIGN(const auto file,
                       ParquetFile::Open(std::move(input), arrow::default_memory_pool()));
  EXPECT_EQ(file->footer().num_rows(), 1 << 21);
}

TEST(FooterClaims, APageThatClaimsMoreThanItsChunkIsDamageAndNotAWantOfMemory) {
  const std::string page = EmptyPage(3, kMostInt32);
  FooterSample sample;
  sample.row_groups[0].chunks[0].compressed_size = static_cast<int64_t>(page.size());
  StingyPool pool(/*most=*/int64_t{64} << 20);
  ASSERT_OK_AND_ASSIGN(const auto file, OpenFile(sample, page, &pool));
  ASSERT_OK_AND_ASSIGN(const auto reader, file->ReadRowGroup(0, {0}, 100));
  std::shared_ptr<arrow::RecordBatch> batch;
  ExpectKind(reader->ReadNext(&batch), ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace planish
