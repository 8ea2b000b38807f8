// SPDX-License-Identifier: Apache-2.0
// What bloom filters of column chunks are asked, and when they are believed.
#include "format/chunk_bloom_filter.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "format/parquet_file.h"
#include "format/stored_form.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

using Values = std::vector<FilterValue>;

class ChunkBloomFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!BloomFiltersWritable()) GTEST_SKIP() << "needs Arrow 25";
  }

  void Write(const std::shared_ptr<arrow::Table>& table, WriteSpec spec = {}) {
    spec.bloom_filter_columns = {"c"};
    const std::string path = directory_ / "file.parquet";
    ASSERT_OK(WriteParquet(table, path, spec));
    ASSERT_OK_AND_ASSIGN(bytes_, ReadFileBytes(path));
    Reopen();
  }
  void Write(const std::shared_ptr<arrow::DataType>& type, const std::string& rows,
             const WriteSpec& spec = {}) {
    ASSERT_OK_AND_ASSIGN(const auto table,
                         TableFromJson(arrow::schema({arrow::field("c", type)}), rows));
    Write(table, spec);
  }
  /// The even numbers below 4000.
  void WriteEvenNumbers() {
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < 4000; i += 2) ASSERT_OK(builder.Append(i));
    ASSERT_OK_AND_ASSIGN(const auto array, builder.Finish());
    Write(
        arrow::Table::Make(arrow::schema({arrow::field("c", arrow::int64())}), {array}));
  }

  void Reopen() {
    ASSERT_OK_AND_ASSIGN(file_, ParquetFile::Open(std::make_shared<MemoryInput>(bytes_),
                                                  arrow::default_memory_pool()));
  }
  size_t Begin() const {
    return static_cast<size_t>(
        file_->footer().ColumnChunks(0).ValueOrDie()[0].bloom_filter_offset);
  }
  size_t Length() const {
    return static_cast<size_t>(
        file_->footer().ColumnChunks(0).ValueOrDie()[0].bloom_filter_length);
  }

  std::unique_ptr<ChunkBloomFilter> Filter(const arrow::DataType& type) const {
    return file_->OpenBloomFilter(0, 0, type);
  }
  bool MayHold(const arrow::DataType& type, const FilterValue& value) const {
    const auto filter = Filter(type);
    EXPECT_NE(filter, nullptr);
    return filter == nullptr || filter->MayHoldAny(Values{value});
  }

  TempDir directory_;
  std::string bytes_;
  std::shared_ptr<ParquetFile> file_;
};

TEST_F(ChunkBloomFilterTest, WhatIsThereIsNeverRuledOutAndNearlyAllElseIs) {
  WriteEvenNumbers();
  int found = 0;
  for (int64_t i = 0; i < 4000; ++i) {
    const bool may_hold = MayHold(*arrow::int64(), i);
    ASSERT_TRUE(may_hold || i % 2 != 0) << i;
    if (may_hold && i % 2 != 0) ++found;
  }
  EXPECT_LT(found, 300);
}

TEST_F(ChunkBloomFilterTest, OneValueOfManyIsEnough) {
  WriteEvenNumbers();
  Values absent;
  for (int64_t i = 1; absent.size() < 5; i += 2) {
    if (!MayHold(*arrow::int64(), i)) absent.emplace_back(i);
  }
  EXPECT_FALSE(Filter(*arrow::int64())->MayHoldAny(absent));
  EXPECT_FALSE(Filter(*arrow::int64())->MayHoldAny({}));
  absent.emplace_back(int64_t{2000});
  EXPECT_TRUE(Filter(*arrow::int64())->MayHoldAny(absent));
}

TEST_F(ChunkBloomFilterTest, NumbersOfWiderTypesAreAskedAsTheyAreStored) {
  Write(arrow::int16(), "[[-7], [300], [null]]");
  EXPECT_TRUE(MayHold(*arrow::int64(), int64_t{-7}));
  EXPECT_TRUE(MayHold(*arrow::int32(), int64_t{300}));
  EXPECT_TRUE(MayHold(*arrow::float64(), 300.0));
  // Equal in their lowest 16 or 32 bits.
  EXPECT_FALSE(MayHold(*arrow::int64(), int64_t{300} + (int64_t{1} << 32)));
  EXPECT_FALSE(MayHold(*arrow::float64(), 300.5));
  EXPECT_FALSE(MayHold(*arrow::float64(), 1e300));
  Write(arrow::uint32(), "[[4000000000]]");
  EXPECT_TRUE(MayHold(*arrow::int64(), int64_t{4'000'000'000}));
  EXPECT_FALSE(MayHold(*arrow::int64(), int64_t{4'000'000'000} - (int64_t{1} << 32)));
  Write(arrow::uint64(), "[[18446744073709551615]]");
  EXPECT_TRUE(MayHold(*arrow::uint64(), ~uint64_t{0}));
  EXPECT_FALSE(MayHold(*arrow::uint64(), uint64_t{5}));
}

TEST_F(ChunkBloomFilterTest, ZeroIsAskedWithBothSigns) {
  for (const char* zero : {"[[0.0]]", "[[-0.0]]"}) {
    Write(arrow::float32(), zero);
    for (const double asked : {0.0, -0.0}) {
      EXPECT_TRUE(MayHold(*arrow::float32(), asked)) << zero;
      EXPECT_TRUE(MayHold(*arrow::float64(), asked)) << zero;
    }
    Write(arrow::float64(), zero);
    EXPECT_TRUE(MayHold(*arrow::float64(), 0.0)) << zero;
    EXPECT_FALSE(MayHold(*arrow::float64(), 1.0)) << zero;
  }
  Write(arrow::float32(), "[[0.5]]");
  EXPECT_TRUE(MayHold(*arrow::float64(), 0.5));
  EXPECT_FALSE(MayHold(*arrow::float64(), 0.1));
}

TEST_F(ChunkBloomFilterTest, TimesAreAskedInTheUnitOfTheFile) {
  const auto nanoseconds = arrow::timestamp(arrow::TimeUnit::NANO);
  Write(arrow::timestamp(arrow::TimeUnit::MILLI), "[[5], [-3]]");
  EXPECT_TRUE(MayHold(*nanoseconds, int64_t{5'000'000}));
  EXPECT_TRUE(MayHold(*nanoseconds, int64_t{-3'000'000}));
  EXPECT_FALSE(MayHold(*nanoseconds, int64_t{5'000'001}));
  EXPECT_FALSE(MayHold(*nanoseconds, int64_t{5}));
  Write(arrow::time32(arrow::TimeUnit::MILLI), "[[5]]");
  EXPECT_TRUE(MayHold(*arrow::time64(arrow::TimeUnit::MICRO), int64_t{5'000}));
  EXPECT_FALSE(MayHold(*arrow::time64(arrow::TimeUnit::MICRO), int64_t{5'001}));
  Write(arrow::date32(), "[[5]]");
  EXPECT_TRUE(MayHold(*arrow::date32(), int64_t{5}));
  EXPECT_TRUE(MayHold(*arrow::date64(), int64_t{5} * 86'400'000));
  Write(arrow::duration(arrow::TimeUnit::SECOND), "[[5]]");
  EXPECT_TRUE(MayHold(*arrow::duration(arrow::TimeUnit::MILLI), int64_t{5'000}));
}

TEST_F(ChunkBloomFilterTest, TextAndBinaryAreAskedByTheirBytes) {
  Write(arrow::utf8(), R"([["one"], [""]])");
  EXPECT_TRUE(MayHold(*arrow::large_utf8(), std::string_view("one")));
  EXPECT_TRUE(MayHold(*arrow::utf8(), std::string_view("")));
  EXPECT_FALSE(MayHold(*arrow::utf8(), std::string_view("two")));
  Write(arrow::fixed_size_binary(3), R"([["one"]])");
  EXPECT_TRUE(MayHold(*arrow::binary(), std::string_view("one")));
  EXPECT_FALSE(MayHold(*arrow::binary(), std::string_view("on")));
}

TEST_F(ChunkBloomFilterTest, TypesStoredInWaysThatAreNotKnownHaveNone) {
  Write(arrow::decimal128(10, 2), R"([["1.50"]])");
  EXPECT_EQ(Filter(*arrow::decimal128(12, 3)), nullptr);
  WriteSpec int96;
  int96.int96 = true;
  Write(arrow::timestamp(arrow::TimeUnit::NANO), "[[5]]", int96);
  EXPECT_EQ(Filter(*arrow::timestamp(arrow::TimeUnit::NANO)), nullptr);
  Write(arrow::timestamp(arrow::TimeUnit::MICRO), "[[5]]");
  EXPECT_EQ(Filter(*arrow::timestamp(arrow::TimeUnit::MILLI)), nullptr);
  EXPECT_EQ(Filter(*arrow::int64()), nullptr);
}

TEST_F(ChunkBloomFilterTest, AHeaderThatMakesNoSenseIsNoFilter) {
  WriteEvenNumbers();
  const std::string whole = bytes_;
  for (size_t i = 0; i < 4; ++i) {
    bytes_ = whole;
    bytes_[Begin() + i] = static_cast<char>(0x7F);
    Reopen();
    EXPECT_EQ(Filter(*arrow::int64()), nullptr) << i;
  }
}

TEST_F(ChunkBloomFilterTest, AnEmptyPageOfAFilterOfManyValuesTellsNothing) {
  WriteEvenNumbers();
  ASSERT_FALSE(MayHold(*arrow::int64(), int64_t{-1}));
  const size_t header = Length() % 32;
  for (size_t i = Begin() + header; i < Begin() + Length(); ++i) bytes_[i] = '\0';
  Reopen();
  EXPECT_TRUE(MayHold(*arrow::int64(), int64_t{-1}));
}

TEST_F(ChunkBloomFilterTest, AskingReadsLittleOfALargeFilter) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 200'000; ++i) ASSERT_OK(builder.Append(i * i));
  ASSERT_OK_AND_ASSIGN(const auto array, builder.Finish());
  Write(arrow::Table::Make(arrow::schema({arrow::field("c", arrow::int64())}), {array}));
  ASSERT_GT(Length(), 100'000U);
  const int64_t before = file_->input().bytes_read();
  MayHold(*arrow::int64(), int64_t{-1});
  EXPECT_LE(file_->input().bytes_read() - before, 5'000);
  // Values that are absent, and so many that the column can be read instead.
  Values values;
  for (int64_t i = 0; i < 10'000; ++i) values.emplace_back(-i - 1);
  EXPECT_TRUE(Filter(*arrow::int64())->MayHoldAny(values));
  EXPECT_LE(file_->input().bytes_read() - before, 1'000'000);
}

TEST_F(ChunkBloomFilterTest, HoldsValuesThatArePutIntoIt) {
  WriteEvenNumbers();
  const int64_t odd = 4001;
  const uint64_t hash = FilterHashOf({reinterpret_cast<const char*>(&odd), sizeof(odd)});
  const auto layout = file_->footer().ColumnChunks(0).ValueOrDie()[0];
  ASSERT_OK_AND_ASSIGN(const auto extended,
                       ExtendBloomFilter(&file_->input(), layout, std::array{hash},
                                         arrow::default_memory_pool()));
  ASSERT_NE(extended, nullptr);
  ASSERT_EQ(static_cast<size_t>(extended->size()), Length());
  ASSERT_FALSE(MayHold(*arrow::int64(), odd));
  bytes_.replace(Begin(), Length(), extended->ToString());
  Reopen();
  EXPECT_TRUE(MayHold(*arrow::int64(), odd));
  for (int64_t i = 0; i < 4000; i += 2) ASSERT_TRUE(MayHold(*arrow::int64(), i));
}

TEST_F(ChunkBloomFilterTest, IsNotExtendedWhenItGetsTooFullOrIsDamaged) {
  WriteEvenNumbers();
  const auto layout = file_->footer().ColumnChunks(0).ValueOrDie()[0];
  std::vector<uint64_t> many;
  for (int64_t i = 0; i < 20'000; ++i) {
    many.push_back(FilterHashOf({reinterpret_cast<const char*>(&i), sizeof(i)}));
  }
  ASSERT_OK_AND_ASSIGN(auto extended, ExtendBloomFilter(&file_->input(), layout, many,
                                                        arrow::default_memory_pool()));
  EXPECT_EQ(extended, nullptr);
  // All of its pages have been lost.
  const size_t num_bytes = Length() / 32 * 32;
  bytes_.replace(Begin() + Length() - num_bytes, num_bytes, num_bytes, '\0');
  Reopen();
  ASSERT_OK_AND_ASSIGN(extended, ExtendBloomFilter(&file_->input(), layout, {},
                                                   arrow::default_memory_pool()));
  EXPECT_EQ(extended, nullptr);
}

}  // namespace
}  // namespace planish
