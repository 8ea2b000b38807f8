// SPDX-License-Identifier: Apache-2.0
// Footers with random damage: an error or a footer that can be worked with, never a
// crash.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "format/file_splicer.h"
#include "format/footer.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"

namespace planish {
namespace {

constexpr int kRounds = 2000;

// Three row groups of two columns, with every optional piece of metadata.
FooterSample RichFooter() {
  FooterSample sample;
  sample.leaf_columns = 2;
  sample.unknown_fields = true;
  sample.column_order = int16_t{1};
  sample.row_groups.clear();
  for (int64_t i = 0; i < 3; ++i) {
    const ChunkSample chunk{.file_offset = 4,
                            .compressed_size = 60,
                            .key_value = "v",
                            .data_page = 30 + 100 * i,
                            .index_page = 0,
                            .dictionary_page = 10 + 100 * i,
                            .bloom_filter = 400 + i,
                            .bloom_filter_length = 20,
                            .statistics_max = "max",
                            .offset_index = 500 + i,
                            .column_index = 600 + i,
                            .offset_index_length = 20,
                            .column_index_length = 20};
    sample.row_groups.push_back({.chunks = {chunk, chunk},
                                 .file_offset = 10 + 100 * i,
                                 .total_compressed_size = 120,
                                 .ordinal = static_cast<int16_t>(i)});
  }
  return sample;
}

// Everything that can be done with a file, short of decoding. Returns whether it had a
// footer.
bool TakeApart(std::string bytes) {
  MemoryInput input(std::move(bytes));
  const arrow::Result<Footer> footer = Footer::Read(input);
  if (!footer.ok()) {
    EXPECT_NE(GetErrorDetail(footer.status()), nullptr) << footer.status();
    return false;
  }
  MemoryOutput output;
  arrow::Result<FileSplicer> splicer = FileSplicer::Make(&output, &input, &*footer);
  if (!splicer.ok()) return true;
  for (int i = 0; i < footer->num_row_groups(); ++i) {
    if (!splicer->CopyRowGroup(i).ok()) return true;
  }
  if (!splicer->Finish().ok()) return true;
  MemoryInput spliced(output.bytes());
  const arrow::Result<Footer> again = Footer::Read(spliced);
  EXPECT_OK(again);
  if (!again.ok()) return true;
  EXPECT_EQ(again->num_rows(), footer->num_rows());
  return true;
}

TEST(FooterDamageTest, SurvivesFlippedBytes) {
  const std::string footer = RichFooter().Serialize();
  std::mt19937 random(20240607);
  int readable = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string damaged = footer;
    const auto flips = 1 + random() % 3;
    for (uint64_t i = 0; i < flips; ++i) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    }
    SCOPED_TRACE(round);
    readable += TakeApart(FileWith(std::string(1000, 'x'), damaged));
  }
  // Both outcomes must have been exercised.
  EXPECT_GT(readable, kRounds / 20);
  EXPECT_LT(readable, kRounds);
}

TEST(FooterDamageTest, SurvivesTruncationAndRepetition) {
  const std::string footer = RichFooter().Serialize();
  std::mt19937 random(7);
  for (size_t length = 1; length < footer.size(); ++length) {
    SCOPED_TRACE(length);
    EXPECT_FALSE(TakeApart(FileWith(std::string(1000, 'x'), footer.substr(0, length))));
  }
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const size_t begin = random() % footer.size();
    const size_t length = random() % (footer.size() - begin);
    std::string damaged = footer;
    damaged.insert(random() % footer.size(), footer.substr(begin, length));
    TakeApart(FileWith(std::string(1000, 'x'), damaged));
  }
}

TEST(FooterDamageTest, SurvivesDamagedIndexes) {
  // The bytes the footer's index locations point into are random too.
  const std::string footer = RichFooter().Serialize();
  std::mt19937 random(99);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    std::string data(1000, '\0');
    for (char& byte : data) byte = static_cast<char>(random() % 32);
    EXPECT_TRUE(TakeApart(FileWith(data, footer)));
  }
}

}  // namespace
}  // namespace planish
