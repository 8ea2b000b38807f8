// SPDX-License-Identifier: Apache-2.0
// Every file of the Parquet project's test corpus, transcoded without every third row.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/table.h"
#include "format/chunk_verification.h"
#include "format/footer.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "unit/format/transcoding.h"

namespace planish {
namespace {

constexpr char kCorpus[] = "/usr/share/apache/parquet-testing";

std::vector<std::string> CorpusFiles() {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(kCorpus, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".parquet") != std::string::npos)
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// One file of 4 kB decodes to 4 GB of strings.
bool FitsIntoMemory(const std::string& bytes) {
  MemoryInput input(bytes);
  const auto footer = Footer::Read(input);
  if (!footer.ok()) return true;
  int64_t size = 0;
  for (int i = 0; i < footer->num_row_groups(); ++i) {
    for (const ColumnChunkLayout& chunk : footer->ColumnChunks(i).ValueOrDie()) {
      size += chunk.total_uncompressed_size;
    }
  }
  return size < (int64_t{1} << 30);
}

class TranscoderCorpusTest : public testing::TestWithParam<std::string> {};

TEST_P(TranscoderCorpusTest, LosesJustTheDroppedRowsOrIsRefusedWithAReason) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(GetParam()));
  const IsDropped every_third = [](int64_t row) { return row % 3 == 0; };
  if (!FitsIntoMemory(bytes)) GTEST_SKIP() << "decodes to more than 1 GiB";
  const auto table = ReadTable(bytes);
  const auto transcoded = TranscodeFile(bytes, every_third);
  if (!transcoded.ok()) {
    // Planish may refuse what Arrow reads only where checksums do not match.
    ASSERT_NE(GetErrorDetail(transcoded.status()), nullptr) << transcoded.status();
    EXPECT_TRUE(!table.ok() ||
                transcoded.status().message().find("checksum") != std::string::npos)
        << transcoded.status();
    return;
  }
  if (!table.ok()) return;
  ASSERT_OK_AND_ASSIGN(const auto expected, FilterTable(*table, every_third));
  ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(*transcoded));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
}

TEST_P(TranscoderCorpusTest, IsVerifiedWhereArrowReadsIt) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadFileBytes(GetParam()));
  if (!FitsIntoMemory(bytes)) GTEST_SKIP() << "decodes to more than 1 GiB";
  arrow::MemoryPool* const pool = arrow::default_memory_pool();
  const auto file = ParquetFile::Open(std::make_shared<MemoryInput>(bytes), pool);
  if (!file.ok() || !ReadTable(bytes).ok()) return;
  for (int group = 0; group < (*file)->footer().num_row_groups(); ++group) {
    for (int leaf = 0; leaf < (*file)->num_leaf_columns(); ++leaf) {
      const arrow::Status verified = VerifyColumnChunk(**file, group, leaf, pool);
      EXPECT_TRUE(verified.ok() ||
                  verified.message().find("checksum") != std::string::npos)
          << verified;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, TranscoderCorpusTest, testing::ValuesIn(CorpusFiles()),
                         [](const testing::TestParamInfo<std::string>& file) {
                           std::string name =
                               std::filesystem::path(file.param).filename().string();
                           for (char& c : name) {
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return name + "_" + std::to_string(file.index);
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TranscoderCorpusTest);

}  // namespace
}  // namespace planish
