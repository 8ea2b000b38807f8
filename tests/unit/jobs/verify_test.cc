// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "arrow/table.h"
#include "planish/dedup.h"
#include "support/arrow_assertions.h"
#include "support/parquet_files.h"
#include "support/temp_dir.h"

namespace planish {
namespace {

class VerifyTest : public testing::Test {
 protected:
  void Write(const std::string& name, const arrow::FieldVector& fields,
             const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(auto table, TableFromJson(arrow::schema(fields), rows));
    ASSERT_OK(WriteParquet(*table, directory_.path() + "/in/" + name, WriteSpec()));
  }
  DedupOptions Options() const {
    DedupOptions options;
    options.dataset.inputs = {directory_.path() + "/in"};
    options.dataset.missing_columns = MissingColumns::kNull;
    options.output = directory_.path() + "/out";
    options.keep = Keep::kNone;
    options.verify = true;
    return options;
  }

  TempDir directory_;
};

TEST_F(VerifyTest, AcceptsAResultInWhichNoFileHasAKeyColumnAnyMore) {
  Write("a.parquet",
        {arrow::field("x", arrow::int64()), arrow::field("id", arrow::int64())},
        "[[1, 7], [1, 7]]");
  Write("b.parquet", {arrow::field("x", arrow::int64())}, "[[2], [3]]");
  DedupOptions options = Options();
  options.key = {"x", "id"};
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options));
  EXPECT_EQ(report.rows_kept, 2);
  EXPECT_TRUE(report.verified);
}

TEST_F(VerifyTest, AcceptsOneRowWithoutAnyKeyColumnLeft) {
  Write("a.parquet",
        {arrow::field("x", arrow::int64()), arrow::field("id", arrow::int64())},
        "[[1, 7], [2, 7]]");
  Write("b.parquet", {arrow::field("x", arrow::int64())}, "[[3]]");
  DedupOptions options = Options();
  options.key = {"id"};
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options));
  EXPECT_EQ(report.rows_kept, 1);
}

TEST_F(VerifyTest, IsAStageOfItsOwn) {
  Write("a.parquet", {arrow::field("id", arrow::int64())}, "[[1], [1], [2]]");
  DedupOptions options = Options();
  options.key = {"id"};
  std::vector<std::string> stages;
  RunContext context;
  context.on_progress = [&](const Progress& progress) {
    if (stages.empty() || stages.back() != progress.stage)
      stages.push_back(progress.stage);
    return arrow::Status::OK();
  };
  ASSERT_OK(Dedup(options, context));
  EXPECT_EQ(stages, (std::vector<std::string>{"dataset", "scan", "winners", "rewrite",
                                              "verify", "publish"}));
}

}  // namespace
}  // namespace planish
