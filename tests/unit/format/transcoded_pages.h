// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "arrow/array/builder_binary.h"
#include "arrow/array/builder_primitive.h"
#include "arrow/table.h"
#include "parquet/column_page.h"
#include "parquet/column_reader.h"
#include "parquet/file_reader.h"
#include "parquet/properties.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"
#include "unit/format/transcoding.h"

/// \file
/// Transcoding files of one column and looking at their pages.

namespace planish {

inline bool EveryOther(int64_t row) {
  return row % 2 == 0;
}
inline bool OneInTen(int64_t row) {
  return row % 10 == 3;
}

inline std::unique_ptr<parquet::ParquetFileReader> OpenBytes(
    const std::string& bytes, bool check_checksums = false) {
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(check_checksums);
  return parquet::ParquetFileReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)),
      properties);
}

/// Data pages of a column chunk; the first of all counts if there is a dictionary.
struct PageCounts {
  int dictionary = 0, dictionary_entries = 0;
  int data_v1 = 0, data_v2 = 0;
  int64_t values = 0;
};

inline PageCounts CountPages(const std::string& bytes, int row_group = 0, int leaf = 0) {
  PageCounts counts;
  const auto file = OpenBytes(bytes);
  const auto pages = file->RowGroup(row_group)->GetColumnPageReader(leaf);
  while (const auto page = pages->NextPage()) {
    if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
      ++counts.dictionary;
      counts.dictionary_entries =
          static_cast<const parquet::DictionaryPage&>(*page).num_values();
      continue;
    }
    ++(page->type() == parquet::PageType::DATA_PAGE ? counts.data_v1 : counts.data_v2);
    counts.values += static_cast<const parquet::DataPage&>(*page).num_values();
  }
  return counts;
}

class TranscodedPagesTest : public testing::Test {
 protected:
  std::string Write(const std::shared_ptr<arrow::Table>& table,
                    const WriteSpec& spec = {}) {
    const std::string path = directory_ / "source.parquet";
    EXPECT_OK(WriteParquet(table, path, spec));
    return ReadFileBytes(path).ValueOrDie();
  }

  std::string Transcode(const std::string& bytes, const IsDropped& is_dropped,
                        const WriterOptions& options = {}) {
    auto result = TranscodeFile(bytes, is_dropped, options);
    EXPECT_OK(result.status());
    return result.ok() ? *result : std::string();
  }

  TempDir directory_;
};

/// Numbers 0, 1, 2, ...
inline std::shared_ptr<arrow::Table> Numbers(int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_OK(builder.Append(i));
  return arrow::Table::Make(
      arrow::schema({arrow::field("c", arrow::int64(), /*nullable=*/false)}),
      {builder.Finish().ValueOrDie()});
}

/// Different strings of `length` bytes.
inline std::shared_ptr<arrow::Table> LongStrings(int count, int length) {
  arrow::StringBuilder builder;
  for (int i = 0; i < count; ++i) {
    std::string text = std::to_string(i) + "-";
    text.resize(static_cast<size_t>(length), static_cast<char>('a' + i % 26));
    EXPECT_OK(builder.Append(text));
  }
  return arrow::Table::Make(arrow::schema({arrow::field("c", arrow::utf8())}),
                            {builder.Finish().ValueOrDie()});
}

inline WriteSpec SmallPages() {
  WriteSpec spec;
  spec.data_page_bytes = 400;
  spec.write_batch_rows = 50;
  return spec;
}

}  // namespace planish
