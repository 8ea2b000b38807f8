// SPDX-License-Identifier: Apache-2.0
#include "format/rle_hybrid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "parquet/column_reader.h"
#include "support/arrow_assertions.h"
#include "support/random_source.h"

namespace planish {
namespace {

template <typename Number>
std::string Encode(const std::vector<Number>& numbers, int bit_width) {
  arrow::BufferBuilder builder;
  EXPECT_OK(AppendRleHybrid(numbers.data(), static_cast<int64_t>(numbers.size()),
                            bit_width, &builder));
  return {reinterpret_cast<const char*>(builder.data()),
          static_cast<size_t>(builder.length())};
}

RleHybridReader ReaderOf(const std::string& bytes, int bit_width) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()),
          static_cast<int64_t>(bytes.size()), bit_width};
}

/// Runs of equal numbers and of different ones, in random order.
std::vector<uint32_t> RandomNumbers(RandomSource* random, int bit_width, size_t count) {
  std::vector<uint32_t> numbers;
  const auto next = [&] {
    const auto bits = static_cast<uint32_t>(random->Below(1 << 30)) << 2 |
                      static_cast<uint32_t>(random->Below(4));
    return bit_width == 32 ? bits : bits & ((1U << bit_width) - 1);
  };
  while (numbers.size() < count) {
    const bool equal = random->OneIn(2);
    const uint32_t repeated = next();
    for (int i = random->Between(1, 40); i > 0; --i) {
      numbers.push_back(equal ? repeated : next());
    }
  }
  numbers.resize(count);
  return numbers;
}

TEST(RleHybridTest, ReadsWhatItWroteAtEveryBitWidth) {
  RandomSource random(1);
  for (int bit_width = 0; bit_width <= 32; ++bit_width) {
    SCOPED_TRACE(bit_width);
    for (const size_t count : {1, 7, 8, 9, 63, 1000}) {
      const auto numbers = RandomNumbers(&random, bit_width, count);
      const std::string bytes = Encode(numbers, bit_width);
      RleHybridReader reader = ReaderOf(bytes, bit_width);
      std::vector<uint32_t> read(count);
      for (size_t begin = 0; begin < count;) {
        const size_t piece = std::min<size_t>(count - begin, random.Between(1, 50));
        ASSERT_OK(reader.Read(static_cast<int64_t>(piece), read.data() + begin));
        begin += piece;
      }
      ASSERT_EQ(read, numbers);
    }
  }
}

TEST(RleHybridTest, WritesLevelsThatParquetReads) {
  RandomSource random(2);
  for (const int max_level : {1, 2, 3, 7, 100, 32767}) {
    SCOPED_TRACE(max_level);
    std::vector<int16_t> levels;
    for (const uint32_t number : RandomNumbers(&random, 15, 3000)) {
      levels.push_back(static_cast<int16_t>(number % (max_level + 1)));
    }
    const std::string bytes = Encode(levels, BitWidth(static_cast<uint32_t>(max_level)));
    parquet::LevelDecoder decoder;
    decoder.SetDataV2(static_cast<int32_t>(bytes.size()), static_cast<int16_t>(max_level),
                      3000, reinterpret_cast<const uint8_t*>(bytes.data()));
    std::vector<int16_t> read(3000);
    ASSERT_EQ(decoder.Decode(3000, read.data()), 3000);
    EXPECT_EQ(read, levels);
  }
}

TEST(RleHybridTest, WritesLongRunsInAFewBytes) {
  const std::vector<uint32_t> numbers(100'000, 5);
  EXPECT_EQ(Encode(numbers, 3).size(), 4U);
}

TEST(RleHybridTest, ReadsPackedNumbersThatLackTheirPadding) {
  // One group of eight with 3 bits each, of which the writer kept the bytes of five.
  const std::string bytes("\x03\x88\x46", 3);
  RleHybridReader reader = ReaderOf(bytes, 3);
  std::vector<uint32_t> read(5);
  ASSERT_OK(reader.Read(5, read.data()));
  EXPECT_EQ(read, (std::vector<uint32_t>{0, 1, 2, 3, 4}));
}

TEST(RleHybridTest, RefusesToReadBeyondTheEnd) {
  const std::string bytes = Encode(std::vector<uint32_t>(20, 1), 1);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string truncated = bytes.substr(0, size);
    RleHybridReader reader = ReaderOf(truncated, 1);
    std::vector<uint32_t> read(21);
    EXPECT_FALSE(reader.Read(21, read.data()).ok()) << size;
  }
}

TEST(RleHybridTest, RefusesRunHeadersWithoutEnd) {
  const std::string bytes(20, '\xFF');
  std::vector<uint32_t> read(8);
  EXPECT_FALSE(ReaderOf(bytes, 4).Read(8, read.data()).ok());
}

}  // namespace
}  // namespace planish
