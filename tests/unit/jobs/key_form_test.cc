// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "arrow/builder.h"
#include "arrow/table.h"
#include "planish/dedup.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

// Which form keys are held in, by how much memory they take.

namespace planish {
namespace {

class KeyFormTest : public testing::Test {
 protected:
  /// Distinct texts of about `length` bytes that compress to next to nothing.
  void WriteTexts(int num_rows, size_t length) {
    arrow::StringBuilder texts;
    for (int i = 0; i < num_rows; ++i) {
      ASSERT_OK(texts.Append(std::to_string(i) + std::string(length, '+')));
    }
    const auto schema = arrow::schema({arrow::field("s", arrow::utf8())});
    WriteSpec spec;
    spec.codec = arrow::Compression::ZSTD;
    spec.dictionary = false;
    spec.row_group_rows = 100;
    ASSERT_OK(WriteParquet(arrow::Table::Make(schema, {*texts.Finish()}),
                           directory_ / "in/a.parquet", spec));
  }
  arrow::Result<Report> Run(int64_t memory_limit) {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = {"s"};
    options.dry_run = true;
    RunContext context;
    context.temp_dir = directory_ / "scratch";
    context.memory_limit = memory_limit;
    return Dedup(options, context);
  }

  TempDir directory_;
};

TEST_F(KeyFormTest, KeysThatCompressWellAreJudgedByWhatTheyDecodeTo) {
  WriteTexts(600, 100'000);
  ASSERT_OK_AND_ASSIGN(const Report report, Run(int64_t{64} << 20));
  EXPECT_EQ(report.engine.key_form, "digest");
  EXPECT_EQ(report.scratch.spilled_bytes, 0);
  EXPECT_EQ(report.rows_kept, 600);
}

TEST_F(KeyFormTest, KeysThatFitAreHeldAsTheyAre) {
  WriteTexts(600, 100);
  ASSERT_OK_AND_ASSIGN(const Report report, Run(int64_t{64} << 20));
  EXPECT_EQ(report.engine.key_form, "bytes");
}

}  // namespace
}  // namespace planish
