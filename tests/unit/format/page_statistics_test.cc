// SPDX-License-Identifier: Apache-2.0
// What page indexes say of pages, and when they are believed.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow/scalar.h"
#include "arrow/table.h"
#include "format/parquet_file.h"
#include "support/arrow_assertions.h"
#include "support/memory_files.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class PageStatisticsTest : public testing::Test {
 protected:
  /// Writes pages of two rows.
  void Write(const std::shared_ptr<arrow::DataType>& type, const std::string& rows,
             bool page_index = true) {
    WriteSpec spec;
    spec.page_index = page_index;
    spec.dictionary = false;
    spec.data_page_bytes = 1;
    spec.write_batch_rows = 2;
    ASSERT_OK_AND_ASSIGN(const auto table,
                         TableFromJson(arrow::schema({arrow::field("c", type)}), rows));
    const std::string path = directory_ / "file.parquet";
    ASSERT_OK(WriteParquet(table, path, spec));
    ASSERT_OK_AND_ASSIGN(bytes_, ReadFileBytes(path));
    Reopen();
  }

  void Reopen() {
    ASSERT_OK_AND_ASSIGN(file_, ParquetFile::Open(std::make_shared<MemoryInput>(bytes_),
                                                  arrow::default_memory_pool()));
  }
  std::vector<PageStatistics> Pages() const { return file_->Pages(0, 0); }
  ColumnChunkLayout Layout() const {
    return file_->footer().ColumnChunks(0).ValueOrDie()[0];
  }

  /// "min..max" of each page, "null" for one without values, "?" without bounds.
  std::string Bounds() const {
    std::string text;
    for (const PageStatistics& page : Pages()) {
      if (!text.empty()) text += " ";
      const ColumnChunkStatistics& of = page.statistics;
      text += page.all_null       ? "null"
              : of.min == nullptr ? "?"
                                  : of.min->ToString() + ".." + of.max->ToString();
    }
    return text;
  }

  TempDir directory_;
  std::string bytes_;
  std::shared_ptr<ParquetFile> file_;
};

TEST_F(PageStatisticsTest, EveryPageHasItsBounds) {
  Write(arrow::int64(), "[[1], [3], [null], [7], [100], [90], [null], [null]]");
  EXPECT_EQ(Bounds(), "1..3 7..7 90..100 null");
  EXPECT_EQ(Pages()[0].statistics.null_count, 0);
  EXPECT_EQ(Pages()[1].statistics.null_count, 1);
}

TEST_F(PageStatisticsTest, BoundsAreOfTheColumnsType) {
  Write(arrow::uint32(), "[[4000000000], [1]]");
  EXPECT_EQ(Bounds(), "1..4000000000");
  Write(arrow::utf8(), R"([["b"], ["a"], ["y"], ["z"]])");
  EXPECT_EQ(Bounds(), "a..b y..z");
  Write(arrow::date32(), "[[10], [3]]");
  EXPECT_EQ(Bounds(), "1970-01-04..1970-01-11");
  Write(arrow::fixed_size_binary(2), R"([["ab"], ["aa"]])");
  EXPECT_EQ(Bounds(), "aa..ab");
}

TEST_F(PageStatisticsTest, FloatingPointPagesHaveNoBounds) {
  Write(arrow::float64(), "[[1.5], [2.5]]");
  EXPECT_EQ(Bounds(), "?");
}

TEST_F(PageStatisticsTest, AFileWithoutPageIndexHasNoPages) {
  Write(arrow::int64(), "[[1], [3]]", /*page_index=*/false);
  EXPECT_TRUE(Pages().empty());
}

TEST_F(PageStatisticsTest, AnIndexThatIsNotOneIsNotBelieved) {
  Write(arrow::int64(), "[[1], [3], [5], [7]]");
  ASSERT_EQ(Pages().size(), 2U);
  const std::string whole = bytes_;
  for (const int64_t offset :
       {Layout().column_index_offset, Layout().offset_index_offset}) {
    bytes_ = whole;
    for (size_t i = 0; i < 4; ++i) bytes_[static_cast<size_t>(offset) + i] = '\xFF';
    Reopen();
    EXPECT_TRUE(Pages().empty());
  }
}

TEST_F(PageStatisticsTest, AnIndexOfAnotherNumberOfPagesIsNotBelieved) {
  Write(arrow::int64(), "[[1], [3], [5], [7]]");
  const std::string other = bytes_;
  const ColumnChunkLayout two = Layout();
  Write(arrow::int64(), "[[1], [3], [5], [7], [9], [11]]");
  const ColumnChunkLayout three = Layout();
  // Puts an index of two pages where one of three is. What follows is no part of it.
  ASSERT_LE(two.column_index_length, three.column_index_length);
  bytes_.replace(static_cast<size_t>(three.column_index_offset),
                 static_cast<size_t>(two.column_index_length), other,
                 static_cast<size_t>(two.column_index_offset),
                 static_cast<size_t>(two.column_index_length));
  Reopen();
  EXPECT_TRUE(Pages().empty());
}

}  // namespace
}  // namespace planish
