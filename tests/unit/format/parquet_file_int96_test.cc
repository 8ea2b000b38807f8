// SPDX-License-Identifier: Apache-2.0
// INT96 timestamps, which reach far beyond what Arrow's timestamps can hold.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/array/array_decimal.h"
#include "arrow/io/memory.h"
#include "arrow/table.h"
#include "format/int96_reader.h"
#include "format/parquet_file.h"
#include "parquet/column_writer.h"
#include "parquet/file_writer.h"
#include "parquet/schema.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"

namespace planish {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::PrimitiveNode;

constexpr uint32_t kUnixEpochDay = 2'440'588;

parquet::Int96 Int96Of(uint32_t julian_day, int64_t nanoseconds) {
  parquet::Int96 value;
  std::memcpy(&value.value[0], &nanoseconds, sizeof(nanoseconds));
  value.value[2] = julian_day;
  return value;
}

parquet::schema::NodePtr Leaf(parquet::Repetition::type repetition) {
  return PrimitiveNode::Make("t", repetition, parquet::Type::INT96);
}

/// A file of one column whose leaf is `values`, null where `levels` are below
/// `max_level`.
std::string WriteInt96(const parquet::schema::NodePtr& column,
                       const std::vector<parquet::Int96>& values,
                       const std::vector<int16_t>& levels) {
  const auto root = std::static_pointer_cast<GroupNode>(
      GroupNode::Make("schema", parquet::Repetition::REQUIRED, {column}));
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = parquet::ParquetFileWriter::Open(sink, root);
  auto* int96 =
      static_cast<parquet::Int96Writer*>(writer->AppendRowGroup()->NextColumn());
  const int64_t rows =
      static_cast<int64_t>(levels.empty() ? values.size() : levels.size());
  int96->WriteBatch(rows, levels.empty() ? nullptr : levels.data(), nullptr,
                    values.data());
  writer->Close();
  return sink->Finish().ValueOrDie()->ToString();
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadColumn(const std::string& bytes,
                                                        int64_t batch_rows = 2) {
  ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::Open(std::make_shared<MemoryInput>(bytes),
                                                     arrow::default_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(auto reader, file->ReadRowGroup(0, {0}, batch_rows));
  ARROW_ASSIGN_OR_RAISE(auto table, reader->ToTable());
  if (!table->schema()->field(0)->type()->Equals(*file->schema()->field(0)->type())) {
    return arrow::Status::Invalid("batches are not of the file's schema");
  }
  return table;
}

std::vector<std::string> Texts(const arrow::Table& table) {
  std::vector<std::string> texts;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    texts.push_back(table.column(0)->GetScalar(row).ValueOrDie()->ToString());
  }
  return texts;
}

TEST(Int96Test, IsReadAsNanosecondsSince1970WithoutLoss) {
  const std::vector<parquet::Int96> values = {
      Int96Of(kUnixEpochDay, 0), Int96Of(kUnixEpochDay, 1), Int96Of(kUnixEpochDay - 1, 5),
      // The year 9999, and the first day of the Julian calendar.
      Int96Of(5'373'484, 86'399'999'999'999), Int96Of(0, 0)};
  ASSERT_OK_AND_ASSIGN(
      const auto table,
      ReadColumn(WriteInt96(Leaf(parquet::Repetition::REQUIRED), values, {})));
  EXPECT_TRUE(table->schema()->field(0)->type()->Equals(arrow::decimal128(38, 0)));
  EXPECT_EQ(Texts(*table), (std::vector<std::string>{"0", "1", "-86399999999995",
                                                     "253402300799999999999",
                                                     "-210866803200000000000"}));
}

TEST(Int96Test, MeansTheSameInstantHoweverItIsSplitIntoDaysAndNanoseconds) {
  constexpr int64_t kDay = int64_t{86'400} * 1'000'000'000;
  EXPECT_EQ(NanosecondsOfInt96(Int96Of(kUnixEpochDay, kDay + 7)),
            NanosecondsOfInt96(Int96Of(kUnixEpochDay + 1, 7)));
  EXPECT_EQ(NanosecondsOfInt96(Int96Of(kUnixEpochDay + 1, -1)),
            NanosecondsOfInt96(Int96Of(kUnixEpochDay, kDay - 1)));
}

TEST(Int96Test, KeepsNulls) {
  const std::vector<int16_t> levels = {0, 1, 1, 0, 0, 1};
  const std::vector<parquet::Int96> values = {
      Int96Of(kUnixEpochDay, 1), Int96Of(kUnixEpochDay, 2), Int96Of(kUnixEpochDay, 3)};
  for (const int64_t batch_rows : {1, 2, 100}) {
    ASSERT_OK_AND_ASSIGN(
        const auto table,
        ReadColumn(WriteInt96(Leaf(parquet::Repetition::OPTIONAL), values, levels),
                   batch_rows));
    EXPECT_EQ(Texts(*table),
              (std::vector<std::string>{"null", "1", "2", "null", "null", "3"}));
  }
}

TEST(Int96Test, InsideAStructIsReadAsTimestampsIfTheyFit) {
  const auto column = GroupNode::Make("s", parquet::Repetition::REQUIRED,
                                      {Leaf(parquet::Repetition::REQUIRED)});
  ASSERT_OK_AND_ASSIGN(const auto table,
                       ReadColumn(WriteInt96(column, {Int96Of(kUnixEpochDay, 5)}, {})));
  EXPECT_TRUE(table->schema()->field(0)->type()->field(0)->type()->Equals(
      arrow::timestamp(arrow::TimeUnit::NANO)));
}

TEST(Int96Test, InsideAStructIsRefusedIfTimestampsCannotHoldIt) {
  const auto column = GroupNode::Make("s", parquet::Repetition::REQUIRED,
                                      {Leaf(parquet::Repetition::REQUIRED)});
  for (const uint32_t day :
       {kUnixEpochDay + 106'752, kUnixEpochDay - 106'752, 5'373'484U}) {
    const auto result =
        ReadColumn(WriteInt96(column, {Int96Of(kUnixEpochDay, 0), Int96Of(day, 0)}, {}));
    ASSERT_ERROR_KIND(result.status(), ErrorKind::kUnsupported);
    EXPECT_EQ(GetErrorDetail(result.status())->column, "s");
  }
}

}  // namespace
}  // namespace planish
