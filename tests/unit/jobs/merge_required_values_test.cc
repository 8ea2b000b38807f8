// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "unit/jobs/merge_cases.h"

// Nulls that a merge would bring to where the target requires values, at any depth.

namespace planish {
namespace {

using arrow::field;

std::shared_ptr<arrow::Schema> Of(const std::shared_ptr<arrow::Field>& value) {
  return arrow::schema({field("id", arrow::int64()), value});
}
std::shared_ptr<arrow::Schema> Of(const std::shared_ptr<arrow::DataType>& value) {
  return Of(field("v", value));
}

class MergeRequiredValues : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options(MergeStrategy strategy = MergeStrategy::kUpsert) const {
    MergeOptions options = room_.Options(strategy, {"id"});
    options.engine = GetParam();
    return options;
  }
  /// The run, and its dry run, end with an error about `file`; the source's `row` is in
  /// it, if there is one to name.
  void ExpectRefused(MergeOptions options, const std::string& file,
                     const std::string& row = "") {
    for (const bool dry : {true, false}) {
      SCOPED_TRACE(dry ? "dry run" : "run");
      options.dry_run = dry;
      options.output = dry ? "" : room_.result();
      const auto result = Merge(options, MergeRoom::Context());
      ASSERT_ERROR_KIND(result, ErrorKind::kSchemaMismatch);
      const ErrorDetail& detail = *GetErrorDetail(result.status());
      EXPECT_EQ(detail.column, "v");
      EXPECT_EQ(detail.file, file);
      if (!row.empty()) {
        EXPECT_NE(result.status().ToString().find("row: " + row), std::string::npos)
            << result.status().ToString();
      }
      EXPECT_FALSE(detail.hint.empty());
      EXPECT_FALSE(std::filesystem::exists(room_.result()));
    }
  }
  std::string SourceFile() const { return room_ / "source/s.parquet"; }
  MergeRoom room_;
};

INSTANTIATE_TEST_SUITE_P(Engines, MergeRequiredValues,
                         testing::Values(Engine::kAuto, Engine::kReference));

TEST_P(MergeRequiredValues, OfStructsAreNamedByFileAndRow) {
  const auto required = arrow::struct_({field("p", arrow::int64(), false)});
  const auto optional = arrow::struct_({field("p", arrow::int64())});
  ASSERT_OK(room_.Target(Of(required), R"([[1, {"p": 1}], [2, null]])"));
  ASSERT_OK(room_.Source(Of(optional), R"([[1, {"p": 2}], [2, null], [3, null]])"));
  ASSERT_OK(room_.Run(Options()));
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(Of(optional), R"([[2, null], [1, {"p": null}]])"));
  ExpectRefused(Options(), SourceFile(), "1");
  ASSERT_OK(room_.Source(Of(optional), R"([[7, {"p": 1}], [8, {"p": null}]])"));
  ExpectRefused(Options(), SourceFile(), "1");
}

TEST_P(MergeRequiredValues, OfListsAreNamedByFileAndRow) {
  const auto required = arrow::list(field("element", arrow::int64(), false));
  const auto optional = arrow::list(field("element", arrow::int64()));
  ASSERT_OK(room_.Target(Of(required), R"([[1, [1]], [2, null]])"));
  ASSERT_OK(room_.Source(Of(optional), R"([[1, [2, 3]], [2, []], [3, null]])"));
  ASSERT_OK(room_.Run(Options()));
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(Of(optional), R"([[1, [2, 3]], [2, [4, null]]])"));
  ExpectRefused(Options(), SourceFile(), "1");
}

TEST_P(MergeRequiredValues, OfStructsInListsAreNamedByFileAndRow) {
  const auto of = [](bool nullable) {
    return Of(arrow::list(arrow::struct_(
        {field("q", arrow::struct_({field("p", arrow::int64(), nullable)}))})));
  };
  ASSERT_OK(room_.Target(of(false), R"([[1, [{"q": {"p": 1}}]]])"));
  ASSERT_OK(room_.Source(of(true), R"([[1, [{"q": null}, null, {"q": {"p": 2}}]]])"));
  ASSERT_OK(room_.Run(Options()));
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(of(true), R"([[1, [{"q": {"p": 2}}, {"q": {"p": null}}]]])"));
  ExpectRefused(Options(), SourceFile(), "0");
}

TEST_P(MergeRequiredValues, OfMapsAreNamedByFileAndRow) {
  const auto of = [](bool nullable) {
    return Of(std::make_shared<arrow::MapType>(field("key", arrow::utf8(), false),
                                               field("value", arrow::int64(), nullable)));
  };
  ASSERT_OK(room_.Target(of(false), R"([[1, [["a", 1]]]])"));
  ASSERT_OK(room_.Source(of(true), R"([[1, [["a", 2]]], [2, [["b", null]]]])"));
  ExpectRefused(Options(), SourceFile(), "1");
}

TEST_P(MergeRequiredValues, ThatTheSourceLacksAltogetherAreAnErrorOfItsRows) {
  ASSERT_OK(room_.Target(Of(field("v", arrow::int64(), false)), "[[1, 10], [2, 20]]"));
  ASSERT_OK(room_.Source(arrow::schema({field("id", arrow::int64())}), "[[2]]"));
  MergeOptions options = Options(MergeStrategy::kUpdate);
  options.missing_columns = MissingSourceColumns::kNull;
  ExpectRefused(options, room_.target() + "/a.parquet");
  ASSERT_OK(room_.Source(arrow::schema({field("id", arrow::int64())}), "[[3]]"));
  options.strategy = MergeStrategy::kUpsert;
  ExpectRefused(options, room_.target() + "/a.parquet");
  options.strategy = MergeStrategy::kUpdate;
  options.dry_run = false;
  options.output = room_.result();
  ASSERT_OK(Merge(options, MergeRoom::Context()));
}

}  // namespace
}  // namespace planish
