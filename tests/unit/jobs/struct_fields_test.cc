// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "planish/dedup.h"
#include "planish/stream.h"
#include "unit/jobs/merge_cases.h"

// Struct fields that some files or the source lack go by the rules for columns.

namespace planish {
namespace {

using arrow::field;
using testing::HasSubstr;

std::shared_ptr<arrow::Schema> Of(const arrow::FieldVector& fields) {
  return arrow::schema({field("id", arrow::int64()), field("s", arrow::struct_(fields))});
}

const auto kP = field("p", arrow::int64());
const auto kQ = field("q", arrow::utf8());

class StructFieldsTest : public testing::TestWithParam<Engine> {
 protected:
  MergeOptions Options(MissingSourceColumns missing, ExtraSourceColumns extra) const {
    MergeOptions options = room_.Options(MergeStrategy::kUpsert, {"id"});
    options.engine = GetParam();
    options.verify = true;
    options.missing_columns = missing;
    options.extra_columns = extra;
    return options;
  }
  void ExpectResult(const MergeOptions& options,
                    const std::shared_ptr<arrow::Schema>& schema,
                    const std::string& rows) {
    ASSERT_OK_AND_ASSIGN(const auto actual, room_.Run(options));
    ASSERT_OK_AND_ASSIGN(const auto expected, TableFromJson(schema, rows));
    EXPECT_TRUE(TablesEqual(*expected, *actual));
    std::filesystem::remove_all(room_.result());
  }
  void ExpectRefusal(const MergeOptions& options, ErrorKind kind,
                     const std::string& text) {
    const auto merged = Merge(options, MergeRoom::Context());
    EXPECT_ERROR_KIND(merged, kind);
    EXPECT_THAT(merged.status().ToString(), HasSubstr(text));
  }

  MergeRoom room_;
};

TEST_P(StructFieldsTest, AFieldThatTheSourceLacksIsKeptOrNullOrAnError) {
  ASSERT_OK(room_.Target(Of({kP, kQ}), R"([[1, {"p": 1, "q": "a"}],
    [2, {"p": 2, "q": "b"}], [3, null], [4, {"p": 4, "q": "d"}], [5, {"p": 5, "q": "e"}]])"));
  ASSERT_OK(room_.Source(Of({kP}), R"([[1, {"p": 7}], [2, {"p": 2}], [3, {"p": 3}],
    [4, null], [6, {"p": 6}]])"));
  using Missing = MissingSourceColumns;
  ExpectResult(Options(Missing::kKeep, ExtraSourceColumns::kError), Of({kP, kQ}),
               R"([[1, {"p": 7, "q": "a"}], [2, {"p": 2, "q": "b"}],
    [3, {"p": 3, "q": null}], [4, null], [5, {"p": 5, "q": "e"}], [6, {"p": 6, "q": null}]])");
  EXPECT_EQ(room_.counts().updated, 3);
  EXPECT_EQ(room_.counts().unchanged, 1);
  ExpectResult(Options(Missing::kNull, ExtraSourceColumns::kError), Of({kP, kQ}),
               R"([[1, {"p": 7, "q": null}], [2, {"p": 2, "q": null}],
    [3, {"p": 3, "q": null}], [4, null], [5, {"p": 5, "q": "e"}], [6, {"p": 6, "q": null}]])");
  EXPECT_EQ(room_.counts().updated, 4);
  ExpectRefusal(Options(Missing::kError, ExtraSourceColumns::kError),
                ErrorKind::kMissingColumn, "s.q");
}

TEST_P(StructFieldsTest, AFieldThatTheTargetLacksIsIgnoredOrAnError) {
  ASSERT_OK(room_.Target(Of({kP}), R"([[1, {"p": 1}], [2, {"p": 2}]])"));
  ASSERT_OK(room_.Source(Of({kQ, kP}), R"([[1, {"p": 7, "q": "a"}],
    [2, {"p": 2, "q": "b"}], [3, {"p": 3, "q": null}]])"));
  using Extra = ExtraSourceColumns;
  ExpectResult(Options(MissingSourceColumns::kError, Extra::kIgnore), Of({kP}),
               R"([[1, {"p": 7}], [2, {"p": 2}], [3, {"p": 3}]])");
  EXPECT_EQ(room_.counts().unchanged, 1);
  ExpectRefusal(Options(MissingSourceColumns::kError, Extra::kError),
                ErrorKind::kMissingColumn, "s.q");
  ExpectRefusal(Options(MissingSourceColumns::kError, Extra::kAdd),
                ErrorKind::kUnsupported, "s.q");
}

TEST_P(StructFieldsTest, ValuesDecideInStructsThatLackFieldsToo) {
  ASSERT_OK(room_.Target(Of({kP, kQ}), R"([[1, {"p": 1, "q": "a"}]])"));
  const auto whole = field("p", arrow::float64());
  ASSERT_OK(room_.Source(Of({whole}), R"([[1, {"p": 7.0}], [2, {"p": 8.0}]])"));
  using Missing = MissingSourceColumns;
  ExpectResult(Options(Missing::kNull, ExtraSourceColumns::kError), Of({kP, kQ}),
               R"([[1, {"p": 7, "q": null}], [2, {"p": 8, "q": null}]])");
  ExpectResult(Options(Missing::kKeep, ExtraSourceColumns::kError), Of({kP, kQ}),
               R"([[1, {"p": 7, "q": "a"}], [2, {"p": 8, "q": null}]])");
  ASSERT_OK(room_.Source(Of({whole}), R"([[1, {"p": 7.5}]])"));
  ExpectRefusal(Options(Missing::kNull, ExtraSourceColumns::kError),
                ErrorKind::kSchemaMismatch, "7.5");
}

TEST_P(StructFieldsTest, FieldsOfStructsInListsGoByTheSameRules) {
  const auto list_of = [](const arrow::FieldVector& fields) {
    return arrow::schema(
        {field("id", arrow::int64()), field("s", arrow::list(arrow::struct_(fields)))});
  };
  ASSERT_OK(room_.Target(list_of({kP, kQ}), R"([[1, [{"p": 1, "q": "a"}]]])"));
  ASSERT_OK(room_.Source(list_of({kP}), R"([[1, [{"p": 7}, {"p": 8}]]])"));
  using Missing = MissingSourceColumns;
  ExpectResult(Options(Missing::kNull, ExtraSourceColumns::kError), list_of({kP, kQ}),
               R"([[1, [{"p": 7, "q": null}, {"p": 8, "q": null}]]])");
  ExpectRefusal(Options(Missing::kKeep, ExtraSourceColumns::kError),
                ErrorKind::kUnsupported, "s.[].q");
}

TEST_P(StructFieldsTest, AFileOfTheTargetThatLacksAFieldGetsItWhereTheSourceHasValues) {
  ASSERT_OK(room_.Target(Of({kP, kQ}), R"([[1, {"p": 1, "q": "a"}]])", "a.parquet"));
  ASSERT_OK(room_.Target(Of({kP}), R"([[2, {"p": 2}], [3, {"p": 3}]])", "b.parquet"));
  ASSERT_OK(room_.Source(Of({kP, kQ}), R"([[1, {"p": 1, "q": null}],
    [2, {"p": 7, "q": null}]])"));
  const auto options = Options(MissingSourceColumns::kError, ExtraSourceColumns::kError);
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto b, ReadParquet(room_.result() + "/b.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(Of({kP}), R"([[2, {"p": 7}], [3, {"p": 3}]])"));
  EXPECT_TRUE(TablesEqual(*expected, *b));
  std::filesystem::remove_all(room_.result());
  ASSERT_OK(room_.Source(Of({kP, kQ}), R"([[2, {"p": 7, "q": "kept"}]])"));
  ASSERT_OK(Merge(options, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto wider, ReadParquet(room_.result() + "/b.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto with_field,
                       TableFromJson(Of({kP, kQ}), R"([[2, {"p": 7, "q": "kept"}],
                                                       [3, {"p": 3, "q": null}]])"));
  EXPECT_TRUE(TablesEqual(*with_field, *wider));
}

TEST_P(StructFieldsTest, ARequiredFieldIsKeptOnlyWhereThereIsAStruct) {
  const auto required = field("q", arrow::utf8(), /*nullable=*/false);
  ASSERT_OK(room_.Target(Of({kP, required}), R"([[1, {"p": 1, "q": "a"}], [2, null]])"));
  ASSERT_OK(room_.Source(Of({kP}), R"([[1, {"p": 7}]])"));
  const auto options = Options(MissingSourceColumns::kKeep, ExtraSourceColumns::kError);
  ExpectResult(options, Of({kP, required}), R"([[1, {"p": 7, "q": "a"}], [2, null]])");
  ASSERT_OK(room_.Source(Of({kP}), R"([[2, {"p": 7}]])"));
  EXPECT_ERROR_KIND(Merge(options, MergeRoom::Context()), ErrorKind::kSchemaMismatch);
}

TEST_P(StructFieldsTest, FilesThatLackAFieldOfAKeyHaveNullThereIfThatIsAskedFor) {
  ASSERT_OK(room_.Target(Of({kP, kQ}), R"([[1, {"p": 1, "q": null}],
    [1, {"p": 1, "q": "a"}], [1, null]])",
                         "a.parquet"));
  ASSERT_OK(room_.Target(Of({kP}), R"([[1, {"p": 1}], [2, {"p": 1}], [1, null]])",
                         "b.parquet"));
  DedupOptions options;
  options.dataset.inputs = {room_.target()};
  options.engine = GetParam();
  options.output = room_.result();
  options.verify = true;
  const auto refused = Dedup(options, MergeRoom::Context());
  EXPECT_ERROR_KIND(refused, ErrorKind::kSchemaMismatch);
  EXPECT_THAT(refused.status().ToString(), HasSubstr("`missing_columns=null`"));
  options.dataset.missing_columns = MissingColumns::kNull;
  ASSERT_OK(Dedup(options, MergeRoom::Context()));
  ASSERT_OK_AND_ASSIGN(const auto b, ReadParquet(room_.result() + "/b.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       TableFromJson(Of({kP}), R"([[2, {"p": 1}]])"));
  EXPECT_TRUE(TablesEqual(*expected, *b));

  options.output.clear();
  options.verify = false;
  ASSERT_OK_AND_ASSIGN(auto reader, DedupToStream(options, MergeRoom::Context()));
  EXPECT_EQ(reader->schema()->field(1)->type()->ToString(),
            "struct<p: int64, q: string>");
  ASSERT_OK_AND_ASSIGN(const auto rows, reader->ToTable());
  EXPECT_EQ(rows->num_rows(), 4);
}

INSTANTIATE_TEST_SUITE_P(Engines, StructFieldsTest,
                         testing::Values(Engine::kAuto, Engine::kReference));

}  // namespace
}  // namespace planish
