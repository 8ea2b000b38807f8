// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/column_list.h"
#include "cli/progress_line.h"
#include "cli/terminal.h"
#include "cli/text_table.h"

namespace planish::cli {
namespace {

using Names = std::vector<std::string>;

Progress Halfway() {
  Progress progress;
  progress.stage = "rewrite";
  progress.rows_done = 5'000'000;
  progress.rows_total = 10'000'000;
  progress.seconds = 12.3;
  progress.seconds_left = 4;
  return progress;
}

TEST(ColumnListTest, SplitsAtCommasThatAreNotEscaped) {
  EXPECT_EQ(*SplitColumnList("a,b c,d"), (Names{"a", "b c", "d"}));
  EXPECT_EQ(*SplitColumnList("a\\,b,c"), (Names{"a,b", "c"}));
  EXPECT_EQ(*SplitColumnList("a\\\\,b"), (Names{"a\\", "b"}));
  EXPECT_EQ(*SplitColumnList("a\\b\\"), (Names{"a\\b\\"}));
}

TEST(ColumnListTest, RefusesEmptyNames) {
  for (const char* text : {"", ",", "a,", ",a", "a,,b"}) {
    EXPECT_FALSE(SplitColumnList(text).ok()) << text;
  }
}

TEST(ProgressLineTest, FillsTheWidthItHas) {
  for (int columns : {120, 80, 60, 30, 10}) {
    const std::string line = BarLine(Halfway(), 2, columns);
    EXPECT_LE(DisplayWidth(line), columns) << line;
  }
  EXPECT_EQ(
      BarLine(Halfway(), 2, 79),
      "rewrite   [###############---------------]   50 %  2,500,000 rows/s  ETA 4.00 s");
}

TEST(ProgressLineTest, LeavesTheBarOutWhereItWouldBeTiny) {
  EXPECT_EQ(BarLine(Halfway(), 2, 50), "rewrite    50 %  2,500,000 rows/s  ETA 4.00 s");
}

TEST(ProgressLineTest, InventsNothingWhileNothingIsKnown) {
  Progress progress;
  progress.stage = "dataset";
  EXPECT_EQ(BarLine(progress, 1, 80), "dataset   ...");
  EXPECT_EQ(LogLine(progress, 1), "[0.00 s] dataset begins");
}

TEST(ProgressLineTest, SaysInALogHowFarAndHowFast) {
  EXPECT_EQ(LogLine(Halfway(), 2),
            "[12.3 s] rewrite: 50 %, 5,000,000 of 10,000,000 rows, 2,500,000 rows/s, "
            "about 4.00 s left");
}

TEST(ProgressLineTest, NeverShowsMoreThanAll) {
  Progress progress = Halfway();
  progress.rows_done = 11'000'000;
  EXPECT_EQ(DoneFraction(progress), 1.0);
}

TEST(ProgressLineTest, GoesByBytesWithoutRows) {
  Progress progress;
  progress.bytes_done = 1;
  progress.bytes_total = 4;
  EXPECT_EQ(DoneFraction(progress), 0.25);
}

TEST(PrintableTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(Printable("a\tb\n\x1b[31m\x7f"), "a\\tb\\n\\x1b[31m\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");
}

TEST(PrintableTest, KeepsTextAndEscapesWhatIsNotUtf8) {
  EXPECT_EQ(Printable("grün 数据 🙂"), "grün 数据 🙂");
  EXPECT_EQ(Printable("a\xff\xc3"), "a\\xff\\xc3");
}

TEST(ShortenedTest, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("grüner", 6), "grüner");
  EXPECT_EQ(Shortened("grünerer", 6), "grü...");
  EXPECT_EQ(DisplayWidth(Shortened("数据数据数据", 5)), 5);
}

TEST(TextTableTest, AlignsColumnsByWhatIsSeen) {
  TextTable table(
      {TextTable::Align::kLeft, TextTable::Align::kRight, TextTable::Align::kLeft});
  table.Add({"name", "rows", "file"});
  table.Add({"ü", "1,000", "a"});
  table.Add({"longer", "2"});
  EXPECT_EQ(table.ToString(1),
            " name     rows  file\n"
            " ü       1,000  a\n"
            " longer      2\n");
}

}  // namespace
}  // namespace planish::cli
