// SPDX-License-Identifier: Apache-2.0
// Every file of the Parquet project's test corpus, taken apart and put together again.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arrow/buffer.h"
#include "arrow/io/memory.h"
#include "arrow/table.h"
#include "arrow/util/config.h"
#include "format/file_splicer.h"
#include "format/footer.h"
#include "parquet/arrow/reader.h"
#include "parquet/exception.h"
#include "planish/error.h"
#include "support/arrow_assertions.h"
#include "support/footer_samples.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"

namespace planish {
namespace {

constexpr char kCorpus[] = "/usr/share/apache/parquet-testing";

std::vector<std::string> CorpusFiles() {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(kCorpus, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".parquet") || name.ends_with(".parquet.encrypted"))
      files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadTable(const std::string& bytes) {
  try {
    auto input =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
    ARROW_ASSIGN_OR_RAISE(
        auto reader,
        parquet::arrow::OpenFile(std::move(input), arrow::default_memory_pool()));
#if ARROW_VERSION_MAJOR >= 24
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadTable());
#else
    std::shared_ptr<arrow::Table> table;
    ARROW_RETURN_NOT_OK(reader->ReadTable(&table));
#endif
    ARROW_RETURN_NOT_OK(table->Validate());
    return table;
  } catch (const parquet::ParquetException& e) {
    return arrow::Status::IOError(e.what());
  }
}

// Copies the given row groups of `source`.
arrow::Result<std::string> Splice(MemoryInput* source, const Footer& footer,
                                  const std::vector<int>& row_groups,
                                  bool chunk_by_chunk) {
  MemoryOutput output;
  ARROW_ASSIGN_OR_RAISE(FileSplicer splicer, FileSplicer::Make(&output, source, &footer));
  int64_t num_rows = 0;
  for (const int row_group : row_groups) {
    num_rows += footer.row_group_num_rows(row_group);
    if (!chunk_by_chunk) {
      ARROW_RETURN_NOT_OK(splicer.CopyRowGroup(row_group));
      continue;
    }
    ARROW_RETURN_NOT_OK(
        splicer.BeginRowGroup(row_group, footer.row_group_num_rows(row_group)));
    for (int leaf = 0; leaf < footer.num_leaf_columns(); ++leaf) {
      ARROW_RETURN_NOT_OK(splicer.CopyChunk());
    }
    ARROW_RETURN_NOT_OK(splicer.EndRowGroup());
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, splicer.Finish());
  if (rows != num_rows) return arrow::Status::Invalid("wrong number of rows");
  if (splicer.indexes_left_out() != 0) return arrow::Status::Invalid("lost an index");
  return output.bytes();
}

std::vector<int> AllRowGroups(const Footer& footer) {
  std::vector<int> row_groups;
  for (int i = 0; i < footer.num_row_groups(); ++i) row_groups.push_back(i);
  return row_groups;
}

// Arrow reads both, to the same values; or neither.
void ExpectSameTable(const std::string& expected_bytes, const std::string& actual_bytes) {
  const auto expected = ReadTable(expected_bytes);
  const auto actual = ReadTable(actual_bytes);
  ASSERT_EQ(expected.ok(), actual.ok()) << expected.status() << " / " << actual.status();
  if (!expected.ok()) return;
  EXPECT_TRUE(TablesEqual(**expected, **actual));
}

// One file of 4 kB decodes to 4 GB of strings.
bool FitsIntoMemory(const Footer& footer) {
  int64_t size = 0;
  for (int i = 0; i < footer.num_row_groups(); ++i) {
    for (const ColumnChunkLayout& chunk : footer.ColumnChunks(i).ValueOrDie()) {
      size += chunk.total_uncompressed_size;
    }
  }
  return size < (int64_t{1} << 30);
}

class CorpusTest : public testing::TestWithParam<std::string> {};

TEST_P(CorpusTest, IsTheSameAfterSplicingOrRefusedWithAReason) {
  ASSERT_OK_AND_ASSIGN(std::string bytes, ReadFileBytes(GetParam()));
  MemoryInput source(bytes);
  const arrow::Result<Footer> footer = Footer::Read(source);
  if (!footer.ok()) {
    ASSERT_NE(GetErrorDetail(footer.status()), nullptr) << footer.status();
    EXPECT_EQ(GetErrorDetail(footer.status())->file, source.path());
    EXPECT_FALSE(ReadTable(bytes).ok()) << footer.status();
    return;
  }
  for (const bool chunk_by_chunk : {false, true}) {
    SCOPED_TRACE(chunk_by_chunk);
    ASSERT_OK_AND_ASSIGN(const std::string spliced,
                         Splice(&source, *footer, AllRowGroups(*footer), chunk_by_chunk));
    MemoryInput output(spliced);
    ASSERT_OK_AND_ASSIGN(const Footer again, Footer::Read(output));
    EXPECT_EQ(again.num_rows(), footer->num_rows());
    if (!chunk_by_chunk) {
      EXPECT_EQ(FooterDifference(footer->bytes(), again.bytes()), "");
    }
    if (FitsIntoMemory(*footer)) ExpectSameTable(bytes, spliced);
    // A spliced file is as good a source as any.
    ASSERT_OK_AND_ASSIGN(const std::string twice,
                         Splice(&output, again, AllRowGroups(again), chunk_by_chunk));
    EXPECT_EQ(twice, spliced);
  }
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(std::string(kCorpus).size() + 1);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(ParquetTesting, CorpusTest, testing::ValuesIn(CorpusFiles()),
                         NameOf);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CorpusTest);

TEST(CorpusFilesTest, AreEncryptedOrReadableOrDamagedAsTheirFoldersSay) {
  const std::vector<std::string> files = CorpusFiles();
  if (files.empty()) GTEST_SKIP() << "no corpus at " << kCorpus;
  int read = 0;
  for (const std::string& file : files) {
    ASSERT_OK_AND_ASSIGN(std::string bytes, ReadFileBytes(file));
    MemoryInput source(std::move(bytes));
    const arrow::Result<Footer> footer = Footer::Read(source);
    if (footer.ok()) ++read;
    if (file.ends_with(".parquet.encrypted")) {
      EXPECT_ERROR_KIND(footer, ErrorKind::kEncrypted);
    } else if (file.find("/data/") != std::string::npos) {
      EXPECT_OK(footer) << file;
    }
  }
  EXPECT_GT(read, 60);
}

TEST(CorpusFilesTest, KeepTheRowGroupsThatAreChosenInTheOrderChosen) {
  const std::string file = std::string(kCorpus) + "/data/geospatial/geospatial.parquet";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  ASSERT_OK_AND_ASSIGN(std::string bytes, ReadFileBytes(file));
  MemoryInput source(bytes);
  ASSERT_OK_AND_ASSIGN(const Footer footer, Footer::Read(source));
  ASSERT_EQ(footer.num_row_groups(), 31);
  ASSERT_OK_AND_ASSIGN(const auto whole, ReadTable(bytes));
  std::vector<int64_t> first_rows = {0};
  for (int i = 0; i < 31; ++i) {
    first_rows.push_back(first_rows.back() + footer.row_group_num_rows(i));
  }
  const std::vector<int> chosen = {2, 3, 5, 30, 0};
  std::vector<std::shared_ptr<arrow::Table>> slices;
  for (const int i : chosen) {
    slices.push_back(whole->Slice(first_rows[i], footer.row_group_num_rows(i)));
  }
  ASSERT_OK_AND_ASSIGN(const auto expected, arrow::ConcatenateTables(slices));
  ASSERT_OK_AND_ASSIGN(const std::string spliced, Splice(&source, footer, chosen, false));
  ASSERT_OK_AND_ASSIGN(const auto actual, ReadTable(spliced));
  EXPECT_TRUE(TablesEqual(*expected, *actual));
}

}  // namespace
}  // namespace planish
