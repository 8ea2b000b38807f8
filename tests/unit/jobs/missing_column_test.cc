// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "planish/check.h"
#include "planish/dedup.h"
#include "planish/inspect.h"
#include "planish/stream.h"
#include "unit/jobs/merge_cases.h"

// Columns that some files lack: they matter to those who compare them, and to nobody
// else.

namespace planish {
namespace {

using arrow::field;
using testing::HasSubstr;

const auto kId = field("id", arrow::int64());

/// A column that a file lacks altogether.
class MissingColumnTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    ASSERT_OK(WriteRows("a.parquet", with_, R"([[1, "x"], [2, "y"]])"));
    ASSERT_OK(WriteRows("b.parquet", without_, "[[2], [3]]"));
  }
  arrow::Status WriteRows(const std::string& name,
                          const std::shared_ptr<arrow::Schema>& schema,
                          const std::string& rows) {
    ARROW_ASSIGN_OR_RAISE(const auto table, TableFromJson(schema, rows));
    return WriteParquet(table, directory_ / ("in/" + name));
  }
  DedupOptions Options(std::vector<std::string> key) const {
    DedupOptions options;
    options.dataset.inputs = {directory_ / "in"};
    options.key = std::move(key);
    options.output = directory_ / "out";
    options.engine = GetParam();
    return options;
  }

  const TempDir directory_;
  const std::shared_ptr<arrow::Schema> with_ =
      arrow::schema({kId, field("v", arrow::utf8())});
  const std::shared_ptr<arrow::Schema> without_ = arrow::schema({kId});
};

TEST_P(MissingColumnTest, ThatNobodyComparesDoesNoHarm) {
  DedupOptions options = Options({"id"});
  options.verify = true;
  ASSERT_OK_AND_ASSIGN(const Report report, Dedup(options, MergeRoom::Context()));
  EXPECT_EQ(report.rows_dropped, 1);
  ASSERT_OK_AND_ASSIGN(const auto a, ReadParquet(directory_ / "out/a.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto b, ReadParquet(directory_ / "out/b.parquet"));
  EXPECT_TRUE(a->schema()->Equals(*with_));
  EXPECT_TRUE(b->schema()->Equals(*without_));
  EXPECT_EQ(a->num_rows(), 2);
  EXPECT_EQ(b->num_rows(), 1);
  CheckOptions check;
  check.dataset.inputs = {directory_ / "in"};
  check.key = {"id"};
  ASSERT_OK_AND_ASSIGN(const CheckResult checked, Check(check, MergeRoom::Context()));
  EXPECT_EQ(checked.surplus_rows, 1);
}

TEST_P(MissingColumnTest, IsAnErrorForWhoComparesIt) {
  const auto expect_refusal = [](const arrow::Status& status) {
    EXPECT_ERROR_KIND(status, ErrorKind::kMissingColumn);
    EXPECT_THAT(status.ToString(), HasSubstr("b.parquet"));
    EXPECT_THAT(status.ToString(), HasSubstr("`missing_columns=null`"));
  };
  expect_refusal(Dedup(Options({"v"}), MergeRoom::Context()).status());
  expect_refusal(Dedup(Options({}), MergeRoom::Context()).status());
  DedupOptions ordered = Options({"id"});
  ordered.order_by = {"v"};
  expect_refusal(Dedup(ordered, MergeRoom::Context()).status());
  DedupOptions streamed = Options({"id"});
  streamed.output.clear();
  expect_refusal(DedupToStream(streamed, MergeRoom::Context()).status());
}

TEST_P(MissingColumnTest, IsShownByInspect) {
  DatasetOptions dataset;
  dataset.inputs = {directory_ / "in"};
  ASSERT_OK_AND_ASSIGN(const InspectResult result, Inspect(dataset));
  ASSERT_EQ(result.disagreements.size(), 1u);
  const TypeDisagreement& found = result.disagreements.front();
  EXPECT_EQ(found.column, "v");
  ASSERT_EQ(found.types.size(), 2u);
  EXPECT_EQ(found.types[0].type, "string");
  EXPECT_EQ(found.types[0].files, 1);
  EXPECT_EQ(found.types[1].type, "missing");
  EXPECT_EQ(found.types[1].files, 1);
  EXPECT_EQ(found.types[1].file, directory_ / "in/b.parquet");
  EXPECT_EQ(result.columns[1].type, "string");
  dataset.missing_columns = MissingColumns::kNull;
  ASSERT_OK_AND_ASSIGN(const InspectResult taken_for_null, Inspect(dataset));
  EXPECT_TRUE(taken_for_null.disagreements.empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, MissingColumnTest,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
